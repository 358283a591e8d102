"""Users page: everyone in the tenant on six tabs, with incremental search and filters."""

import asyncio
from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches

from tui.background import start
from tui.glyphs import ASCII_CLASS
from tui.screens.dialogs.go_to_tab import GoToTab
from tui.screens.work_page import WorkPage
from tui.widgets.key_bar import Hint
from tui.widgets.tab_bar import TabBar
from tui.widgets.table_messages import Marked
from tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from services.first_look import FirstLook
    from services.session import Session
    from tui.screens.views.people_view import PeopleView

TABS = ("Users", "Guest users", "External users", "Service accounts", "All users", "Deleted users")
"""Titles of the six tabs; `services.people_rows.PeopleTab` says what each of them holds."""


class UsersScreen(WorkPage):
    """The first screen. It is drawn before the tenant is connected."""

    TITLE = "Users"
    about = (
        "Everyone in the tenant. Enter opens the user's page. Space marks users, while searching Tab does; "
        "Enter then opens the marked ones together."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f", "choose_filter", "Filter by", id="users.filter-by"),
        Binding("u", "unmark", "Unmark all", id="users.unmark"),
    ]

    def compose_body(self) -> ComposeResult:
        """Tabs, and a place for the list."""
        yield TabBar()
        yield TitleLine()

    def on_mount(self) -> None:
        """Draws what is known and waits for the tenant."""
        super().on_mount()
        bar = self.query_one(TabBar)
        bar.set_tabs([(title, title) for title in TABS])
        bar.current = TABS[0]
        self._wanted = ""
        """Who is to be opened as soon as the tenant is connected."""
        self.query_one(TitleLine).show("Users", self._connecting)
        self.hear(self.desk.connected, lambda _: self._connected())
        if self.desk.session is not None:
            self._connected()

    @property
    def view(self) -> "PeopleView | None":
        """The list, once the tenant is connected."""
        from tui.screens.views.people_view import PeopleView

        try:
            return self.query_one(PeopleView)
        except NoMatches:
            return None

    @property
    def _connecting(self) -> str:
        return f"connecting to {self.desk.options.tenant_label or 'the tenant'}"

    async def look(self, found: "FirstLook") -> None:
        """Shows some of those who are kept, before the tenant is connected; returns when they are on the screen."""
        view = await self._furnish()
        view.show(found)
        view.say_unconnected(self._connecting)
        painted = asyncio.Event()
        self.call_after_refresh(painted.set)
        await painted.wait()

    async def _furnish(self) -> "PeopleView":
        from tui.screens.views.people_view import PeopleView

        title = self.query_one(TitleLine)
        view = PeopleView(title, self.query_one(TabBar).current, ascii_only=self.app.has_class(ASCII_CLASS))
        await self.mount(view, after=title)
        view.focus_body()
        return view

    def _connected(self) -> None:
        session, staging = self.desk.session, self.desk.staging
        if session is None or staging is None:
            return
        self.hear(staging.changed, lambda _: self._show_pending())
        self._show_pending()
        start(self, "connected", self._take_up, session)

    async def _take_up(self, session: "Session") -> None:
        """Goes on with the tenant."""
        view = self.view or await self._furnish()
        view.connect(session)
        if self._wanted:
            self.desk.open_user(self._wanted)
            self._wanted = ""
        self.desk.release_keys()

    def on_people_view_user_chosen(self, event: "PeopleView.UserChosen") -> None:
        """Opens the user's page, once the tenant is connected."""
        if self.desk.session is not None:
            self.desk.open_user(event.user)
        elif self.desk.connecting:
            self._wanted = event.user
            self.desk.hold_keys()
            self.say("The page opens as soon as the tenant is connected.")
        else:
            self.say("The tenant is not connected. F5 tries again.")

    def on_people_view_users_chosen(self, event: "PeopleView.UsersChosen") -> None:
        """Opens the marked users together; one alone as ever."""
        from tui.screens.several import MOST

        if self.desk.session is None:
            self.say("Several users are opened together once the tenant is connected.")
        elif len(event.users) > MOST:
            self.say(f"{len(event.users):,} users are marked; {MOST} can be opened together. u unmarks all.")
        elif len(event.users) == 1:
            self.desk.open_user(event.users[0])
        else:
            self.desk.open_users(event.users)

    @on(Marked)
    def _marked(self) -> None:
        """Enter opens others now."""
        self.show_hints()

    def action_unmark(self) -> None:
        """Takes every mark away."""
        if self.view is not None:
            self.view.unmark()

    def _show_pending(self) -> None:
        staging = self.desk.staging
        if staging is not None:
            self.messages.show(None, len(staging.all), unstored=staging.unstored)
            self.show_hints()

    def _show_failure(self, sentence: str) -> None:
        super()._show_failure(sentence)
        if self.desk.session is None:
            self._wanted = ""
            self._say_unconnected("not connected · F5 tries again", "error")

    def _say_unconnected(self, note: str, look: str = "dim") -> None:
        if self.view is not None:
            self.view.say_unconnected(note, look)
        else:
            self.query_one(TitleLine).show(self.query_one(TabBar).current, note, look)

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The keys of the list."""
        table = self.view.table if self.view is not None and self.view.is_mounted else None
        return (
            ("F1", "Help"),
            *self.apply_hint(),
            ("/", "Search"),
            ("Enter", table.opens if table is not None else "Open"),
            ("Space", "Mark"),
            *([("u", "Unmark all")] if table is not None and table.marked else []),
            ("f", "Filter by"),
            ("[ ]", "Tabs"),
            ("F5", "Refresh"),
            (":", "Commands"),
            ("F6", "Processes"),
            ("F10", "Quit"),
        )

    def tabs(self) -> Sequence[tuple[str, str]]:
        """What the tabs hold."""
        return [
            ("Users", "everyone who is none of the other kinds"),
            ("Guest users", "invited from other directories"),
            ("External users", "by the rules of the tenant's profile"),
            ("Service accounts", "by the rules of the tenant's profile"),
            ("Deleted users", "kept for 30 days"),
        ]

    def action_refresh(self) -> None:
        """Asks the tenant again, or tries to connect again."""
        if self.view is not None and self.desk.session is not None:
            self.view.reload(fresh=True)
        else:
            self.messages.dismiss()
            self._say_unconnected("connecting")
            self.desk.connect()

    def tab_targets(self) -> Sequence[tuple[str, str]]:
        """All six."""
        return [(title, title) for title in TABS]

    def go_to(self, tab: str) -> None:
        """Opens a tab."""
        self._go(tab)

    def action_tab(self, step: int) -> None:
        """The tab beside this one."""
        self._go(self.query_one(TabBar).neighbour(step))

    @on(TabBar.TabChosen)
    def _chosen(self, event: TabBar.TabChosen) -> None:
        self._go(event.tab)

    def _go(self, tab: str) -> None:
        self.query_one(TabBar).current = tab
        if self.view is not None:
            self.view.show_tab(tab)

    def action_choose_filter(self) -> None:
        """Switches a filter on or off."""
        if self.view is not None:
            self.view.choose_filter()

    def action_go_to_tab(self) -> None:
        """Finds a tab by any part of its name."""

        def chosen(tab: str | None) -> None:
            if tab is not None:
                self.go_to(tab)

        items = [(title, title, "", True) for title in TABS]
        self.app.push_screen(GoToTab(items, self.query_one(TabBar).current), chosen)

    def leave(self) -> None:
        """Esc leaves no program: it is pressed too easily."""
        self.say("F10 leaves Rollcall. Nothing that is staged or started is lost.")
