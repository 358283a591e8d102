"""PeopleView: the list of users, by tab and filter, with what other services know about them."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, cast

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.message import Message

from services import people_rows
from services.age import age
from services.errors import RollcallError
from services.people_rows import Insight, PeopleFilter, PeopleTab
from services.profile import Kinds
from services.record import Record
from services.user import User
from state.clock import Clock, SystemClock
from state.errors import StateError
from tui.background import start
from tui.screens.dialogs.choice import Choice
from tui.screens.dialogs.details import Details
from tui.screens.views.said import ASKING, NO_ROWS, NOT_LOADED, REFUSED
from tui.widgets.record_table import RecordTable
from tui.widgets.table_messages import DetailsRequested, FilterChanged, Marked, Opened
from tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from services.first_look import FirstLook
    from services.session import Session
    from tui.screens.page import Page


class PeopleView(Vertical):
    """The body of the users page. Until the tenant is connected it can show a first look at who is kept."""

    DEFAULT_CSS = "PeopleView { height: 1fr; }"

    class UserChosen(Message):
        """The page of this user is to be opened."""

        def __init__(self, user: str) -> None:
            super().__init__()
            self.user = user
            """The user's id."""

    class UsersChosen(Message):
        """These users are to be opened together."""

        def __init__(self, users: Sequence[str]) -> None:
            super().__init__()
            self.users = users
            """Their ids."""

    def __init__(self, title: TitleLine, tab: str, *, ascii_only: bool) -> None:
        super().__init__()
        self._connected: Session | None = None
        self._look: FirstLook | None = None
        self._clock: Clock = SystemClock()
        self._kinds = Kinds()
        self._title = title
        self._tab = PeopleTab(tab)
        self._ascii = ascii_only
        self._filters: list[PeopleFilter] = []
        self._insight = Insight()
        self._local: list[User] | None = None
        """Whom only Active Directory knows; None: not asked since the last refresh."""
        self._note = ""
        self._local_note = ""

    def compose(self) -> ComposeResult:
        """The table."""
        yield RecordTable(
            people_rows.COLUMNS,
            ascii_only=self._ascii,
            open_on_filter=True,
            markable=True,
            empty="Nobody here",
            no_match="Nobody matches. Esc clears the search",
            row_class=_row_class,
        )

    @property
    def table(self) -> RecordTable:
        """The table."""
        return self.query_one(RecordTable)

    @property
    def page(self) -> "Page":
        """The screen this view is on."""
        return cast("Page", self.screen)

    def on_mount(self) -> None:
        """By name from the start, as the directory's own order changes."""
        self.table.sort((False, 0))

    def show(self, look: "FirstLook") -> None:
        """Some of those who are kept, with their age, until `connect`."""
        self._look, self._kinds = look, look.kinds
        self._show_look()

    def connect(self, session: "Session") -> None:
        """Loads, and asks for the risks and for what the filters must know."""
        self._connected, self._look = session, None
        self._clock, self._kinds = session.clock, session.profile.kinds
        self._ask_all()
        self.reload()

    @property
    def _session(self) -> "Session":
        assert self._connected is not None  # noqa: S101 - nothing is loaded before
        return self._connected

    def _show_look(self) -> None:
        if self._look is not None:
            self.table.loading_note = "Connecting"
            # who was deleted is never kept
            users = () if self._tab is PeopleTab.DELETED else self._look.users
            self.table.set_rows(self._records(users))
            self._show_title()

    def say_unconnected(self, note: str, look: str = "dim") -> None:
        """Says beside those who are kept why they are all there is."""
        self._note = note
        if self._look is not None:
            self._show_title(look)

    def _counted(self) -> list[str]:
        """How many there are; of a first look also how many are kept, and their age."""
        shown = f"{self.table.total:,}"
        if self._look is None:
            return [shown]
        return [f"{shown} of {self._look.count:,} {age(self._look.as_of, self._clock.now())}"]

    def focus_body(self) -> None:
        """The table."""
        self.table.focus()

    def reload(self, *, fresh: bool = False) -> None:
        """Lists again; `fresh` asks the tenant even when the list is young."""
        if self._connected is None:
            self._show_look()
            return
        if fresh:
            self._session.expire()
            self._local = None
            self._ask_all()
        start(self, "load", self._guarded)

    def show_tab(self, tab: str) -> None:
        """Shows another tab."""
        self._tab = PeopleTab(tab)
        self._list_anew()

    def _list_anew(self) -> None:
        """Others are to be listed: those that are there go at once."""
        self.table.set_rows(())
        self.reload()

    def choose_filter(self) -> None:
        """Asks which filter to switch on or off."""
        options = [
            (f.value, f"{'[x]' if f in self._filters else '[ ]'} {f.value}{self._reason(f)}")
            for f in PeopleFilter
        ]

        def chosen(value: str | None) -> None:
            if value is None:
                return
            picked = PeopleFilter(value)
            if picked in self._filters:
                self._filters.remove(picked)
            else:
                self._filters.append(picked)
                self._ask(_NEEDS.get(picked, ""))
            self._list_anew()

        self.app.push_screen(Choice("Show only users who are", options), chosen)

    def _reason(self, wanted: PeopleFilter) -> str:
        reason = self._insight.reasons.get(_NEEDS.get(wanted, ""), "")
        return f" · {reason}" if reason else ""

    def _ask(self, what: str) -> None:
        if what and self._connected is not None and getattr(self._insight, what) is None:
            start(self, what, self._learn, what)

    def _ask_all(self) -> None:
        for what in dict.fromkeys(("risks", *self._needed())):
            start(self, what, self._learn, what)

    async def _learn(self, what: str) -> None:
        """A service that refuses leaves its column empty and its filter with the reason."""
        from services import people

        self._insight = people_rows.joined(self._insight, what, Insight())
        found = await people.learned(self._session.tenant, what)
        # joined only now: what else was asked for may have come meanwhile
        self._insight = people_rows.joined(self._insight, what, found)
        if what in self._needed():
            self.reload()
        elif what == "risks":
            # rows that come from now on have it anyway
            rows = list(self.table.rows_of(self._insight.risks or {}))
            self.table.update_rows([people_rows.with_risk(row, self._insight) for row in rows])

    def _needed(self) -> list[str]:
        """What the filters must know that the list of users does not tell."""
        return [_NEEDS[chosen] for chosen in self._filters if chosen in _NEEDS]

    def _untold(self) -> str:
        """Why nobody can say yet who passes the filters; "" where that is known."""
        unknown = [what for what in self._needed() if getattr(self._insight, what) is None]
        if not unknown:
            return ""
        return REFUSED if any(what in self._insight.reasons for what in unknown) else ASKING

    async def _guarded(self) -> None:
        try:
            await self._load()
        except (RollcallError, StateError) as error:
            self._title.show(self._tab.value, NOT_LOADED, "error")
            self.table.loading_note = NO_ROWS
            self.page.say_error(error)

    async def _load(self) -> None:
        self.table.loading_note, self._note, self._local_note = "Loading", "", ""
        self._title.show(self._tab.value, "loading")
        if self._tab is PeopleTab.DELETED:
            from services import people

            self.table.set_rows(self._records(await people.deleted(self._session.tenant)))
        else:
            await self._list()
        self.table.all_here()
        self.table.loading_note = self._untold()
        self._show_title()

    async def _list(self) -> None:
        async for piece in self._session.tenant.users.listing():
            records = self._records(piece.objects)
            if piece.first:
                self.table.set_rows(records, more=True)
            elif records:
                self.table.extend(records)
            aged = [age(piece.as_of, self._clock.now())] if piece.as_of else []
            self._note = piece.note or ("" if piece.current else " · ".join([*aged, "refreshing"]))
            self._show_title()
        if self._session.profile.active_directory and self._tab is not PeopleTab.GUESTS:
            await self._list_local()

    async def _list_local(self) -> None:
        """Behind the tenant's own: whom only Active Directory knows; where it does not answer, the rest stays."""
        from services import local_users

        if self._local is not None:
            self.table.extend(self._records(self._local))
            return
        self._say_note("asking Active Directory")
        found: list[User] = []
        tenant = self._session.tenant
        try:
            async for users in local_users.pages(tenant, tenant.users.known()):
                found += users
                if records := self._records(users):
                    self.table.extend(records)
                self._show_title()
        except RollcallError as error:
            self._say_note(f"no Local users: {error.sentence}")
        else:
            self._local = found
            self._say_note("")

    def _say_note(self, note: str) -> None:
        """Beside what the tenant's own list has to say."""
        self._local_note = note
        self._show_title()

    def _records(self, users: Sequence[User]) -> list[Record]:
        kinds, now = self._kinds, self._clock.now()
        return [
            people_rows.record(user, kinds, self._insight)
            for user in users
            if (self._tab is PeopleTab.DELETED or people_rows.belongs(user, self._tab, kinds))
            and all(people_rows.passes(user, wanted, self._insight, now) for wanted in self._filters)
        ]

    def _show_title(self, look: str = "dim") -> None:
        table = self.table
        untold = self._untold()
        counted = [ASKING.lower()] if untold == ASKING else [] if untold else self._counted()
        facts = [*counted, *(f"only {wanted.value}" for wanted in self._filters)]
        if marked := len(table.marked):
            apart = marked - len(table.known(table.marked))
            facts.append(f"{marked:,} marked" + (f", {apart:,} of them not on this tab" if apart else ""))
        if table.filter_text:
            facts += [f"{table.shown:,} shown", f'search: "{table.filter_text}"']
        facts += [note for note in (self._note, self._local_note) if note]
        missing = [what for what in self._needed() if what in self._insight.reasons]
        if missing:
            facts.append(self._insight.reasons[missing[0]])
        self._title.show(self._tab.value, " · ".join(facts), "error" if missing else look)

    @on(FilterChanged)
    def _filtered(self, event: FilterChanged) -> None:
        event.stop()
        self._show_title()

    @on(Opened)
    def _open(self, event: Opened) -> None:
        event.stop()
        marked = sorted(self.table.marked)
        self.post_message(self.UsersChosen(marked) if marked else self.UserChosen(event.key))

    @on(Marked)
    def _marked(self) -> None:
        # the page shows what Enter opens now
        self._show_title()

    def unmark(self) -> None:
        """Takes every mark away."""
        self.table.set_marked(())

    @on(DetailsRequested)
    def _details(self, event: DetailsRequested) -> None:
        event.stop()
        record = self.table.row(event.key)
        if record is not None and not self.page.show_saying():
            pairs = [(c.title, text) for c, text in zip(people_rows.COLUMNS, record.cells, strict=True)]
            self.app.push_screen(Details(record.cells[0], [*pairs, *record.details, ("id", record.key)]))


_NEEDS = {
    PeopleFilter.AT_RISK: "risks",
    PeopleFilter.HIGH_RISK: "risks",
    PeopleFilter.MFA_MISSING: "mfa_missing",
    PeopleFilter.EXPIRED: "password_days",
}
"""What a filter must know that the list of users does not tell."""


def _row_class(record: Record) -> str:
    return "line-table--dim" if record.cells[3] == "blocked" else ""
