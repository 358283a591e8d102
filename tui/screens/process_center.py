"""Process center: what was started, by whom, what became of every step, and what can be done about it."""

from collections.abc import Sequence
from datetime import timedelta
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from services.record import Record
from services.tabs.tab import Column, Facet
from state.filters import ProcessFilter
from state.values import Process, ProcessStatus, Step, StepClass
from tui.background import start
from tui.screens.dialogs.details import Details
from tui.screens.file_view import exported_file, open_exported
from tui.screens.journal_page import JournalPage
from tui.screens.process_flow import ask_to_decide
from tui.screens.step_words import details, process_record, result, step_record
from tui.widgets.key_bar import Hint
from tui.widgets.table_messages import Copied, DetailsRequested, Marked, Opened

_BAD = (StepClass.REFUSED, StepClass.FAILED, StepClass.UNKNOWN)
_OPEN = (ProcessStatus.WAITING, ProcessStatus.RUNNING)
_STATUSES = {
    "open": ("waiting or running", ProcessFilter(status=_OPEN)),
    "trouble": ("with failed steps", ProcessFilter(trouble=True)),
    "succeeded": ("succeeded", ProcessFilter(status=(ProcessStatus.SUCCEEDED,))),
    "cancelled": ("cancelled", ProcessFilter(status=(ProcessStatus.CANCELLED,))),
}
_KINDS = {"apply": "applied changes", "export": "exports", "retry": "retries", "undo": "undone"}
_ANY = ("", "any")


class ProcessCenter(JournalPage):
    """Processes, the newest first; Enter shows the steps of one."""

    TITLE = "Process center"
    about = "Every process of this tenant. Enter shows its steps, r retries what failed, u undoes it."
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("number", "#", width=5),
        Column("started", "Started", width=19),
        Column("title", "Process", least=20),
        Column("result", "Result", least=20),
        Column("operator", "Operator", least=10, wide=True),
    )
    EMPTY: ClassVar[str] = "No process was started yet"

    def __init__(self) -> None:
        super().__init__()
        self._processes: dict[str, Process] = {}
        self._workers = ""

    async def read(self, last: str, limit: int, text: str) -> Sequence[Record]:
        """Processes older than the last one."""
        found = await self.session.processes.recent(
            limit, int(last) if last else None, where=self._where(text)
        )
        if not last:
            self._processes = {}
        self._processes.update((str(process.id), process) for process in found)
        workers = await self.session.workers.alive(self.session.clock.now())
        self._workers = f"worker alive ({workers[0].host})" if workers else "no worker"
        return [process_record(process) for process in found]

    def _where(self, text: str) -> ProcessFilter:
        chosen = self.chosen
        status = _STATUSES[chosen["status"]][1] if "status" in chosen else ProcessFilter()
        days = int(chosen.get("since", "0"))
        now = self.session.clock.now().astimezone()
        midnight = now.replace(hour=0, minute=0, second=0, microsecond=0)
        return ProcessFilter(
            text=text,
            status=status.status,
            trouble=status.trouble,
            kind=chosen.get("kind", ""),
            user=chosen.get("user", ""),
            operator=chosen.get("operator", ""),
            since=midnight - timedelta(days=days - 1) if days else None,
        )

    async def facets(self) -> Sequence[Facet]:
        """Status, kind, date, operator, and the user of the process under the cursor."""
        kinds, operators = await self.session.processes.known()
        statuses = tuple((key, label) for key, (label, _) in _STATUSES.items())
        days = (("0", "any time"), ("1", "today"), ("7", "in 7 days"), ("30", "in 30 days"))
        here = self._here
        users = [_ANY]
        if "user" in self.chosen:
            users.append((self.chosen["user"], "the same"))
        if here is not None and here.user and here.user != self.chosen.get("user"):
            users.append((here.user, f"as of #{here.id}, {here.title.rpartition(' · ')[2]}"))
        return (
            Facet("status", "Status", (_ANY, *statuses)),
            Facet("kind", "Kind", (_ANY, *((kind, _KINDS.get(kind, kind)) for kind in kinds))),
            Facet("since", "Started", days),
            Facet("user", "User", tuple(users)),
            Facet("operator", "Operator", (_ANY, *((name, name) for name in operators))),
        )

    async def titled(self) -> tuple[str, str]:
        """How many are on show, and whether anything runs them without a screen."""
        return "Process center", f"{self.counted}, the newest first · {self._workers}"

    @property
    def _here(self) -> Process | None:
        return self._processes.get(self.table.cursor_key)

    @property
    def number(self) -> int | None:
        """The process under the cursor."""
        return int(self.table.cursor_key) if self.table.cursor_key else None

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """What can be done with the process under the cursor."""
        here = self._here if self.is_mounted else None
        return (
            ("Enter", "Steps"),
            *process_hints(here),
            ("/", "Filter"),
            ("f", "Narrow"),
            ("p", "Report"),
            ("o", "Open file"),
            ("F7", "Schedules"),
            ("F5", "Refresh"),
            ("Esc", "Back"),
        )

    @on(Opened)
    @on(DetailsRequested)
    def _open(self, event: Opened) -> None:
        self.app.push_screen(StepsScreen(int(event.key)))

    @on(Copied)
    def _copied(self, event: Copied) -> None:
        self.copy(event.text)


