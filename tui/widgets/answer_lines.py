"""The lines of a form: a title and what was answered, one line each, worked by keys."""

from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Input

from services.action import Question
from services.operation import Json
from tui.plain import pad, printable
from tui.widgets.entry import Entry
from tui.widgets.lines import Lines
from tui.widgets.looks import Piece

_LEFT = 3


class Typed(Message):
    """Something was typed into a text question."""

    def __init__(self, question: str, text: str) -> None:
        super().__init__()
        self.question = question
        self.text = text


class Answered(Message):
    """A question has this answer now."""

    def __init__(self, question: str, value: Json) -> None:
        super().__init__()
        self.question = question
        self.value = value


class PickWanted(Message):
    """Let the operator choose for this line; `typed` was typed already."""

    def __init__(self, line: "PickLine", typed: str = "") -> None:
        super().__init__()
        self.line = line
        self.typed = typed


class BrowseWanted(Message):
    """Enter was pressed on a text that can be chosen from a list, too."""

    def __init__(self, line: "TextLine") -> None:
        super().__init__()
        self.line = line


class GoOn(Message):
    """Enter was pressed on a line that has nothing to open: go to the next one."""


class AnswerLine(Lines, can_focus=True):
    """Title and answer; in focus it has the cursor's mark and look."""

    DEFAULT_CSS = "AnswerLine { height: 1; }"

    def __init__(self, question: Question, title: str, column: int) -> None:
        super().__init__()
        self.question = question
        self._title = title
        self._column = column
        self._lit = False

    def shown(self) -> Piece:
        """The answer as it is drawn."""
        return ("", "")

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The one line."""
        mark = self.glyphs.cursor if self._lit else " "
        text, look = self.shown()
        look = "cursor" if self._lit else look
        return [
            [(f" {mark} {pad(self._title, self._column, self.glyphs.ellipsis)}  ", ""), (f"{text} ", look)]
        ]

    def on_focus(self) -> None:
        """The cursor came."""
        self._lit = True
        self.redraw()

    def on_blur(self) -> None:
        """The cursor went."""
        self._lit = False
        self.redraw()


class PickLine(AnswerLine):
    """One of several values, or somebody: Enter opens the list, typing opens it with what was typed."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter,space", "open", "Choose", id="form.choose", show=False),
        Binding("left", "step(-1)", "Previous", id="form.previous", show=False),
        Binding("right", "step(1)", "Next", id="form.next", show=False),
    ]

    def __init__(self, question: Question, title: str, column: int, value: Json) -> None:
        super().__init__(question, title, column)
        self.value = value
        self.searching = False
        """Letters are on their way to the search."""

    def shown(self) -> Piece:
        """The label of the choice; who was found, with the address."""
        if self.question.kind == "choice":
            labels = dict(self.question.choices)
            return (labels.get(self.value, "") or "(choose)", "" if self.value in labels else "dim")
        if not isinstance(self.value, dict):
            return ("(type a name)", "dim")
        return (f"{self.value['name']}  {self.value['address']}", "")

    def show(self, value: Json) -> None:
        """Shows an answer that is not to be told yet."""
        self.value = value
        self.redraw()

    def take(self, value: Json) -> None:
        """Shows and tells the answer."""
        self.show(value)
        self.post_message(Answered(self.question.id, value))

    def action_open(self) -> None:
        """Asks for the list."""
        self.post_message(PickWanted(self))

    def action_step(self, step: int) -> None:
        """The value beside this one."""
        values = [value for value, _ in self.question.choices]
        if not values:
            return
        at = values.index(self.value) + step if self.value in values else 0
        self.take(values[at % len(values)])

    def on_key(self, event: events.Key) -> None:
        """A letter starts the search; those that follow before it is open belong to it too."""
        if self.question.kind != "recipient" or event.character is None or not event.is_printable:
            return
        if event.character != " " or self.searching:
            event.stop()
            self.searching = True
            self.post_message(PickWanted(self, event.character))

    def on_paste(self, event: events.Paste) -> None:
        """So does what is pasted."""
        lines = event.text.strip().splitlines()
        if self.question.kind == "recipient" and lines:
            event.stop()
            self.post_message(PickWanted(self, printable(lines[0])))

    def on_click(self) -> None:
        """As Enter."""
        self.action_open()

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """Letters belong to the search."""
        return (
            self.question.kind == "recipient"
            and character is not None
            and character.isprintable()
            and not character.isspace()
        )


class FlagLine(AnswerLine):
    """A box to tick: a flag, or one of several choices, named by `choice`."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "flip", "Tick", id="form.tick", show=False),
        Binding("enter", "go_on", "Next", id="form.go-on", show=False),
    ]

    def __init__(
        self, question: Question, title: str, column: int, on: bool, *, label: str = "", choice: str = ""
    ) -> None:
        super().__init__(question, title, column)
        self.choice = choice
        self.on = on
        self._label = label

    def shown(self) -> Piece:
        """The box, and the label of the choice."""
        box = f"[{self.glyphs.on if self.on else self.glyphs.off}]"
        return (f"{box} {self._label}".rstrip(), "")

    def action_flip(self) -> None:
        """Ticks or clears it."""
        self.on = not self.on
        self.redraw()
        self.post_message(Answered(self.question.id, self.on))

    def action_go_on(self) -> None:
        """To the next line."""
        self.post_message(GoOn())

    def on_click(self) -> None:
        """As Space."""
        self.action_flip()


class TextLine(Horizontal):
    """A text that is typed in place."""

    DEFAULT_CSS = """
    TextLine { height: 1; }
    TextLine Entry { width: 1fr; padding: 0; border: none; height: 1; }
    TextLine Title { width: auto; }
    """

    def __init__(self, question: Question, title: str, column: int) -> None:
        super().__init__()
        self.question = question
        self._heading = Title(title, column)

    def compose(self) -> ComposeResult:
        """The title and the input."""
        yield self._heading
        yield Entry("" if self.question.value is None else str(self.question.value))

    def on_key(self, event: events.Key) -> None:
        """Tab takes what the text may go on to; where it goes on to nothing it leaves the line."""
        if event.key != "tab" or self.question.suggest is None:
            return
        entry = self.query_one(Entry)
        if more := self.question.suggest(entry.value):
            event.stop()
            event.prevent_default()
            self.put(more)

    @property
    def text(self) -> str:
        """What is typed."""
        return self.query_one(Entry).value

    def put(self, text: str) -> None:
        """Has it be this, as if it was typed."""
        entry = self.query_one(Entry)
        entry.value = text
        entry.cursor_position = len(text)

    def on_descendant_focus(self) -> None:
        """The cursor came."""
        self._heading.mark(True)

    def on_descendant_blur(self) -> None:
        """The cursor went."""
        self._heading.mark(False)

    @on(Input.Changed)
    def _changed(self, event: Input.Changed) -> None:
        event.stop()
        self.post_message(Typed(self.question.id, event.value))

    @on(Input.Submitted)
    def _submitted(self, event: Input.Submitted) -> None:
        event.stop()
        self.post_message(GoOn() if self.question.find is None else BrowseWanted(self))


class Title(Lines):
    """The title in front of an input."""

    def __init__(self, title: str, column: int) -> None:
        super().__init__()
        self._title, self._column, self._marked = title, column, False
        self.styles.width = _LEFT + column + 2

    def mark(self, on: bool) -> None:
        """The cursor is on this line now, or not any more."""
        self._marked = on
        self.redraw()

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The one line."""
        mark = self.glyphs.cursor if self._marked else " "
        return [[(f" {mark} {pad(self._title, self._column, self.glyphs.ellipsis)}  ", "")]]
