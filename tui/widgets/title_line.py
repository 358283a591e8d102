"""TitleLine: a rule across the screen with the name of what is below it and what is known about it."""

from typing import Unpack

from tui.widgets.lines import Lines
from tui.widgets.looks import Naming, Piece, width_of


class TitleLine(Lines):
    """`── Security groups ── 5,214 · member of 12 ──────`; all text is untrusted."""

    def __init__(self, **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._title = ""
        self._facts = ""
        self._level = "dim"

    def show(self, title: str, facts: str = "", level: str = "dim") -> None:
        """Show a title and its facts; `level` "error" or "warning" makes the facts stand out."""
        self._title, self._facts, self._level = title, facts, level
        self.redraw()

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The one line."""
        rule = self.glyphs.rule
        pieces: list[Piece] = [(rule * 2 + " ", "dim"), (self._title, "section")]
        if self._facts:
            pieces += [(f" {rule * 2} ", "dim"), (self._facts, self._level)]
        rest = width - width_of(pieces) - 1
        if rest > 0:
            pieces.append((" " + rule * rest, "dim"))
        return [pieces]
