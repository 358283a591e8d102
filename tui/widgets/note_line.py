"""NoteLine: one sentence about what the cursor is on."""

from tui.widgets.lines import Lines
from tui.widgets.looks import Piece


class NoteLine(Lines):
    """The line under the form: why a field is locked, what was wrong with what was typed, what it was."""

    def __init__(self) -> None:
        super().__init__()
        self.piece: Piece = ("", "")

    def show(self, text: str, name: str = "") -> None:
        """Show a sentence in a look."""
        self.piece = (f" {text}" if text else "", name)
        self.redraw()

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The one line."""
        return [[self.piece]]
