"""Personal information page: one user, everything about them on tabs, what is pending, what runs."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import ContentSwitcher

from services import people
from services.errors import NotFound, NotPermitted, RollcallError
from services.tabs.registry import BY_ID, TABS
from services.tabs.tab import PropertyTab, RecordTab, ToggleTab, hidden
from services.user import User, tags
from state.values import Change, ProcessStatus
from tui.background import start, start_beside
from tui.screens.dialogs.go_to_tab import GoToTab
from tui.screens.views.property_view import PropertyView
from tui.screens.views.record_view import RecordView
from tui.screens.views.toggle_view import ToggleView
from tui.screens.views.view import View
from tui.screens.work_page import WorkPage
from tui.widgets.form_messages import CopyWanted, FieldFocused
from tui.widgets.key_bar import Hint
from tui.widgets.tab_bar import TabBar
from tui.widgets.table_messages import Copied
from tui.widgets.title_line import TitleLine
from tui.widgets.user_header import UserHeader

AnyView = ToggleView | PropertyView | RecordView


class UserScreen(WorkPage):
    """The page of one user, opened by id or UPN. Its tabs are made on their first visit."""

    TITLE = "Personal information"
    about = "Everything about one user. What you change is staged until you apply it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("i", "bring_in", "Bring in a list", id="page.bring-in"),
        Binding("c", "compare", "Compare with another user", id="page.compare"),
    ]

    def __init__(self, identifier: str, tab: str | None = None) -> None:
        super().__init__()
        self._identifier = identifier
        self._first_tab = tab
        self._risk = ""
        self._running_mine: set[int] = set()
        self._stale: set[str] = set()
        """Tabs to load again when they are shown next."""
        self.user: User | None = None

    def compose_body(self) -> ComposeResult:
        """Tabs, and one view for each tab visited."""
        yield TabBar()
        yield TitleLine(id="opening")
        yield ContentSwitcher()

    def on_mount(self) -> None:
        """Draws the frame, then finds the user."""
        super().on_mount()
        self.query_one("#opening", TitleLine).show(self._identifier, "opening")
        self.staging.changed.subscribe(self, lambda _: self._show_counts())
        start(self, "open", self._open)

    async def _open(self) -> None:
        session = self.session
        try:
            self.user = await session.find_user(self._identifier)
        except RollcallError as error:
            self.query_one("#opening", TitleLine).show(
                self._identifier, "not opened · F5 tries again, F10 goes back", "error"
            )
            self.say_error(error)
            return
        self.query_one("#opening").display = False
        self.show_header()
        bar = self.query_one(TabBar)
        bar.set_tabs(self.tab_targets())
        self._show_counts()
        wanted = self._first_tab if self._first_tab in BY_ID else None
        if self._first_tab and wanted is None:
            self.say(f"There is no tab {self._first_tab}. t lists the tabs.", "warning")
        if wanted and (reason := hidden(BY_ID[wanted], session.tenant, self.user)):
            self.say(f"{BY_ID[wanted].title} is hidden: {reason}.", "warning")
            wanted = None
        if self.view is None:
            await self._go(wanted or TABS[0].id)
        start(self, "risk", self._find_risk)

    async def _find_risk(self) -> None:
        """A directory without the premium service has no risk to show: the header then says nothing."""
        session = self.desk.session
        if session is None or self.user is None:
            return
        try:
            self._risk = await people.risk_of(session.tenant, self.user)
        except (NotPermitted, NotFound):
            self._risk = ""
        except RollcallError as error:
            self.say_error(error)
        self.show_header()

    def show_header(self) -> None:
        """Who is being edited, in which tenant."""
        options, session = self.desk.options, self.desk.session
        kind = people.kind_text(self.user, session.profile.kinds) if self.user and session else ""
        marks = tags(self.user) if self.user else ()
        header = self.query_one(UserHeader)
        header.show(self.user, kind, marks, self._risk, options.tenant_label, options.sandbox)

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
            made = self._make(BY_ID[tab_id])
            made.display = False
            await switcher.mount(made)
        elif not found.first().is_mounted:
            # it is being made by an earlier call, which goes on from here
            return
        if bar.current != tab_id:
            # the operator went on while this tab was made
            return
        switcher.current = f"view-{tab_id}"
        view = self.view
        if left is not None and left.error is not None and left is not view:
            self.messages.dismiss()
        if view is not None:
            view.focus_body()
            if view.error is not None:
                self.say_error(view.error)
            if tab_id in self._stale:
                view.reload()
        self._stale.discard(tab_id)
        self._show_counts()
        self.show_hints()

    def _make(self, tab: ToggleTab | PropertyTab | RecordTab) -> AnyView:
        session, staging = self.session, self.staging
        if self.user is None:
            raise RuntimeError("no user is open")
        if isinstance(tab, ToggleTab):
            return ToggleView(session, staging, self.user, tab)
        if isinstance(tab, PropertyTab):
            return PropertyView(session, staging, self.user, tab)
        return RecordView(session, staging, self.user, tab)

    def _show_counts(self) -> None:
        staging = self.desk.staging
        if staging is None or self.user is None:
            return
        counts = staging.counts(self.user.id)
        self.query_one(TabBar).set_counts(counts)
        view = self.view
        here = counts.get(view.tab.id, 0) if view else 0
        self.messages.show(here, len(staging.all), view.hidden_changes if view else 0)
        self.show_hints()

    @on(View.HiddenChanged)
    def _hidden_changed(self) -> None:
        self._show_counts()

    def _show_processes(self, _: None) -> None:
        """A process of this user that ended has changed what the tabs show."""
        super()._show_processes(None)
        if self.user is None:
            return
        mine = [p for p in self.desk.processes if p.user in ("", self.user.id)]
        running = {p.id for p in mine if p.status in (ProcessStatus.WAITING, ProcessStatus.RUNNING)}
        if self._running_mine - running:
            self._reload_all()
        self._running_mine = running

    def _reload_all(self) -> None:
        current = self.view
        self._stale = {view.tab.id for view in self.query(View) if view is not current}
        if current is not None:
            current.reload(fresh=True)
        start(self, "user", self._refresh_user)

    async def _refresh_user(self) -> None:
        session = self.desk.session
        if session is None or self.user is None:
            return
        try:
            self.user = await session.find_user(self.user.id)
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
        first: list[Hint | tuple[str, str]] = [("[ ]", "Tabs"), ("t", "Go to tab"), ("F5", "Refresh")]
        rest = [("F6", "Processes"), (":", "Commands"), ("F10", "Back")]
        return [("F1", "Help"), *self.apply_hint(), *of_view[:2], *first, *of_view[2:], *rest]

    def tabs(self) -> Sequence[tuple[str, str]]:
        """What each tab is for."""
        return [(tab.title, tab.about) for tab in TABS]

    def tab_targets(self) -> Sequence[tuple[str, str]]:
        """The tabs this user has."""
        return [(tab, title) for tab, title, reason in self._tabs_with_reasons() if not reason]

    def _tabs_with_reasons(self) -> list[tuple[str, str, str]]:
        """Id, title and, of the tabs that are hidden for this user here, the reason."""
        user, session = self.user, self.desk.session
        if user is None or session is None:
            return []
        return [(tab.id, tab.title, hidden(tab, session.tenant, user)) for tab in TABS]

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
            start(self, "user", self._refresh_user)

    @property
    def staged_here(self) -> list[Change]:
        """What is staged for this user on this tab."""
        return self.view.staged if self.view is not None else []

    def action_compare(self) -> None:
        """Holds the tab against the same tab of another user."""
        if isinstance(self.view, ToggleView):
            self.view.compare()
        else:
            self.say("Users are compared on a tab of switches, such as groups.")

    def action_bring_in(self) -> None:
        """Brings a pasted list of names or ids into the tab."""
        if isinstance(self.view, ToggleView):
            self.view.bring_in()
        else:
            self.say("A list can be brought into a tab of switches, such as groups.")

    @on(FieldFocused)
    def _field_focused(self) -> None:
        self.show_hints()

    @on(Copied)
    def _copied(self, event: Copied) -> None:
        self.copy(event.text)

    @on(CopyWanted)
    def _form_copied(self, event: CopyWanted) -> None:
        self.copy(event.text)
