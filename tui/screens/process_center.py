"""Process center: what was started, by whom, what became of every step, and what can be done about it."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from services.columns import Column
from services.proposal import Kind
from services.record import Record
from services.tabs.tab import Facet
from state.filters import ProcessFilter
from state.schedule_values import Schedule, ScheduleStatus
from state.values import Process, ProcessStatus
from tui.screens import schedule_flow
from tui.screens.dialogs.details import Details
from tui.screens.journal_page import ANY, JournalPage, process_hints
from tui.screens.schedule_rows import ScheduleRows
from tui.screens.schedule_words import details_of
from tui.screens.step_words import process_record
from tui.screens.steps import StepsScreen
from tui.widgets.key_bar import Hint
from tui.widgets.table_messages import Copied, DetailsRequested, Opened

_OPEN = (ProcessStatus.WAITING, ProcessStatus.RUNNING)
_STATUSES = {
    "open": ("waiting or running", ProcessFilter(status=_OPEN)),
    "trouble": ("with failed steps", ProcessFilter(trouble=True)),
    "succeeded": ("succeeded", ProcessFilter(status=(ProcessStatus.SUCCEEDED,))),
    "cancelled": ("cancelled", ProcessFilter(status=(ProcessStatus.CANCELLED,))),
}
_SCHEDULES = "schedules"
_KINDS = {"apply": "applied changes", "export": "exports", "retry": "retries", "undo": "undone"}


class ProcessCenter(JournalPage):
    """What is to come and what was started, the newest first; Enter shows the steps of one."""

    TITLE = "Process center"
    about = (
        "What is scheduled and every process of this tenant. Enter shows its steps, r retries what failed, "
        "u undoes it; on a schedule c changes it, r runs it now, x cancels it."
    )
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("c", "change", "Change the schedule", id="center.change"),
    ]
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("number", "#", width=5),
        Column("started", "When", width=19),
        Column("title", "Process", least=20),
        Column("result", "Result", least=20),
        Column("operator", "Operator", least=10, wide=True),
    )
    EMPTY: ClassVar[str] = "Nothing was started or scheduled yet"

    def __init__(self) -> None:
        super().__init__()
        self._processes: dict[str, Process] = {}
        self._scheduled = ScheduleRows()
        self._workers = ""

    async def read(self, last: str, limit: int, text: str) -> Sequence[Record]:
        """What is to come, then processes older than the last one; or schedules alone, all of them."""
        if not last:
            self._processes = {}
            self._scheduled.clear()
        rows = await self._schedules(last, limit, text)
        if self.chosen.get("show") != _SCHEDULES:
            before = int(last) if last.isdecimal() else None
            found = await self.session.processes.recent(limit - len(rows), before, where=self._where(text))
            self._processes.update((str(process.id), process) for process in found)
            rows += [process_record(process, self.finish_of(process)) for process in found]
        workers = await self.session.workers.alive(self.session.clock.now())
        self._workers = f"worker alive ({workers[0].host})" if workers else "no worker"
        return rows

    async def _schedules(self, last: str, limit: int, text: str) -> list[Record]:
        show, since = self.chosen.get("show", ""), self._since
        journal = self.session.schedules
        if show == _SCHEDULES:
            return await self._scheduled.read(journal, limit, text, self.chosen, since, alone=True)
        if show or last:
            return []
        return list(await self._scheduled.soon(journal, text, self.chosen, since))

    @property
    def _since(self) -> datetime | None:
        """Midnight, by the operator's clock, of the first day that is shown."""
        days = int(self.chosen.get("since", "0"))
        now = self.session.clock.now().astimezone()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return midnight - timedelta(days=days - 1) if days else None

    def _where(self, text: str) -> ProcessFilter:
        chosen = self.chosen
        status = _STATUSES[chosen["status"]][1] if "status" in chosen else ProcessFilter()
        return ProcessFilter(
            text=text,
            status=status.status,
            trouble=status.trouble,
            kind=chosen.get("kind", ""),
            user=chosen.get("user", ""),
            operator=chosen.get("operator", ""),
            since=self._since,
        )

    async def facets(self) -> Sequence[Facet]:
        """Status, kind, date, operator, and the user of the process under the cursor."""
        kinds, operators = await self.session.processes.known()
        statuses = tuple((key, label) for key, (label, _) in _STATUSES.items())
        days = (("0", "any time"), ("1", "today"), ("7", "in 7 days"), ("30", "in 30 days"))
        here = self._here
        users = [ANY]
        if "user" in self.chosen:
            users.append((self.chosen["user"], "the same"))
        if here is not None and here.user and here.user != self.chosen.get("user"):
            users.append((here.user, f"as of #{here.id}, {here.title.rpartition(' · ')[2]}"))
        return (
            Facet("show", "Show", (("", "both"), ("processes", "processes"), (_SCHEDULES, "schedules"))),
            Facet("status", "Status", (ANY, *statuses)),
            Facet("kind", "Kind", (ANY, *((kind, _KINDS.get(kind, kind)) for kind in kinds))),
            Facet("since", "Started", days),
            Facet("user", "User", tuple(users)),
            Facet("operator", "Operator", (ANY, *((name, name) for name in operators))),
        )

    async def titled(self) -> tuple[str, str]:
        """How many are on show, and whether anything runs them without a screen."""
        more = "more schedules to come: f · " if self._scheduled.more else ""
        return "Process center", f"{self.counted}, the newest first · {more}{self._workers}"

    @property
    def _here(self) -> Process | None:
        return self._processes.get(self.table.cursor_key)

    @property
    def number(self) -> int | None:
        """The process under the cursor."""
        key = self.table.cursor_key
        return int(key) if key.isdecimal() else None

    @property
    def _schedule(self) -> Schedule | None:
        """The schedule under the cursor."""
        return self._scheduled.get(self.table.cursor_key)

    def look(self, record: Record) -> str:
        """What was missed stands out."""
        found = self._scheduled.get(record.key)
        missed = found is not None and found.status is ScheduleStatus.MISSED
        return "line-table--warning" if missed else ""

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """What can be done with the process or the schedule under the cursor."""
        schedule = self._schedule if self.is_mounted else None
        return (
            ("F1", "Help"),
            *(_schedule_hints(schedule) if schedule else self._process_hints()),
            ("/", "Filter"),
            ("f", "Narrow"),
            *(() if schedule else (("p", "Report"), ("o", "Open file"))),
            ("F7", "Schedules"),
            ("F5", "Refresh"),
            ("Esc", "Back"),
        )

    def _process_hints(self) -> Sequence[Hint | tuple[str, str]]:
        return (("Enter", "Steps"), *process_hints(self._here if self.is_mounted else None))

    def action_follow_up(self, kind: str) -> None:
        """Retry and undo of a process; r runs a schedule now, which cannot be undone before it has run."""
        if self._schedule is None:
            super().action_follow_up(kind)
        elif kind == Kind.RETRY:
            schedule_flow.ask_to_run(self, self._schedule, self.action_refresh)
        else:
            self.say("It has not run: there is nothing to undo. x cancels it.")

    def action_cancel(self) -> None:
        """Asks, then cancels the process or the schedule."""
        if self._schedule is None:
            super().action_cancel()
        else:
            schedule_flow.ask_to_cancel(self, self._schedule, self.action_refresh)

    def action_change(self) -> None:
        """Opens the form of the schedule again."""
        if self._schedule is not None:
            schedule_flow.change(self, self._schedule)
        elif self.number is not None:
            self.say("A process cannot be changed any more. u undoes it.")

    @on(Opened)
    @on(DetailsRequested)
    def _open(self, event: Opened) -> None:
        schedule = self._scheduled.get(event.key)
        if schedule is not None:
            self.app.push_screen(Details(schedule.plan.title, details_of(schedule)))
        else:
            self.app.push_screen(StepsScreen(int(event.key)))

    @on(Copied)
    def _copied(self, event: Copied) -> None:
        self.copy(event.text)


def _schedule_hints(schedule: Schedule) -> Sequence[Hint | tuple[str, str]]:
    return (
        ("Enter", "Details"),
        Hint("c", "Change", schedule.open),
        Hint("r", "Run now", schedule.open),
        Hint("x", "Cancel schedule", schedule.open),
    )
