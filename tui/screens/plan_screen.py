"""PlanScreen: operations held against the tenant and shown before any of them is sent; Enter starts them."""

from abc import abstractmethod
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from services.columns import Column
from services.errors import InvalidInput, RollcallError
from services.operation import FOR_GOOD
from services.plan import Finding, Line, Review
from services.record import Record
from state.errors import StateError
from tui.background import start
from tui.glyphs import ASCII_CLASS, glyphs, in_alphabet
from tui.screens import reasons
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.details import Details
from tui.screens.page import Page
from tui.screens.plan_words import arrows, details, title_of
from tui.staging import shown
from tui.widgets.record_table import RecordTable
from tui.widgets.shell_lines import ShellLines
from tui.widgets.table_messages import DetailsRequested, Highlighted, Opened
from tui.widgets.title_line import TitleLine

_FINDING = Column("finding", "Tenant now", width=17)
_WHAT = (
    Column("operation", "Operation", least=12),
    Column("target", "Target", least=14),
    Column("change", "Before / after", least=12),
)
_LOOKS = {
    Finding.CONFLICT: "line-table--error",
    Finding.OBJECTED: "line-table--error",
    Finding.ALREADY_SO: "line-table--dim",
}


def counted(number: int, noun: str) -> str:
    """Such as "1 change", "2 changes"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


class PlanScreen(Page):
    """Enter applies what is listed here, and nothing else."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "apply", "Apply", id="review.apply"),
        Binding("f5", "refresh", "Check again", id="page.refresh"),
        Binding("escape", "app.leave", "Back", id="review.back", show=False),
    ]
    EMPTY: ClassVar[str] = ""

    def __init__(self) -> None:
        super().__init__()
        self.plan: Review | None = None
        """All lines on show."""
        self.checked = False
        self._applying = False
        self._entered = False

    @abstractmethod
    def make(self) -> Review:
        """The plan as it can be shown at once. Raises `RollcallError`."""

    @abstractmethod
    async def hold(self, unchecked: Review) -> Review:
        """The plan held against the tenant; it never raises."""

    @abstractmethod
    async def carry_out(self, sent: Review, reason: str) -> str:
        """Starts these lines as a process; returns what the page behind says of it.

        Raises `RollcallError` and `StateError`.
        """

    @abstractmethod
    def facts(self, sent: Review) -> list[str]:
        """What the title says first."""

    @property
    def sent(self) -> Review:
        """The lines that Enter sends: all of them, as long as nobody decided otherwise."""
        return self.plan or Review((), "")

    def lead(self, number: int, line: Line) -> tuple[str, ...]:
        """The cells of `lead_columns`."""
        return ()

    @property
    def lead_columns(self) -> tuple[tuple[Column, ...], tuple[Column, ...]]:
        """Columns before and behind that of the finding; their cells come from `lead`, in this order."""
        return (), ()

    def found(self, number: int, line: Line) -> str:
        """What the column of the finding says."""
        return line.finding.value

    async def refused(self) -> None:
        """What is done when the process could not be started, before the plan is made again."""

    def compose_body(self) -> ComposeResult:
        """Title, plan, and the PowerShell line of the row under the cursor."""
        before, behind = self.lead_columns
        yield TitleLine()
        yield RecordTable(
            (*before, _FINDING, *behind, *_WHAT),
            ascii_only=self.app.has_class(ASCII_CLASS),
            empty=self.EMPTY,
            row_class=self.look,
        )
        yield ShellLines()

    @property
    def table(self) -> RecordTable:
        """The plan."""
        return self.query_one(RecordTable)

    def on_mount(self) -> None:
        """Shows the plan at once, then what the tenant holds."""
        super().on_mount()
        self.table.focus()
        self.action_refresh()

    def action_refresh(self) -> None:
        """Makes the plan anew and holds it against the tenant."""
        self.checked = self._entered = False
        try:
            self.show(self.make())
        except RollcallError as error:
            # a stored change that no plan can be made of stays staged, to be discarded or undone on its tab
            self.say_error(error)
            return
        start(self, "check", self._check)

    async def _check(self) -> None:
        if self.plan is None:
            return
        found = await self.hold(self.plan)
        self.checked = True
        self.show(found)
        if self._entered:
            self._entered = False
            self.messages.dismiss()
            self.action_apply()

    def show(self, review: Review) -> None:
        """These are the lines now."""
        self.plan = review
        self.table.set_rows([self._record(number, line) for number, line in enumerate(review.lines)])
        sent = self.sent
        facts, level = self.facts(sent), "dim"
        if not self.checked:
            facts.append("checking the tenant")
        if review.conflicts:
            facts.append(f"{len(review.conflicts):,} changed meanwhile by somebody else")
            level = "error"
        if unseen := [line for line in sent.lines if self.checked and line.finding is Finding.UNSEEN]:
            facts.append(f"{len(unseen):,} could not be checked")
            level = "warning" if level == "dim" else level
        if for_good := [line for line in sent.lines if line.operation.inverse is None]:
            facts.append(f"{len(for_good):,} {FOR_GOOD}")
            level = "warning" if level == "dim" else level
        self.query_one(TitleLine).show(str(self.title), " · ".join(facts), level)
        self._show_shell(self.table.cursor_key)

    def _record(self, number: int, line: Line) -> Record:
        operation = line.operation
        change = in_alphabet("; ".join(arrows(line)), glyphs(self))
        if operation.inverse is None:
            change = f"{FOR_GOOD}: {change}" if change else FOR_GOOD
        lead = self.lead(number, line)
        split = len(self.lead_columns[0])
        cells = (*lead[:split], self.found(number, line), *lead[split:])
        return Record(str(number), (*cells, operation.title, operation.target, change))

    def look(self, record: Record) -> str:
        """What stands out, and what is of no account."""
        line = self.line(record.key)
        return _LOOKS.get(line.finding, "") if line else ""

    def line(self, key: str) -> Line | None:
        """The line of the row with this key."""
        return self.plan.lines[int(key)] if self.plan and key else None

    def _show_shell(self, key: str) -> None:
        line = self.line(key)
        self.query_one(ShellLines).show(line.operation.powershell if line else "")

    @on(Highlighted)
    def _highlighted(self, event: Highlighted) -> None:
        self._show_shell(event.key)

    @property
    def writable(self) -> bool:
        """Whether anything may be sent at all."""
        return self.desk.session is not None and not self.desk.session.objection()

    @on(Opened)
    def _opened(self) -> None:
        self.action_apply()

    def action_apply(self) -> None:
        """Starts the process, after a question when something changed meanwhile or was not checked yet."""
        sent, session = self.sent, self.desk.session
        if session is None or not sent.lines or self._applying:
            return
        if reason := session.objection():
            self.say(reason, "warning")
        elif not self.checked:
            self._entered = True
            self.say("It is applied as soon as the tenant was checked. Esc leaves without applying.")
        elif sent.conflicts:
            self._ask(sent)
        else:
            self._start(sent)

    def _ask(self, sent: Review) -> None:
        overwrites = "overwrites" if len(sent.conflicts) == 1 else "overwrite"
        lines = [
            f"{len(sent.conflicts):,} of {counted(len(sent.lines), 'operation')} {overwrites} a newer value:"
        ]
        for line in sent.conflicts[:8]:
            for field, value in line.current.items():
                after = line.operation.after.get(field)
                what = f"{line.operation.target}, {title_of(line, field)}"
                lines.append(f"{what}: now {shown(value)}, becomes {shown(after)}")
        if len(sent.conflicts) > 8:
            lines.append(f"and {len(sent.conflicts) - 8:,} more")

        def answered(sure: bool | None) -> None:
            if sure:
                self._start(sent)

        self.app.push_screen(Confirm("Changed meanwhile", lines, "Overwrite", dangerous=True), answered)

    def _start(self, sent: Review) -> None:
        self._applying = True
        start(self, "apply", self._apply, sent)

    async def _apply(self, sent: Review) -> None:
        try:
            reason = await reasons.ask(self, self.session)
        except InvalidInput as error:
            self._applying = False
            self.say(error.sentence)
            return
        try:
            said = await self.carry_out(sent, reason)
        except (RollcallError, StateError) as error:
            self._applying = False
            self.say_error(error)
            await self.refused()
            self.action_refresh()
            return
        if self.desk.follower is not None:
            self.desk.follower.wake()
        self.app.pop_screen()
        if said and isinstance(self.app.screen, Page):
            self.app.screen.say(said)

    def details(self, number: int, line: Line) -> list[tuple[str, str]]:
        """Label and text of all that is known about a line."""
        return details(line)

    @on(DetailsRequested)
    def _details(self, event: DetailsRequested) -> None:
        line = self.line(event.key)
        if line is not None and not self.show_saying():
            self.app.push_screen(Details(line.operation.title, self.details(int(event.key), line)))
