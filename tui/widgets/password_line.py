"""PasswordLine: a generated password, large enough to be read aloud, with keys to copy it and to make another."""

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message

from services.action import Question
from services.secret import Secret
from tui.widgets.answer_lines import Answered, AnswerLine, GoOn
from tui.widgets.looks import Piece

_GROUP = 4


class CopyWanted(Message):
    """Send this password to the clipboard."""

    def __init__(self, secret: Secret) -> None:
        super().__init__()
        self.secret = secret


class PasswordLine(AnswerLine):
    """The password as it is, and below it in groups; only the first line is what is set and copied."""

    DEFAULT_CSS = "PasswordLine { height: auto; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy", "Copy", id="form.copy", show=False),
        Binding("enter", "go_on", "Next", id="form.go-on", show=False),
    ]

    def __init__(self, question: Question, title: str, column: int, secret: Secret) -> None:
        super().__init__(question, title, column)
        self.secret = secret

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as there are."""
        return len(self.lines_at(width))

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The password over as many lines as it needs, then in groups."""
        (head, _), _ = super().lines_at(width)[0]
        text, left = self.secret.reveal(), " " * len(head)
        room = max(_GROUP, (width - len(head) - 1) // (_GROUP + 1) * _GROUP)
        parts = [text[at : at + room] for at in range(0, len(text), room)]
        look = "cursor" if self._lit else "section"
        lines: list[list[Piece]] = [
            [(left if number else head, ""), (part, look)] for number, part in enumerate(parts)
        ]
        for part in parts:
            groups = " ".join(part[at : at + _GROUP] for at in range(0, len(part), _GROUP))
            lines.append([(left, ""), (groups, "dim")])
        lines[-1].append(("  in fours, to read aloud", "dim"))
        return lines

    def action_copy(self) -> None:
        """Asks for it to be copied."""
        self.post_message(CopyWanted(self.secret))

    def action_go_on(self) -> None:
        """To the next line."""
        self.post_message(GoOn())

    def another(self) -> None:
        """Shows and tells a new one."""
        if self.question.generate is not None:
            self.secret = self.question.generate()
            self.redraw()
            self.post_message(Answered(self.question.id, self.secret))
