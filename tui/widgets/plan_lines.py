"""PlanLines: what the present answers of a form come to, or why they come to nothing yet."""

from collections.abc import Sequence
from typing import TypeAlias

from textual import events

from services.operation import FOR_GOOD, Operation
from tui.plain import wrap
from tui.widgets.line_list import LineList
from tui.widgets.looks import Piece, width_of

Said: TypeAlias = tuple[str, str]
"""A sentence and its look."""


class PlanLines(LineList):
    """One line an operation: title → target, and that it cannot be undone where it cannot.

    It takes the focus only when not all of them are in sight.
    """

    DEFAULT_CSS = "PlanLines { height: 3; margin: 1 0 0 0; }"

    LEAST = 3
    """Lines that it always has, so that the dialog stays where it is while something is typed."""

    def __init__(self) -> None:
        super().__init__()
        self._said: Sequence[Said] = ()
        self._operations: Sequence[Operation] = ()
        self._lines: list[list[Piece]] = []
        self._room = self.LEAST
        self.can_focus = False

    def show(self, operations: Sequence[Operation], said: Sequence[Said]) -> None:
        """Sentences, and below them the operations."""
        self._operations, self._said = operations, said
        self._draw()

    def give_room(self, lines: int) -> None:
        """As many lines as there may be."""
        self._room = max(self.LEAST, lines)
        self._draw()

    def on_resize(self, event: events.Resize) -> None:
        """Wrap to the new width."""
        self._draw()

    def _draw(self) -> None:
        width = self.scrollable_content_region.width or 68
        self._lines = [[(f" {line}", look)] for text, look in self._said for line in wrap(text, width - 2)]
        for each in self._operations:
            self._lines += self._of_operation(each, width)
        self.styles.height = min(max(len(self._lines), self.LEAST), self._room)
        self.can_focus = len(self._lines) > self._room
        self.set_count(len(self._lines))

    def _of_operation(self, operation: Operation, width: int) -> list[list[Piece]]:
        """Title and target, below one another where they are too long for one line."""
        arrow: Piece = (f"  {self.glyphs.arrow}  ", "dim")
        title: Piece = (f"   {operation.title}", "")
        target: list[Piece] = [arrow, (operation.target, "")]
        if operation.inverse is None:
            target.append((f" ({FOR_GOOD})", "warning"))
        if width_of([title, *target]) <= width:
            return [[title, *target]]
        return [[title], [("    ", ""), *target]]

    def holds_cursor(self, index: int) -> bool:
        """Only when there is more to see."""
        return self.can_focus

    def pieces_at(self, index: int, width: int) -> list[Piece]:
        """One line."""
        return self._lines[index]
