"""TabsPage: tabs of one subject: going from one to the next, counting changes, loading again what became stale."""

from abc import abstractmethod
from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher

from services import people
from services.errors import RollcallError
from services.tabs.tab import Tab, hidden
from services.task import EXPORT
from services.user import Tag, User, tags
from state.values import Change
from tui.background import start, start_beside
from tui.screens.dialogs.go_to_tab import GoToTab
from tui.screens.export_flow import export
from tui.screens.views.shapes import AnyView, view_of
from tui.screens.views.view import View
from tui.screens.work_page import WorkPage
from tui.widgets.form_messages import CopyWanted, FieldFocused
from tui.widgets.key_bar import Hint
from tui.widgets.tab_bar import TabBar
from tui.widgets.table_messages import Copied
from tui.widgets.title_line import TitleLine
from tui.widgets.user_header import UserHeader


class TabsPage(WorkPage):
    """The tabs of one subject. They are made on their first visit."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "bring_in", "Bring in a list", id="page.bring-in"),
        Binding("c", "compare", "Compare with another user", id="page.compare"),
        Binding("e", "export", "Export", id="page.export"),
    ]

    def __init__(self, page_tabs: Sequence[Tab], first_tab: str | None = None) -> None:
        super().__init__()
        self.page_tabs = {tab.id: tab for tab in page_tabs}
        self._first_tab = first_tab
        self._ended: set[int] = set()
        self._stale: set[str] = set()
        """Tabs to load again when they are shown next."""
        self._concerns: set[str] = set()
        """Ids of the accounts whose processes change what the tabs show: the subject's, and of pages opened here."""
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
        self.staging.changed.subscribe(self, lambda _: self._show_counts())
        start(self, "open", self._open)

    async def _open(self) -> None:
        session = self.session
        try:
            self.user = await self.find_subject()
        except RollcallError as error:
            self.query_one("#opening", TitleLine).show(
                self.opening_title, "not opened · F5 tries again, F10 goes back", "error"
            )
            self.say_error(error)
            return
        self._concerns.add(self.user.id)
        self.show_opened()
        self.show_header()
        self.query_one(TabBar).set_tabs(self.tab_targets())
        self._show_counts()
        wanted = self._first_tab if self._first_tab in self.page_tabs else None
        if self._first_tab and wanted is None:
            self.say(f"There is no tab {self._first_tab}. t lists the tabs.", "warning")
        if wanted and (reason := hidden(self.page_tabs[wanted], session.tenant, self.user)):
            self.say(f"{self.page_tabs[wanted].title} is hidden: {reason}.", "warning")
            wanted = None
        if self.view is None and (targets := self.tab_targets()):
            await self._go(wanted or targets[0][0])

    def show_opened(self) -> None:
        """The subject is known: the line that said what is being opened makes room for the tabs."""
        self.query_one("#opening").display = False

    @property
    def risk(self) -> str:
        """The subject's risk level; "" where there is none or where it is not asked for."""
        return ""

    @property
    def kind(self) -> str:
        """What the subject is, for the header."""
        session = self.desk.session
        return people.kind_text(self.user, session.profile.kinds) if self.user and session else ""

    @property
    def marks(self) -> Sequence[Tag]:
        """The marks beside the subject's name."""
        return tags(self.user) if self.user else ()

    def show_header(self) -> None:
        """Who is being edited, in which tenant."""
        options = self.desk.options
        header = self.query_one(UserHeader)
        header.show(self.user, self.kind, self.marks, self.risk, options.tenant_label, options.sandbox)

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
            made = view_of(self.page_tabs[tab_id], self.session, self.staging, self.user)
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
        if left is not None and left is not view:
            left.left()
        if view is not None:
            view.focus_body()
            view.shown()
            if view.error is not None:
                self.say_error(view.error)
            if tab_id in self._stale:
                view.reload()
        self._stale.discard(tab_id)
        self._show_counts()
        self.show_hints()

    def _show_counts(self) -> None:
        staging = self.desk.staging
        if staging is None or self.user is None:
            return
        counts = staging.counts(self.user.id)
        self.query_one(TabBar).set_counts(counts)
        view = self.view
        here = len(view.staged) if view else 0
        self.messages.show(here, len(staging.all), view.hidden_changes if view else 0)
        self.show_hints()

    @on(View.HiddenChanged)
    def _hidden_changed(self) -> None:
        self._show_counts()

    @on(View.OpeningWanted)
    def _open_page(self, event: View.OpeningWanted) -> None:
        # what is applied there may show here
        self._concerns.add(event.opening.subject.id)
        self.desk.open_page(event.opening)

    def _show_processes(self, _: None) -> None:
        """A process that concerns this page and ended has changed what the tabs show."""
        super()._show_processes(None)
        # a short one is never seen running: the journal is looked at twice a second at most
        ended = [p for p in self.desk.processes if p.ended_at is not None and p.id not in self._ended]
        self._ended.update(p.id for p in ended)
        telling = [p for p in ended if p.kind != EXPORT and (not p.user or p.user in self._concerns)]
        if self.user is not None and telling:
            self._reload_all()

    def _reload_all(self) -> None:
        current = self.view
        self._stale = {view.tab.id for view in self.query(View) if view is not current}
        if current is not None:
            current.reload(fresh=True)
        start(self, "user", self._refresh_subject)

    async def _refresh_subject(self) -> None:
        if self.desk.session is None or self.user is None:
            return
        try:
            self.user = await self.find_subject()
        except RollcallError as error:
            self.say_error(error)
            return
        for view in self.query(View):
            view.user = self.user
        self.show_header()

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The keys of the tab, then the page's."""
        view = self.view if self.is_mounted else None
        of_view = list(view.hints()) if view is not None else []
        lead = view.leading_hints if view is not None else 0
        between = [("[ ]", "Tabs"), ("t", "Go to tab")] if len(self.page_tabs) > 1 else []
        first: list[Hint | tuple[str, str]] = [*between, ("F5", "Refresh")]
        rest = [("F6", "Processes"), (":", "Commands"), ("F10", "Back")]
        return [("F1", "Help"), *self.apply_hint(), *of_view[:lead], *first, *of_view[lead:], *rest]

    def reason(self, words: str) -> str:
        """Why an action of the tab cannot be done now."""
        return self.view.reason(words) if self.view is not None else ""

    def tabs(self) -> Sequence[tuple[str, str]]:
        """What each tab is for."""
        return [(tab.title, tab.about) for tab in self.page_tabs.values()]

    def tab_targets(self) -> Sequence[tuple[str, str]]:
        """The tabs this subject has."""
        return [(tab, title) for tab, title, reason in self._tabs_with_reasons() if not reason]

    def _tabs_with_reasons(self) -> list[tuple[str, str, str]]:
        """Id, title and, of the tabs that are hidden for this subject here, the reason."""
        user, session = self.user, self.desk.session
        if user is None or session is None:
            return []
        return [(tab.id, tab.title, hidden(tab, session.tenant, user)) for tab in self.page_tabs.values()]

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

        def chosen(tab: str | None) -> None:
            if tab is not None:
                self.go_to(tab)

        self.app.push_screen(GoToTab(self._tabs_with_reasons(), self.query_one(TabBar).current), chosen)

    def action_refresh(self) -> None:
        """Loads the tab again from the tenant; staged changes stay."""
        self.messages.dismiss()
        if self.user is None or self.view is None:
            start(self, "open", self._open)
        else:
            self.view.reload(fresh=True)
            start(self, "user", self._refresh_subject)

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
            export(self, self.view)

    def action_bring_in(self) -> None:
        """Brings a pasted list of names or ids into the tab."""
        if self.view is not None:
            self.view.bring_in()

    @on(FieldFocused)
    def _field_focused(self) -> None:
        self.show_hints()

    @on(Copied)
    @on(CopyWanted)
    def _copied(self, event: Copied | CopyWanted) -> None:
        self.copy(event.text)
