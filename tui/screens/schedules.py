"""Schedules: what will start and when, as a list or day by day; each can be changed, run now and cancelled."""

from collections.abc import Iterator, Sequence
from itertools import groupby
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from services.errors import RollcallError
from services.record import Record
from services.tabs.tab import Column
from services.when import in_zone, own_zone, shown
from state.errors import StateError
from state.schedule_values import Schedule, ScheduleStatus
from tui.background import start, start_beside
from tui.glyphs import ASCII_CLASS
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.details import Details
from tui.screens.page import Page
from tui.screens.schedule_flow import change, moment
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
        if (chosen := self._open_one()) is not None:
            change(self, chosen)

    def action_run_now(self) -> None:
        """Asks, then starts it at once."""
        self._ask("Run now?", "It is planned and started at once.", "Run now", "run_now")

    def action_cancel(self) -> None:
        """Asks, then takes it out."""
        self._ask("Cancel this schedule?", "It will not start.", "Cancel schedule", "cancel")

    def _open_one(self) -> Schedule | None:
        chosen = self._chosen
        if reason := self.session.objection(*([chosen.plan.kind] if chosen else [])):
            self.say(reason, "warning")
        elif chosen is None:
            self.say("No schedule is selected.")
        elif not chosen.open:
            self.say(f"The schedule is over: {_status(chosen)}.")
        else:
            return chosen
        return None

    def _ask(self, title: str, told: str, button: str, what: str) -> None:
        chosen = self._open_one()
        if chosen is None:
            return

        def answered(yes: bool | None) -> None:
            if yes:
                start_beside(self, "change", self._do, what, chosen)

        plan = chosen.plan
        lines = [f"{plan.title} {plan.about}".strip(), plan.user_name, moment(plan), "", told]
        self.app.push_screen(Confirm(title, lines, button, dangerous=True), answered)

    async def _do(self, what: str, chosen: Schedule) -> None:
        do = self.session.scheduling.run_now if what == "run_now" else self.session.scheduling.cancel
        try:
            await do(chosen.id)
        except (RollcallError, StateError) as error:
            self.say_error(error)
            return
        said = "starts now" if what == "run_now" else "is cancelled"
        self.say(f"{chosen.plan.title} for {chosen.plan.user_name} {said}.")
        if self.desk.follower is not None:
            self.desk.follower.wake()
        self.action_refresh()

    @on(Opened)
    @on(DetailsRequested)
    def _open(self, event: Opened) -> None:
        if (chosen := self._chosen) is not None:
            self.app.push_screen(Details(chosen.plan.title, _details(chosen)))


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
    cells = (at, plan.title, plan.user_name, _status(schedule), there, plan.operator)
    return Record(str(schedule.id), cells)


def _status(schedule: Schedule) -> str:
    late = ", late" if schedule.late else ""
    if schedule.status is ScheduleStatus.MISSED:
        return "missed: run it?"
    if schedule.status is ScheduleStatus.WAITING and schedule.attempts:
        return f"waiting, try {schedule.attempts + 1}"
    if schedule.process is not None:
        return f"{schedule.status.value}{late}: #{schedule.process}"
    return schedule.status.value


def _details(schedule: Schedule) -> list[tuple[str, str]]:
    plan = schedule.plan
    pairs = [
        ("What", f"{plan.title} {plan.about}".strip()),
        ("User", plan.user_name),
        ("When", moment(plan)),
        ("As typed", f"{plan.local} {plan.zone}"),
        ("Status", _status(schedule)),
    ]
    if schedule.sentence:
        pairs.append(("Because", schedule.sentence))
    if plan.reason:
        pairs.append(("Reason", plan.reason))
    pairs += [("Operator", plan.operator), ("Made", f"{schedule.created_at.astimezone():%Y-%m-%d %H:%M:%S}")]
    if schedule.ended_at:
        pairs.append(("Ended", f"{schedule.ended_at.astimezone():%Y-%m-%d %H:%M:%S}"))
    return pairs
