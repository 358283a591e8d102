"""Review: the pending changes as a plan, held against the tenant, before anything is written."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from services import plan
from services.errors import RollcallError
from services.plan import Finding, Line, Review
from services.record import Record
from services.sameness import same
from services.tabs.registry import BY_ID
from services.tabs.tab import Column, Property, PropertyTab, Toggle, ToggleTab
from state.errors import StateError
from tui.background import start, start_beside
from tui.glyphs import ASCII_CLASS, glyphs, in_alphabet
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.details import Details
from tui.screens.page import Page
from tui.staging import shown
from tui.widgets.key_bar import Hint
from tui.widgets.record_table import RecordTable
from tui.widgets.shell_lines import ShellLines
from tui.widgets.table_messages import DetailsRequested, Highlighted, Opened
from tui.widgets.title_line import TitleLine
from tui.widgets.user_header import UserHeader

if TYPE_CHECKING:
    pass

_FINDING = Column("finding", "Tenant now", width=17)
_USER = Column("user", "User", least=10)
_WHAT = (
    Column("operation", "Operation", least=12),
    Column("target", "Target", least=14),
    Column("change", "Before / after", least=12),
)

_LOOKS = {Finding.CONFLICT: "line-table--error", Finding.ALREADY_SO: "line-table--dim"}


def counted(number: int, noun: str) -> str:
    """Such as "1 change", "2 changes"."""
    return f"{number:,} {noun}{'' if number == 1 else 's'}"


def open_review(page: Page) -> None:
    """Opens the review of everything that is pending, or says that nothing is."""
    staging = page.desk.staging
    if staging is None or not staging.all:
        page.say("Nothing is staged. Space on a row or Enter on a field stages a change.")
        return
    page.app.push_screen(ReviewScreen())


class ReviewScreen(Page):
    """Enter applies what is listed here, and nothing else."""

    TITLE = "Review"
    about = "What will be sent, and what the tenant holds now. Enter applies it."
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "apply", "Apply", id="review.apply"),
        Binding("f5", "refresh", "Check again", id="page.refresh"),
        Binding("d,delete", "drop", "Drop the change", id="review.drop"),
        Binding("escape", "app.leave", "Back", id="review.back", show=False),
    ]

    def __init__(self) -> None:
        super().__init__()
        self._review: Review | None = None
        self._checked = False
        self._applying = False
        self._entered = False
        self._several = False

    def compose(self) -> ComposeResult:
        """With a column for the user when there are several."""
        self._several = len({change.user for change in self.staging.all}) > 1
        yield from super().compose()

    def show_header(self) -> None:
        """Whose changes these are, and in which tenant."""
        options = self.desk.options
        names = list(dict.fromkeys((c.facts.get("name", ""), c.user_name) for c in self.staging.all))
        who = "  ".join(names[0]) if len(names) == 1 else f"{len(names)} users"
        self.query_one(UserHeader).show(None, f"Review  {who}", (), "", options.tenant_label, options.sandbox)

    def compose_body(self) -> ComposeResult:
        """Title, plan, and the PowerShell line of the row under the cursor."""
        yield TitleLine()
        yield RecordTable(
            (_FINDING, *([_USER] if self._several else []), *_WHAT),
            ascii_only=self.app.has_class(ASCII_CLASS),
            empty="Nothing is staged",
            row_class=self._look,
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
        """Makes the plan from what is staged now and holds it against the tenant."""
        staging = self.staging
        self._checked = self._entered = False
        try:
            self._show(plan.review(list(staging.all)))
        except RollcallError as error:
            # a stored change that no plan can be made of stays staged, to be discarded or undone on its tab
            self.say_error(error)
            return
        start(self, "check", self._check)

    async def _check(self) -> None:
        if self._review is None:
            return
        found = await plan.checked(self.session.tenant, self._review)
        self._checked = True
        self._show(found)
        if self._entered:
            self._entered = False
            self.messages.dismiss()
            self.action_apply()

    def _show(self, review: Review) -> None:
        self._review = review
        self.table.set_rows([self._record(number, line) for number, line in enumerate(review.lines)])
        facts = [counted(len(review.lines), "operation"), counted(len(review.changes), "change")]
        level = "dim"
        if not self._checked:
            facts.append("checking the tenant")
        if review.conflicts:
            facts.append(f"{len(review.conflicts)} changed meanwhile by somebody else")
            level = "error"
        unseen = [line for line in review.lines if self._checked and line.finding is Finding.UNSEEN]
        if unseen:
            facts.append(f"{len(unseen)} could not be checked")
            level = "warning" if level == "dim" else level
        self.query_one(TitleLine).show("Review", " · ".join(facts), level)
        self._show_shell(self.table.cursor_key)

    def _record(self, number: int, line: Line) -> Record:
        operation = line.operation
        change = in_alphabet("; ".join(_arrows(line)), glyphs(self))
        names = [each.facts.get("name", each.user_name) for each in line.changes[:1]] or [""]
        who = names if self._several else []
        return Record(str(number), (line.finding.value, *who, operation.title, operation.target, change))

    def _look(self, record: Record) -> str:
        line = self._line(record.key)
        return _LOOKS.get(line.finding, "") if line else ""

    def _line(self, key: str) -> Line | None:
        return self._review.lines[int(key)] if self._review and key else None

    def _show_shell(self, key: str) -> None:
        line = self._line(key)
        self.query_one(ShellLines).show(line.operation.powershell if line else "")

    @on(Highlighted)
    def _highlighted(self, event: Highlighted) -> None:
        self._show_shell(event.key)

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """Enter is what this screen is for."""
        writable = self.desk.session is not None and not self.desk.session.readonly
        return (
            Hint("Enter", "Apply", writable),
            ("F3", "Details"),
            ("d", "Drop the change"),
            ("F5", "Check again"),
            ("Esc", "Back"),
        )

    @on(Opened)
    def _opened(self) -> None:
        self.action_apply()

    def action_apply(self) -> None:
        """Starts the process, after a question when something changed meanwhile or was not checked yet."""
        review, session = self._review, self.desk.session
        if review is None or session is None or not review.lines or self._applying:
            return
        if session.readonly:
            self.say(session.readonly_reason, "warning")
        elif not self._checked:
            self._entered = True
            self.say("It is applied as soon as the tenant was checked. Esc leaves without applying.")
        elif review.conflicts:
            self._ask(review)
        else:
            self._start(review)

    def _ask(self, review: Review) -> None:
        lines = [f"{len(review.conflicts)} of {len(review.lines)} operations overwrite a newer value:"]
        for line in review.conflicts[:8]:
            for field, value in line.current.items():
                after = line.operation.after.get(field)
                what = f"{line.operation.target}, {_title(line, field)}"
                lines.append(f"{what}: now {shown(value)}, becomes {shown(after)}")
        if len(review.conflicts) > 8:
            lines.append(f"and {len(review.conflicts) - 8} more")

        def answered(sure: bool | None) -> None:
            if sure:
                self._start(review)

        self.app.push_screen(Confirm("Changed meanwhile", lines, "Overwrite", dangerous=True), answered)

    def _start(self, review: Review) -> None:
        self._applying = True
        start(self, "apply", self._apply, review)

    async def _apply(self, review: Review) -> None:
        session, staging = self.session, self.staging
        names = list(dict.fromkeys(c.facts.get("name", c.user_name) for c in review.changes))
        who = names[0] if len(names) == 1 else f"{len(names)} users"
        try:
            await session.apply(review, f"Apply changes · {who}")
        except (RollcallError, StateError) as error:
            self._applying = False
            self.say_error(error)
            await staging.reload()
            self.action_refresh()
            return
        await staging.reload()
        if self.desk.follower is not None:
            self.desk.follower.wake()
        self.app.pop_screen()

    def action_drop(self) -> None:
        """Unstages the changes of the row under the cursor."""
        line, staging = self._line(self.table.cursor_key), self.desk.staging
        if line is not None and staging is not None:
            start_beside(self, "drop", self._drop, line)

    async def _drop(self, line: Line) -> None:
        staging = self.staging
        try:
            await staging.discard(line.changes)
        except StateError as error:
            self.say_error(error)
        self.action_refresh()

    @on(DetailsRequested)
    def _details(self, event: DetailsRequested) -> None:
        line = self._line(event.key)
        if line is not None and not self.show_saying():
            self.app.push_screen(Details(line.operation.title, _details(line)))


def _title(line: Line, field: str) -> str:
    """What the page calls a field or switch of this line."""
    tab = BY_ID[line.changes[0].tab] if line.changes else None
    specs: Sequence[Property | Toggle] = ()
    if isinstance(tab, PropertyTab):
        specs = tab.properties
    elif isinstance(tab, ToggleTab):
        specs = tab.toggles
    return next((spec.title for spec in specs if spec.id == field), field)


def _arrows(line: Line) -> list[str]:
    operation = line.operation
    # what is written besides and stays as it is would only hide what changes
    moved = {f: v for f, v in operation.after.items() if not same(v, operation.before.get(f))}
    return [
        f"{f'{_title(line, field)}: ' if len(moved) > 1 else ''}{shown(operation.before.get(field))} → {shown(value)}"
        for field, value in moved.items()
    ]


def _details(line: Line) -> list[tuple[str, str]]:
    operation, request = line.operation, line.operation.request
    pairs = [("Operation", operation.title), ("Target", operation.target)]
    for change in line.changes[:1]:
        pairs += [
            ("User", f"{change.facts.get('name', '')} {change.user_name}"),
            ("Tab", BY_ID[change.tab].title),
        ]
    pairs += [("Before → after", arrow) for arrow in _arrows(line)]
    pairs.append(("Tenant now", line.finding.value))
    pairs += [(f"{_title(line, field)} is now", shown(value)) for field, value in line.current.items()]
    if line.reason:
        pairs.append(("Not checked", line.reason))
    pairs.append(("Can be undone", "yes" if operation.inverse else "no"))
    pairs.append(("PowerShell", operation.powershell))
    pairs.append(("Request", f"{request.service} {request.method} {request.path}"))
    return pairs