class StepsScreen(JournalPage):
    """The steps of one process; F3 or Enter shows one in full, with its request-id."""

    TITLE = "Steps"
    about = "What became of every step of one process. Space marks steps, r retries those that failed."
    COLUMNS: ClassVar[tuple[Column, ...]] = (
        Column("number", "#", width=5),
        Column("state", "Result", width=10),
        Column("title", "Step", least=12),
        Column("target", "Target", least=16),
        Column("sentence", "What the service said", least=14),
    )
    EMPTY: ClassVar[str] = "No steps"
    MARKABLE: ClassVar[bool] = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("d", "decide", "Say what became of an unknown step", id="steps.decide"),
    ]

    def __init__(self, process: int) -> None:
        super().__init__()
        self._number = process
        self._process: Process | None = None
        self._steps: dict[str, Step] = {}

    async def read(self, last: str, limit: int, text: str) -> Sequence[Record]:
        """Steps behind the last one."""
        states = [StepClass(self.chosen["state"])] if "state" in self.chosen else None
        found = await self.session.processes.steps(
            self._number, after=int(last or 0), limit=limit, states=states, text=text
        )
        if not last:
            self._steps = {}
        self._steps.update((str(step.number), step) for step in found)
        return [step_record(step) for step in found]

    async def facets(self) -> Sequence[Facet]:
        """The classes that some step has."""
        counts = self._process.counts if self._process else {}
        classes = ((kind.value, f"{kind.value} ({counts[kind]:,})") for kind in StepClass if counts.get(kind))
        return (Facet("state", "Result", (_ANY, *classes)),)

    async def titled(self) -> tuple[str, str]:
        """The process and how it went."""
        self._process = await self.session.processes.get(self._number)
        return f"#{self._number} {self._process.title}", result(self._process)

    @property
    def number(self) -> int:
        """The process whose steps these are."""
        return self._number

    @property
    def marked_steps(self) -> Sequence[int]:
        """Numbers of the marked steps."""
        return sorted(map(int, self.table.marked))

    def look(self, record: Record) -> str:
        """What went wrong stands out."""
        step = self._steps.get(record.key)
        return "line-table--error" if step and step.state in _BAD else ""

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """What can be done with the step under the cursor and with the process."""
        here = self._steps.get(self.table.cursor_key) if self.is_mounted else None
        decide = [("d", "Decide")] if here and here.state is StepClass.UNKNOWN else []
        file = [("o", "Open file"), ("y", "Copy path")] if self.is_mounted and self._exported else []
        return (
            ("Enter", "Details"),
            *file,
            *decide,
            *process_hints(self._process),
            ("Space", "Mark"),
            ("/", "Filter"),
            ("f", "Narrow"),
            ("p", "Report"),
            ("F5", "Refresh"),
            ("Esc", "Back"),
        )

    @property
    def _exported(self) -> Step | None:
        """The step that wrote a file: the one with the cursor, or the only one."""
        step = self._steps.get(self.table.cursor_key)
        return step if step is not None and exported_file(step) else None

    def action_open_file(self) -> None:
        """Opens what the step exported."""
        start(self, "open", open_exported, self, self._steps.get(self.table.cursor_key))

    def action_decide(self) -> None:
        """Asks what became of the step under the cursor, where that is not known."""
        step = self._steps.get(self.table.cursor_key)
        if step is not None and step.state is StepClass.UNKNOWN:
            ask_to_decide(self, step)
        else:
            self.say("What became of this step is known: there is nothing to decide.")

    @on(Marked)
    def _marked(self) -> None:
        count = len(self.table.marked)
        self.say(f"{count:,} marked: r retries those of them that failed." if count else "Nothing is marked.")

    @on(Copied)
    def _copied(self, event: Copied) -> None:
        step = self._exported
        self.copy(step.target if step is not None and not event.whole_row else event.text)

    @on(Opened)
    @on(DetailsRequested)
    def _open(self, event: Opened) -> None:
        step = self._steps.get(event.key)
        if step is not None:
            self.app.push_screen(Details(step.title, details(step), step.request_id))


def process_hints(process: Process | None) -> Sequence[Hint]:
    """Retry and undo of what has ended, cancel of what runs."""
    if process is None or process.kind == "export":
        return ()
    if process.ended_at is None:
        return (Hint("x", "Cancel process"),)
    counts = process.counts
    failed = any(counts.get(kind) for kind in (*_BAD, StepClass.CANCELLED))
    changed = process.despite or any(counts.get(kind) for kind in (StepClass.DONE, StepClass.UNKNOWN))
    return (Hint("r", "Retry", failed), Hint("u", "Undo", bool(changed)))
