"""Schedules: what will start and when, as a list or day by day; each can be changed, run now and cancelled."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from services.columns import Column
from services.record import Record
from services.when import in_zone, own_zone, shown
from state.errors import StateError
from state.schedule_values import Schedule, ScheduleStatus
from tui.background import start
from tui.glyphs import ASCII_CLASS
from tui.screens import schedule_flow
from tui.screens.dialogs.details import Details
from tui.screens.page import Page
from tui.screens.schedule_words import details_of, status_of
from tui.widgets.key_bar import Hint
from tui.widgets.record_table import RecordTable
from tui.widgets.table_messages import DetailsRequested, Highlighted, Opened
from tui.widgets.title_line import TitleLine

_COLUMNS = (
    Column("at", "When (your time)", width=16),
    Column("title", "What", least=16),
    Column("user", "User", least=14),
    Column("status", "Status", least=18),
    Column("there", "There", least=20, wide=True),
    Column("operator", "Operator", least=10, wide=True),
)

_PAST = 200
_DAY = "day "


class SchedulesScreen(Page):
    """What is to come, by its time, then what became of the others, the newest first."""

    TITLE = "Schedules"
    about = "What will start by itself, and when. d lists it day by day."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "refresh", "Refresh", id="page.refresh"),
        Binding("c", "change", "Change", id="schedules.change"),
        Binding("r", "run_now", "Run now", id="schedules.run-now"),
        Binding("x,delete", "cancel", "Cancel schedule", id="schedules.cancel"),
        Binding("d", "days", "Day by day", id="schedules.days"),
        Binding("escape", "app.leave", "Back", id="schedules.back", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._upcoming: Sequence[Schedule] = ()
        self._past: Sequence[Schedule] = ()
        self._by_day = False

    def compose_body(self) -> ComposeResult:
        """Title and list."""
        yield TitleLine()
        yield RecordTable(
            _COLUMNS,
            ascii_only=self.app.has_class(ASCII_CLASS),
            empty="Nothing is scheduled. F9 on a user's page schedules.",
            row_class=self._look,
        )

    @property
    def table(self) -> RecordTable:
        """The list."""
        return self.query_one(RecordTable)

    def on_mount(self) -> None:
        """Loads, and follows the state file."""
        super().on_mount()
        self.table.focus()

    def _show_processes(self, _: None) -> None:
        super()._show_processes(None)
        self.action_refresh()

    def action_refresh(self) -> None:
        """Reads the schedules again."""
        start(self, "load", self._load)

    async def _load(self) -> None:
        session = self.session
        try:
            self._upcoming = await session.schedules.upcoming()
            self._past = await session.schedules.past(_PAST)
            runs = await session.scheduling.runs_it()
        except StateError as error:
            self.say_error(error)
            return
        self._show(runs)

    def _show(self, runs: str) -> None:
        zone = own_zone()
        records = list(
            _days(self._upcoming, zone) if self._by_day else _list(self._upcoming, self._past, zone)
        )
        self.table.set_rows(records)
        missed = sum(each.status is ScheduleStatus.MISSED for each in self._upcoming)
        facts = f"{len(self._upcoming):,} to come · {zone}"
        if missed:
            facts = f"{missed:,} missed: r runs, x cancels · {facts}"
        self.query_one(TitleLine).show("Schedules", facts, "warning" if missed else "dim")
        if not self.messages.saying:
            self.say(runs)
        self.show_hints()

    @property
    def _chosen(self) -> Schedule | None:
        record = self.table.cursor_row
        every = (*self._upcoming, *self._past)
        return next((each for each in every if record is not None and str(each.id) == record.key), None)

    def _look(self, record: Record) -> str:
        if record.key.startswith(_DAY):
            return "line-table--dim"
        found = next((s for s in (*self._upcoming, *self._past) if str(s.id) == record.key), None)
        if found is None or found.status is ScheduleStatus.WAITING:
            return ""
        if found.status in (ScheduleStatus.MISSED, ScheduleStatus.FAILED):
            return "line-table--error"
        return "line-table--dim"

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """What can be done with the schedule under the cursor."""
        chosen = self._chosen if self.is_mounted else None
        may = chosen is not None and chosen.open
        return (
            ("F1", "Help"),
            Hint("c", "Change", may),
            Hint("r", "Run now", may),
            Hint("x", "Cancel schedule", may),
            ("d", "Day by day"),
            ("Enter", "Details"),
            ("F5", "Refresh"),
            ("Esc", "Back"),
        )

    @on(Highlighted)
    def _moved(self) -> None:
        self.show_hints()

    def action_days(self) -> None:
        """A list, or a heading for each day with what is to come on it."""
        self._by_day = not self._by_day
        self.action_refresh()

    def action_change(self) -> None:
        """Opens the form of the schedule again."""
        schedule_flow.change(self, self._chosen)

    def action_run_now(self) -> None:
        """Asks, then starts it at once."""
        schedule_flow.ask_to_run(self, self._chosen, self.action_refresh)

    def action_cancel(self) -> None:
        """Asks, then takes it out."""
        schedule_flow.ask_to_cancel(self, self._chosen, self.action_refresh)

    @on(Opened)
    @on(DetailsRequested)
    def _open(self, event: Opened) -> None:
        if (chosen := self._chosen) is not None:
            self.app.push_screen(Details(chosen.plan.title, details_of(chosen)))


def _list(upcoming: Sequence[Schedule], past: Sequence[Schedule], zone: str) -> Iterator[Record]:
    for each in (*upcoming, *past):
        yield _record(each, f"{in_zone(each.plan.at, zone):%Y-%m-%d %H:%M}")


def _days(upcoming: Sequence[Schedule], zone: str) -> Iterator[Record]:
    """Each day of the operator's calendar on which something is to come, with what that is."""
    for day, some in groupby(upcoming, lambda each: in_zone(each.plan.at, zone).date()):
        those = list(some)
        yield Record(f"{_DAY}{day}", (f"{day:%a %Y-%m-%d}", f"{len(those)} scheduled", "", "", "", ""))
        for each in those:
            yield _record(each, f"      {in_zone(each.plan.at, zone):%H:%M}")


def _record(schedule: Schedule, at: str) -> Record:
    plan = schedule.plan
    there = shown(plan.at, plan.zone)
    cells = (at, plan.title, plan.user_name, status_of(schedule), there, plan.operator)
    return Record(str(schedule.id), cells)
