"""FormDialog: asks what an action needs, and shows what the answers come to before anything is started."""

from collections.abc import Awaitable, Callable, Sequence
from typing import ClassVar, TypeAlias

from rich.cells import cell_len
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Button, Static

from services.action import Answers, Form, Question
from services.errors import InvalidInput, RollcallError
from services.found import Found, Recipient
from services.operation import Json, Operation
from state.errors import StateError
from tui.background import start
from tui.plain import plain, wrap
from tui.screens.dialogs.browsing import browse
from tui.screens.dialogs.choice import Choice
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.dialog import Dialog, button, buttons
from tui.screens.dialogs.text_view import TextView
from tui.screens.dialogs.user_picker import Line, UserPicker, lines_of
from tui.widgets.answer_lines import (
    Answered,
    AnswerLine,
    BrowseWanted,
    FlagLine,
    GoOn,
    PickLine,
    PickWanted,
    TextLine,
    Typed,
)
from tui.widgets.form_lines import lines_for
from tui.widgets.key_bar import KeyBar
from tui.widgets.password_line import CopyWanted, PasswordLine
from tui.widgets.plan_lines import PlanLines, Said

_MOST_TITLE = 26
_AROUND = 9
"""Lines of the terminal that are neither what is told, nor questions, nor plan."""

Find: TypeAlias = Callable[[Question, str], Awaitable[Found]]
"""Looks for recipients of the question's kinds. Raises `RollcallError`."""

Complete: TypeAlias = Callable[[Question, dict[str, Json]], Awaitable[dict[str, Json]]]
"""Adds what the plan needs to know of who was chosen. Raises `RollcallError`."""

Lead: TypeAlias = Callable[[int], str]
"""The line above so many operations."""

Save: TypeAlias = Callable[[Sequence[Operation]], Awaitable[int]]
"""Starts the operations as a process and returns its number. Raises `RollcallError` and `StateError`."""


