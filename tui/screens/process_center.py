"""Process center: what was started, by whom, and what became of every step."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from services.export.order import told
from services.operation import Operation
from services.record import Record
from services.tabs.tab import Column
from services.task import Export, decode
from state.errors import StateError
from state.values import Process, Step, StepClass
from tui.background import start
from tui.glyphs import ASCII_CLASS
from tui.screens.dialogs.details import Details
from tui.screens.file_view import exported_file, open_exported
from tui.screens.page import Page
from tui.staging import shown
from tui.verdict import verdict
from tui.widgets.key_bar import Hint
from tui.widgets.record_table import RecordTable
from tui.widgets.table_messages import Copied, DetailsRequested, MoreWanted, Opened
from tui.widgets.title_line import TitleLine

_PROCESSES = (
    Column("number", "#", width=5),
    Column("started", "Started", width=19),
    Column("title", "Process", least=20),
    Column("result", "Result", least=20),
    Column("operator", "Operator", least=10, wide=True),
)

_STEPS = (
    Column("number", "#", width=5),
    Column("state", "Result", width=10),
    Column("title", "Step", least=12),
    Column("target", "Target", least=16),
    Column("sentence", "What the service said", least=14),
)

_BAD = (StepClass.REFUSED, StepClass.FAILED, StepClass.UNKNOWN)
_PAGE = 200


class ProcessCenter(Page):
    """Processes, the newest first; Enter shows the steps of one."""

    TITLE = "Process center"
    about = "Every process of this tenant. Enter shows its steps."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "refresh", "Refresh", id="page.refresh"),
        Binding("escape", "app.leave", "Back", id="processes.back", show=False),
        Binding("o", "open_file", "Open the exported file", id="processes.open-file"),
    ]

    def compose_body(self) -> ComposeResult:
        """Title and list."""
        yield TitleLine()
        yield RecordTable(
            _PROCESSES, ascii_only=self.app.has_class(ASCII_CLASS), empty="No process was started yet"
        )

    @property
    def table(self) -> RecordTable:
        """The list."""
        return self.query_one(RecordTable)

    def on_mount(self) -> None:
        """Loads, and follows the journal."""
        super().on_mount()
        self.table.focus()

    def _show_processes(self, _: None) -> None:
        super()._show_processes(None)
        self.action_refresh()

    def action_refresh(self) -> None:
        """Reads the journal again."""
        start(self, "load", self._load, None)

    async def _load(self, before: int | None) -> None:
        session = self.session
        try:
            found = await session.processes.recent(_PAGE, before)
        except StateError as error:
            self.say_error(error)
            return
        records = [_process(process) for process in found]
        if before is None:
            self.table.set_rows(records)
        else:
            self.table.extend(records)
        try:
            workers = await session.workers.alive(session.clock.now())
        except StateError as error:
            self.say_error(error)
            return
        alive = f"worker alive ({workers[0].host})" if workers else "no worker"
        self.query_one(TitleLine).show(
            "Process center", f"{self.table.total:,} shown, the newest first · {alive}"
        )

    @on(MoreWanted)
    def _more(self) -> None:
        if self.table.total >= _PAGE:
            last = int(self.table.rows[-1].key)
            start(self, "load", self._load, last)

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """Open and back."""
        keys = (("Enter", "Steps"), ("o", "Open file"), ("/", "Filter"), ("F7", "Schedules"))
        return (*keys, ("F5", "Refresh"), ("Esc", "Back"))

    def action_open_file(self) -> None:
        """Opens what the process under the cursor exported."""
        if self.table.cursor_key:
            start(self, "open", self._open_file, int(self.table.cursor_key))

    async def _open_file(self, process: int) -> None:
        try:
            steps = await self.session.processes.steps(process, limit=1)
        except StateError as error:
            self.say_error(error)
            return
        await open_exported(self, steps[0] if steps else None)

    @on(Opened)
    def _open(self, event: Opened) -> None:
        self.app.push_screen(StepsScreen(int(event.key)))


class StepsScreen(Page):
    """The steps of one process; F3 or Enter shows one in full, with its request-id."""

    TITLE = "Steps"
    about = "What became of every step of one process."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "refresh", "Refresh", id="page.refresh"),
        Binding("escape", "app.leave", "Back", id="steps.back", show=False),
        Binding("o", "open_file", "Open the exported file", id="steps.open-file"),
    ]

    def __init__(self, process: int) -> None:
        super().__init__()
        self._process = process
        self._steps: dict[str, Step] = {}

    def compose_body(self) -> ComposeResult:
        """Title and steps."""
        yield TitleLine()
        yield RecordTable(
            _STEPS, ascii_only=self.app.has_class(ASCII_CLASS), empty="No steps", row_class=self._look
        )

    @property
    def table(self) -> RecordTable:
        """The steps."""
        return self.query_one(RecordTable)

    def on_mount(self) -> None:
        """Loads, and follows the journal."""
        super().on_mount()
        self.table.focus()

    def _show_processes(self, _: None) -> None:
        super()._show_processes(None)
        self.action_refresh()

    def action_refresh(self) -> None:
        """Reads the journal again."""
        start(self, "load", self._load)

    async def _load(self) -> None:
        session = self.session
        try:
            process = await session.processes.get(self._process)
            steps: list[Step] = []
            while found := await session.processes.steps(
                self._process, after=steps[-1].number if steps else -1
            ):
                steps += found
        except StateError as error:
            self.say_error(error)
            return
        self._steps = {str(step.number): step for step in steps}
        self.table.set_rows([_step(step) for step in steps])
        self.query_one(TitleLine).show(f"#{process.id} {process.title}", _result(process))
        self.show_hints()

    def _look(self, record: Record) -> str:
        step = self._steps.get(record.key)
        return "line-table--error" if step and step.state in _BAD else ""

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """Details and back."""
        file = [("o", "Open file"), ("y", "Copy path")] if self._exported else []
        return (("Enter", "Details"), *file, ("/", "Filter"), ("F5", "Refresh"), ("Esc", "Back"))

    @property
    def _exported(self) -> Step | None:
        """The step that wrote a file: the one with the cursor, or the only one."""
        step = self._steps.get(self.table.cursor_key)
        return step if step is not None and exported_file(step) else None

    def action_open_file(self) -> None:
        """Opens what the step exported."""
        start(self, "open", open_exported, self, self._steps.get(self.table.cursor_key))

    @on(Copied)
    def _copied(self, event: Copied) -> None:
        step = self._exported
        self.copy(step.target if step is not None and not event.whole_row else event.text)

    @on(Opened)
    @on(DetailsRequested)
    def _open(self, event: Opened) -> None:
        step = self._steps.get(event.key)
        if step is not None:
            self.app.push_screen(Details(step.title, _details(step), step.request_id))


def _result(process: Process) -> str:
    if process.ended_at is None:
        return f"{process.status.value}: {process.ended_steps} of {process.total}"
    return verdict(process)


def _process(process: Process) -> Record:
    started = process.created_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")
    cells = (str(process.id), started, process.title, _result(process), process.operator)
    return Record(str(process.id), cells)


def _step(step: Step) -> Record:
    said = step.sentence
    if step.state is StepClass.DONE and step.visible is False:
        said = said or "not visible in the tenant yet"
    return Record(str(step.number), (str(step.number), step.state.value, step.title, step.target, said))


def _details(step: Step) -> list[tuple[str, str]]:
    task = decode(step.operation)
    pairs = [("Step", step.title), ("File" if isinstance(task, Export) else "Target", step.target)]
    pairs.append(("Result", step.state.value))
    if step.sentence:
        pairs.append(("Said" if step.state is StepClass.DONE else "Because", step.sentence))
    pairs += told(task) if isinstance(task, Export) else _fields(task, step)
    pairs.append(("Attempts", str(step.attempts)))
    if step.sent_at:
        pairs.append(
            (
                "Begun" if isinstance(task, Export) else "Sent",
                step.sent_at.astimezone().strftime("%Y-%m-%d %H:%M:%S"),
            )
        )
    if step.ended_at:
        pairs.append(("Ended", step.ended_at.astimezone().strftime("%Y-%m-%d %H:%M:%S")))
    if step.status:
        pairs.append(("Status", str(step.status)))
    return pairs if isinstance(task, Export) else [*pairs, ("PowerShell", task.powershell)]


def _fields(operation: Operation, step: Step) -> list[tuple[str, str]]:
    visible = {None: "not looked for yet", True: "yes", False: "not yet"}[step.visible]
    return [
        *(
            (field, f"{shown(operation.before.get(field))} → {shown(value)}")
            for field, value in operation.after.items()
        ),
        ("Seen in the tenant", visible),
    ]
