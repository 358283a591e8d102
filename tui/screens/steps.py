"""Steps: what became of every step of one process, each to be opened into its request and its sendings."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType

from services.columns import Column
from services.record import Record
from services.tabs.tab import Facet
from state.errors import StateError
from state.values import Process, Step, StepClass
from tui.background import start
from tui.glyphs import ASCII_CLASS
from tui.screens.dialogs.details import Details
from tui.screens.file_view import exported_file, open_exported
from tui.screens.journal_page import ANY, BAD, JournalPage, process_hints
from tui.screens.process_flow import ask_to_decide
from tui.screens.step_tree import branches, is_step, step_of
from tui.screens.step_words import details, result, step_record
from tui.widgets.key_bar import Hint
from tui.widgets.table_messages import Copied, DetailsRequested, Marked, Opened


class StepsScreen(JournalPage):
    """The steps of one process; F3 or Enter shows one in full, Right opens it into its request and sendings."""

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
        Binding("right,l,plus", "branch(True)", "Open a step into its sendings", id="steps.open"),
        Binding("left,h,minus", "branch(False)", "Close an opened step", id="steps.close"),
        Binding("d", "decide", "Say what became of an unknown step", id="steps.decide"),
    ]

    def __init__(self, process: int) -> None:
        super().__init__()
        self._number = process
        self._process: Process | None = None
        self._steps: dict[str, Step] = {}
        self._branches: dict[str, Record] = {}
        self._opened: set[int] = set()

    async def read(self, last: str, limit: int, text: str) -> Sequence[Record]:
        """Steps behind the last one."""
        states = [StepClass(self.chosen["state"])] if "state" in self.chosen else None
        journal = self.session.processes
        found = await journal.steps(self._number, after=step_of(last), limit=limit, states=states, text=text)
        if not last:
            self._steps, self._branches = {}, {}
        self._steps.update((str(step.number), step) for step in found)
        opened = [step.number for step in found if step.number in self._opened]
        earlier = await journal.attempts(self._number, opened) if opened else []
        rows = []
        for step in found:
            rows.append(step_record(step))
            if step.number in self._opened:
                own = [each for each in earlier if each.number == step.number]
                rows += branches(step, own, self.app.has_class(ASCII_CLASS))
        self._branches.update((row.key, row) for row in rows if not is_step(row.key))
        return rows

    async def facets(self) -> Sequence[Facet]:
        """The classes that some step has."""
        counts = self._process.counts if self._process else {}
        classes = ((kind.value, f"{kind.value} ({counts[kind]:,})") for kind in StepClass if counts.get(kind))
        return (Facet("state", "Result", (ANY, *classes)),)

    async def titled(self) -> tuple[str, str]:
        """The process and how it went."""
        self._process = await self.session.processes.get(self._number)
        how = result(self._process, self.finish_of(self._process))
        return f"#{self._number} {self._process.title}", " · ".join(filter(None, (how, self._process.reason)))

    @property
    def number(self) -> int:
        """The process whose steps these are."""
        return self._number

    @property
    def _here(self) -> Step | None:
        """The step with the cursor, or the one that the row with the cursor belongs to."""
        return self._steps.get(str(step_of(self.table.cursor_key)))

    @property
    def marked_steps(self) -> Sequence[int]:
        """Numbers of the marked steps."""
        return sorted({step_of(key) for key in self.table.marked})

    def look(self, record: Record) -> str:
        """What went wrong stands out."""
        step = self._steps.get(record.key)
        if step is None:
            return "line-table--dim"
        return "line-table--error" if step.state in BAD else ""

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """What can be done with the step under the cursor and with the process."""
        here = self._here if self.is_mounted else None
        decide = [("d", "Decide")] if here and here.state is StepClass.UNKNOWN else []
        file = [("o", "Open file"), ("y", "Copy path")] if self.is_mounted and self._exported else []
        return (
            ("F1", "Help"),
            ("Enter", "Details"),
            ("Right", "Sendings"),
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
        step = self._here
        return step if step is not None and exported_file(step) else None

    def action_branch(self, opens: bool) -> None:
        """Opens the step with the cursor, or closes it and goes back to it."""
        number = step_of(self.table.cursor_key)
        if not number or opens is (number in self._opened):
            return
        self._opened ^= {number}
        if not opens:
            self.table.move_to(str(number))
        self.action_refresh()

    def action_open_file(self) -> None:
        """Opens what the step exported."""
        start(self, "open", open_exported, self, self._here)

    def action_decide(self) -> None:
        """Asks what became of the step under the cursor, where that is not known."""
        step = self._here
        if step is not None and step.state is StepClass.UNKNOWN:
            ask_to_decide(self, step)
        else:
            self.say("What became of this step is known: there is nothing to decide.")

    @on(Marked)
    def _marked(self) -> None:
        count = len(self.marked_steps)
        self.say(f"{count:,} marked: r retries those of them that failed." if count else "Nothing is marked.")

    @on(Copied)
    def _copied(self, event: Copied) -> None:
        step = self._exported
        self.copy(step.target if step is not None and not event.whole_row else event.text)

    @on(Opened)
    @on(DetailsRequested)
    def _open(self, event: Opened) -> None:
        branch, step = self._branches.get(event.key), self._steps.get(event.key)
        if branch is not None:
            told = Details(branch.name, branch.details, branch.facts.get("request-id", ""))
            self.app.push_screen(told)
        elif step is not None:
            start(self, "details", self._show_details, step)

    async def _show_details(self, step: Step) -> None:
        try:
            earlier = await self.session.processes.attempts(step.process, [step.number])
        except StateError as error:
            self.say_error(error)
            return
        self.app.push_screen(Details(step.title, details(step, earlier), step.request_id))