class FormDialog(Dialog[int]):
    """Dismisses with the number of the started process, or with None; what fails stays open, with why.

    Just the operations that are on show are started. A dangerous form has its focus on Cancel.
    """

    DEFAULT_CSS = """
    FormDialog > #box { width: 78; }
    FormDialog #told { height: auto; padding: 0 1; }
    FormDialog #lines { height: auto; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "save", "Save", id="form.save", show=False, priority=True),
        Binding("f5", "another", "Another", id="form.another", show=False),
        Binding("f4", "whole_plan", "Plan in full", id="form.plan", show=False),
        Binding("up", "app.focus_previous", "Previous", id="form.up", show=False),
        Binding("down", "app.focus_next", "Next", id="form.down", show=False),
        Binding("left", "app.focus_previous", "Previous", id="form.left", show=False),
        Binding("right", "app.focus_next", "Next", id="form.right", show=False),
    ]

    def __init__(
        self,
        form: Form,
        plan: Callable[[Answers], Sequence[Operation]],
        save: Save,
        *,
        find: Find,
        complete: Complete,
        lead: Lead | None = None,
    ) -> None:
        super().__init__(form.title)
        self._form = form
        self._plan = plan
        self._save = save
        self._find = find
        self._complete = complete
        self._lead = lead or will_be_sent
        self._answers: dict[str, Json] = {}
        self._wrong: dict[str, str] = {}
        self._operations: Sequence[Operation] = ()
        self._touched = False
        self._saving = False
        self._picker: UserPicker | None = None

    def content(self) -> ComposeResult:
        """What is told, the questions, what they come to, the buttons."""
        if self._form.told:
            yield Static(plain("\n".join(self._form.told)), id="told", markup=False)
        column = max((cell_len(q.title) for q in self._form.questions), default=0)
        with Vertical(id="lines"):
            yield from lines_for(self._form.questions, min(column, _MOST_TITLE))
        yield PlanLines()
        yield buttons(
            button("Cancel", "cancel"), button(self._form.save, "save", dangerous=self._form.danger)
        )

    def hints(self) -> Sequence[tuple[str, str]]:
        """Only keys that do something in this form."""
        asked = [question for question in self._form.questions if question.asked(self._answers)]
        kinds = {question.kind for question in asked}
        found = [("F2", self._form.save)]
        if "password" in kinds:
            found += [("y", "Copy"), ("F5", "Another")]
        if kinds & {"flag", "choices"}:
            found.append(("Space", "Tick"))
        if kinds & {"choice", "recipient"} or any(question.find for question in asked):
            found.append(("Enter", "Choose"))
        found.append(("F4", "Plan in full"))
        return [*found, ("Up Down", "Move"), ("Esc", "Cancel")]

    def on_mount(self) -> None:
        """The questions have the answers that they come with."""
        super().on_mount()
        for question in self._form.questions:
            if question.kind == "text":
                self._check(question, "" if question.value is None else str(question.value))
            elif question.kind == "choices":
                self._answers[question.id] = list(question.value or ())
            elif question.kind == "flag":
                self._answers[question.id] = bool(question.value)
            else:
                self._answers[question.id] = question.value
        self._show_plan()

    def on_resize(self, event: events.Resize) -> None:
        """The plan has what the questions leave of the terminal."""
        super().on_resize(event)
        self._give_room()

    def _give_room(self) -> None:
        width = min(78, self.size.width) - 4
        told = sum(len(wrap(line, width)) for line in self._form.told)
        lines = [line for line in self.query("#lines > *") if line.display]
        more = sum(len(line.lines_at(width)) - 1 for line in lines if isinstance(line, PasswordLine))
        self.query_one(PlanLines).give_room(self.size.height - _AROUND - told - len(lines) - more)

    def _show_asked(self) -> None:
        """Only what is asked, as things are answered now, is in sight."""
        for line in self.query("#lines > *"):
            if isinstance(line, AnswerLine | TextLine):
                line.display = line.question.asked(self._answers)
        self.query_one(KeyBar).show(self.hints())
        self._give_room()

    def first_focus(self) -> Widget | None:
        """The first question; without one the button, which for a dangerous form is the harmless one."""
        first = next(iter(self.query("AnswerLine, Entry")), None)
        if self._form.danger or first is None:
            return self.query_one("#cancel" if self._form.danger else "#save")
        return first

    # Answers.

    def _question(self, identity: str) -> Question:
        return next(question for question in self._form.questions if question.id == identity)

    def _check(self, question: Question, text: str) -> None:
        try:
            self._answers[question.id] = question.check(text) if question.check else text.strip()
            self._wrong.pop(question.id, None)
        except InvalidInput as error:
            self._wrong[question.id] = error.sentence

    @on(Typed)
    def _typed(self, event: Typed) -> None:
        event.stop()
        question = self._question(event.question)
        before = dict(self._answers), dict(self._wrong)
        self._check(question, event.text)
        self._touched = self._touched or before != (self._answers, self._wrong)
        self._show_plan()

    @on(Answered)
    def _answered(self, event: Answered) -> None:
        event.stop()
        question = self._question(event.question)
        value = event.value
        if question.kind == "choices":
            value = [line.choice for line in self.query(FlagLine) if line.question is question and line.on]
        if value is not None:
            self._wrong.pop(question.id, None)
        self._answers[question.id] = value
        self._touched = True
        self._show_plan()

    def _show_plan(self) -> None:
        """Plans anew, and says what will be sent, or why nothing can be."""
        if any(question.when or question.unless for question in self._form.questions):
            self._show_asked()
        self._operations, said = self._planned()
        self.query_one(PlanLines).show(self._operations, said)
        objection = next((each.objection for each in self._operations if each.objection), "")
        self.query_one("#save").disabled = not self._operations or bool(objection)

    def _planned(self) -> tuple[Sequence[Operation], list[Said]]:
        look = "error" if self._touched else "dim"
        for question in self._form.questions:
            sentence = self._wrong.get(question.id)
            if sentence and question.asked(self._answers):
                return (), [(f"{question.title}: {sentence}", look)]
        try:
            operations = self._plan(dict(self._answers))
        except RollcallError as error:
            return (), [(error.sentence, look if self._touched else "dim")]
        if not operations:
            return (), [("Nothing would be changed.", "dim")]
        objections = dict.fromkeys(each.objection for each in operations if each.objection)
        heading = self._lead(len(operations))
        return operations, [*((text, "error") for text in objections), (heading, "section")]

    @on(CopyWanted)
    def _copy(self, event: CopyWanted) -> None:
        event.stop()
        self.copy_text(event.secret.reveal(), "The password")

    def action_another(self) -> None:
        """Another generated password, where one is asked for."""
        shown = [line for line in self.query(PasswordLine) if line.display and not self._saving]
        for line in shown:
            line.another()
        if not shown:
            self.app.bell()

    # Lists to choose from.

    @on(PickWanted)
    def _pick(self, event: PickWanted) -> None:
        event.stop()
        if event.line.question.kind == "choice":
            self._pick_choice(event.line)
        else:
            self._pick_recipient(event.line, event.typed)

    @on(BrowseWanted)
    def _browse(self, event: BrowseWanted) -> None:
        event.stop()
        if event.line.question.id in self._wrong:
            browse(self.app, event.line, self._find)
        else:
            self.focus_next()

    def _pick_choice(self, line: PickLine) -> None:
        def chosen(value: str | None) -> None:
            if value is not None:
                line.take(value)

        self.app.push_screen(
            Choice(line.question.title, line.question.choices, str(line.value or "")), chosen
        )

    def _pick_recipient(self, line: PickLine, typed: str) -> None:
        if self._picker is not None:
            self._picker.type_on(typed)
            return
        known: dict[str, Recipient] = {}

        async def search(text: str) -> list[Line]:
            found = await self._find(line.question, text)
            known.update((each.id, each) for each in found.recipients)
            return lines_of(found, kinds=len(line.question.recipients) > 1)

        def chosen(identity: str | None) -> None:
            self._picker, line.searching = None, False
            if identity is not None:
                line.show(known[identity].answer())
                self.focus_next()
                start(self, "complete", self._take, line, known[identity].answer())

        listed = line.question.find is not None
        self._picker = UserPicker(line.question.title, search, typed=typed, listed=listed)
        self.app.push_screen(self._picker, chosen)

    async def _take(self, line: PickLine, answer: dict[str, Json]) -> None:
        self.say(f"Asking about {answer['name']}", "dim")
        try:
            line.take(await self._complete(line.question, answer))
        except RollcallError as error:
            self._wrong[line.question.id] = error.sentence
            line.take(None)
            line.focus()
        self._say_about()

    # What the keys do.

    @on(GoOn)
    def _go_on(self, event: GoOn) -> None:
        event.stop()
        self.focus_next()

    def on_descendant_focus(self) -> None:
        """Says what the line in focus is for."""
        self._say_about()

    def _say_about(self) -> None:
        here = self.focused
        line = here if isinstance(here, PickLine | FlagLine | PasswordLine) else None
        if line is None and here is not None and isinstance(here.parent, TextLine):
            self.say(here.parent.question.about, "dim")
        else:
            self.say(line.question.about if line else "", "dim")

    def action_whole_plan(self) -> None:
        """All operations with the PowerShell line of each, to read and to copy."""
        if self._operations:
            told = (f"{each.title} → {each.target}\n{each.powershell}" for each in self._operations)
            self.app.push_screen(TextView("What will be sent", "\n\n".join(told)))

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#save")
    def action_save(self) -> None:
        """Starts what is on show, asking once more where the form wants that."""
        if self.query_one("#save").disabled or self._saving or self.app.screen is not self:
            self.app.bell()
            return
        if self._form.confirm is None:
            self._begin()
            return
        asked = self._form.confirm(dict(self._answers))
        told = (*asked.told, self._lead(len(self._operations)))
        number = str(asked.objects) if asked.objects > 1 else None
        confirm = Confirm(asked.title, told, self._form.save, dangerous=True, type_to_confirm=number)
        self.app.push_screen(confirm, self._confirmed)

    def _confirmed(self, yes: bool | None) -> None:
        if yes:
            self._begin()

    def _begin(self) -> None:
        self._saving = True
        start(self, "save", self._start, self._operations)

    async def _start(self, operations: Sequence[Operation]) -> None:
        try:
            number = await self._save(operations)
        except (RollcallError, StateError) as error:
            self._saving = False
            self.say(error.sentence, "error")
            return
        self.dismiss(number)


def will_be_sent(count: int) -> str:
    """What starts at once."""
    return f"What will be sent: {count} {'operation' if count == 1 else 'operations'}"
