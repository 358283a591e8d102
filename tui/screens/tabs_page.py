"""TabsPage: tabs of one subject: going from one to the next, counting changes, loading again what became stale."""

import asyncio
from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher

from services import people_rows
from services.errors import RollcallError
from services.tabs.standing import Listed, Standing
from services.tabs.tab import Row, Tab
from services.tenant import Tenant
from services.user import Tag, User, tags
from state.values import Change
from tui.background import start, start_beside
from tui.news import News
from tui.screens.dialogs.go_to_tab import GoToTab
from tui.screens.export_flow import export
from tui.screens.views.shapes import AnyView, view_of
from tui.screens.views.view import View
from tui.screens.work_page import WorkPage
from tui.widgets.form_messages import CopyWanted, FieldFocused
from tui.widgets.key_bar import Hint
from tui.widgets.tab_bar import TabBar
from tui.widgets.title_line import TitleLine
from tui.widgets.user_header import UserHeader


class TabsPage(WorkPage):
    """The tabs of one subject. They are made on their first visit. `behind` is the row whose page this is."""

    behind: Row | None = None
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "bring_in", "Bring in a list", id="page.bring-in"),
        Binding("c", "compare", "Compare with another user", id="page.compare"),
        Binding("e", "export", "Export", id="page.export"),
    ]

    def __init__(self, page_tabs: Sequence[Tab], first_tab: str | None = None) -> None:
        super().__init__()
        self.page_tabs = {tab.id: tab for tab in page_tabs}
        self._first_tab = first_tab
        self._stale: set[str] = set()
        """Tabs to load again when they are shown next."""
        self._news = News()
        self._standing = Standing({})
        self.kind = ""
        """What the subject is; "" for a user, whose kind is told by the tenant's rules."""
        self.risk = ""
        """The subject's risk level; "" where there is none or where it is not asked for."""
        self.user: User | None = None
        """The subject, once it is known."""

    @property
    @abstractmethod
    def opening_title(self) -> str:
        """What is being opened, while the subject is not known yet."""

    @abstractmethod
    async def find_subject(self) -> User:
        """The account whose tabs these are. Raises `RollcallError`."""

    def compose_body(self) -> ComposeResult:
        """Tabs, and one view for each tab visited."""
        yield TabBar()
        yield TitleLine(id="opening")
        yield ContentSwitcher()

    def on_mount(self) -> None:
        """Draws the frame, then finds the subject."""
        super().on_mount()
        self.query_one("#opening", TitleLine).show(self.opening_title, "opening")
        self.hear(self.staging.changed, lambda _: self._show_counts())
        start(self, "open", self._open)

    async def _open(self) -> None:
        self._standing = Standing(self.session.barred)
        try:
            access, found = await asyncio.gather(self.session.learn(), self.find_subject())
        except RollcallError as error:
            told = "not opened · F5 tries again, F10 goes back"
            self.query_one("#opening", TitleLine).show(self.opening_title, told, "error")
            self.say_error(error)
            return
        self.user = found
        for subject in self.subjects:
            self._news.concern(subject.id)
        self.show_opened()
        self.show_header()
        self._show_tabs()
        if access.trouble:
            self.say(access.trouble, "warning")
        wanted = self._first_tab if self._first_tab in self.page_tabs else None
        targets = [tab for tab, _ in self.tab_targets()]
        if self._first_tab and wanted is None:
            self.say(f"There is no tab {self._first_tab}. t lists the tabs.", "warning")
        elif wanted and wanted not in targets:
            reason = next(each.reason for each in self._listed() if each.tab.id == wanted)
            self.say(f"{self.page_tabs[wanted].title} is hidden: {reason}.", "warning")
        if self.view is None and targets:
            await self._go(wanted if wanted in targets else targets[0])

    @property
    def subjects(self) -> Sequence[User]:
        """Whose tabs these are, once that is known."""
        return [self.user] if self.user is not None else []

    def made(self, tab: Tab, user: User) -> AnyView:
        """The view of a tab on its first visit."""
        return view_of(tab, self.session, self.staging, user)

    def show_opened(self) -> None:
        """The line that said what is being opened makes room for the tabs."""
        self.query_one("#opening").display = False

    @property
    def initials(self) -> str:
        """What stands for the subject's photo; "" where there could be none."""
        return ""

    @property
    def marks(self) -> Sequence[Tag]:
        """The marks beside the subject's name."""
        return tags(self.user) if self.user else ()

    def show_header(self) -> None:
        """Who is being edited, in which tenant."""
        options, session, user = self.desk.options, self.desk.session, self.user
        kind = self.kind or (people_rows.kind_text(user, session.profile.kinds) if user and session else "")
        header = self.query_one(UserHeader)
        header.show(user, kind, self.marks, self.risk, options.tenant_label, options.sandbox, self.initials)

    @property
    def view(self) -> AnyView | None:
        """The view of the current tab."""
        current = self.query_one(ContentSwitcher).current
        return self.query_one(f"#{current}", View) if current else None  # type: ignore[return-value]

    async def _go(self, tab_id: str) -> None:
        switcher, bar = self.query_one(ContentSwitcher), self.query_one(TabBar)
        left = self.view
        bar.current = tab_id
        found = switcher.query(f"#view-{tab_id}")
        if not found:
            if self.user is None:
                return
            made = self.made(self.page_tabs[tab_id], self.user)
            made.display = False
            await switcher.mount(made)
        elif not found.first().is_mounted:
            # it is being made by an earlier call, which goes on from here
            return
        if bar.current != tab_id:
            # the operator went on while this tab was made
            switcher.query_one(f"#view-{tab_id}", View).left()
            return
        switcher.current = f"view-{tab_id}"
        view = self.view
        if left is not None and left is not view:
            self.messages.turn_page(failed=left.error is not None)
            left.left()
            self.desk.collector.tab_left()
        if view is not None:
            view.focus_body()
            view.shown()
            if tab_id in self._stale:
                view.reload()
            elif view.error is not None:
                self.say_error(view.error)
        self._stale.discard(tab_id)
        self._show_tabs()
        self._show_counts()

    @on(View.HiddenChanged)
    def _show_counts(self) -> None:
        staging = self.desk.staging
        if staging is None or self.user is None:
            return
        self.query_one(TabBar).set_counts(staging.counts(*(subject.id for subject in self.subjects)))
        hidden = self.view.hidden_changes if self.view is not None else 0
        self.messages.show(len(self.staged_here), len(staging.all), hidden, staging.unstored)
        self.show_hints()

    @on(View.OpeningWanted)
    def _open_page(self, event: View.OpeningWanted) -> None:
        # what is applied there may show here
        self._news.concern(event.opening.subject.id)
        self.desk.open_page(event.opening)

    def _show_processes(self, _: None) -> None:
        """A process that concerns this page and ended has changed what the tabs show."""
        super()._show_processes(None)
        if self._news.of(self.desk.processes) and self.user is not None:
            self._stale = {view.tab.id for view in self.query(View) if view is not self.view}
            self._reload()

    def _reload(self) -> None:
        if self.view is not None:
            self.view.reload(fresh=True)
        start(self, "user", self._refresh_subject)

    async def _refresh_subject(self) -> None:
        try:
            self.user = await self.find_subject()
        except RollcallError as error:
            self.say_error(error)
            return
        for view in self.query(View):
            view.user = self.user
        self.show_header()
        self._show_tabs()

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The keys of the tab, then the page's."""
        view = self.view if self.is_mounted else None
        of_view = list(view.hints()) if view is not None else []
        if view is not None and view.typing:
            # the other keys are letters now, and would be typed
            return [*of_view, ("F10", "Back")]
        lead = view.leading_hints if view is not None else 0
        between = [("[ ]", "Tabs"), ("t", "Go to tab")] if len(self.page_tabs) > 1 else []
        rest = [*of_view[lead:], ("F6", "Processes"), (":", "Commands"), ("F10", "Back")]
        return [("F1", "Help"), *self.apply_hint(), *of_view[:lead], *between, ("F5", "Refresh"), *rest]

    def reason(self, words: str) -> str:
        """Why an action of the tab cannot be done now."""
        return self.view.reason(words) if self.view is not None else ""

    def tabs(self) -> Sequence[tuple[str, str]]:
        """What each tab is for."""
        return [(tab.title, tab.about) for tab in self.page_tabs.values()]

    def tab_targets(self) -> Sequence[tuple[str, str]]:
        """The tabs that can be gone to."""
        return [(each.tab.id, each.tab.title) for each in self._listed() if each.shown]

    def _listed(self) -> list[Listed]:
        session = self.desk.session
        if self.user is None or session is None:
            return []
        return self.listed(self._standing, session.tenant, self.user)

    def listed(self, standing: Standing, tenant: Tenant, user: User) -> list[Listed]:
        """Every tab of the page, with why it is not for its subject."""
        return standing.listed(self.page_tabs.values(), tenant, user)

    @on(View.Loaded)
    def _loaded(self, event: View.Loaded) -> None:
        self._standing.learn(event.tab, event.error)
        self._show_tabs()
        self.desk.collector.tab_came()

    def _show_tabs(self) -> None:
        """The bar, as far as it is known now. The tab on show stays in it: it says why it is empty."""
        bar = self.query_one(TabBar)
        listed = [each for each in self._listed() if each.shown or each.tab.id == bar.current]
        bar.set_tabs([(e.tab.id, e.tab.title) for e in listed], {e.tab.id for e in listed if e.barred})

    def go_to(self, tab: str) -> None:
        """Opens a tab."""
        start_beside(self, "tab", self._go, tab)

    def action_tab(self, step: int) -> None:
        """The tab beside this one."""
        bar = self.query_one(TabBar)
        if self.user is not None and (tab := bar.neighbour(step)):
            # set here and not when its view is made, so that each of several quick keys goes one further
            bar.current = tab
            start_beside(self, "tab", self._go, tab)

    @on(TabBar.TabChosen)
    async def _chosen(self, event: TabBar.TabChosen) -> None:
        await self._go(event.tab)

    def action_go_to_tab(self) -> None:
        """Finds a tab by any part of its name; hidden ones are listed with the reason."""
        if self.user is None:
            return
        listed = self._listed()

        def chosen(tab: str | None) -> None:
            if tab is not None:
                self._stale |= {each.tab.id for each in listed if each.tab.id == tab and each.barred}
                self.go_to(tab)

        items = [(each.tab.id, each.tab.title, each.reason, each.shown) for each in listed]
        self.app.push_screen(GoToTab(items, self.query_one(TabBar).current), chosen)

    def action_refresh(self) -> None:
        """Loads the tab again from the tenant, and barred ones when they are next shown; staged changes stay."""
        self.messages.dismiss()
        self._standing.forget()
        self.session.expire()
        self._stale |= {view.tab.id for view in self.query(View) if view.error is not None}
        if self.user is None or self.view is None:
            start(self, "open", self._open)
        else:
            self._reload()

    @property
    def staged_here(self) -> list[Change]:
        """What is staged for this subject on this tab."""
        return self.view.staged if self.view is not None else []

    def action_compare(self) -> None:
        """Holds the tab against the same tab of another user."""
        if self.view is not None:
            self.view.compare()

    def action_export(self) -> None:
        """Writes the tab to a file, in the background."""
        if self.view is not None:
            export(self, self.view, self.behind)

    def action_bring_in(self) -> None:
        """Brings a pasted list of names or ids into the tab."""
        if self.view is not None:
            self.view.bring_in()

    @on(FieldFocused)
    def _field_focused(self) -> None:
        self.show_hints()

    @on(CopyWanted)
    def _form_copied(self, event: CopyWanted) -> None:
        self.copy(event.text)
