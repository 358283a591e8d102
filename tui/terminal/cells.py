"""Cells: what a terminal shows in one place, and texts divided into them as Textual measures them."""

from collections.abc import Sequence
from functools import lru_cache
from typing import Final

from rich.cells import cell_len, split_graphemes

from tui.terminal.looks import PLAIN, Look

_MANY: Final = 20_000
"""Cells that are remembered: a large screen in several looks."""
_WIDE_EVERYWHERE: Final = (
    (0x1100, 0x115F),
    (0x2E80, 0x303E),
    (0x3041, 0xA4CF),
    (0xAC00, 0xD7A3),
    (0xFF01, 0xFF60),
)
"""Hangul, kana, Han and their full-width company: two cells since there are such terminals."""


WIDE: Final = 2


class Cell:
    """One character with its marks in one look, `width` cells wide: 1 or 2, or 0 for the second half of a wide one.

    There is one object for each, so that they are compared by identity; one that was forgotten and made again
    is only written once more. `sure`: every terminal agrees about the width. `torn` is what remains of one half of a
    wide cell when something is written over the other.
    """

    __slots__ = ("half", "look", "sure", "text", "torn", "width")

    def __init__(self, text: str, look: Look, width: int, sure: bool) -> None:
        self.text = text
        self.look = look
        self.width = width
        self.sure = sure
        self.half: Cell | None = None
        self.torn: Cell | None = None
        if width == WIDE:
            self.half = Cell("", look, 0, sure)
            self.torn = self.half.torn = Cell(" ", look, 1, True)

    def __repr__(self) -> str:
        return f"Cell({self.text!r}, {self.look!r})"


BLANK: Final = Cell(" ", PLAIN, 1, True)


class Stock:
    """The cells in use; a character that the encoding does not have is shown as question marks."""

    def __init__(self, encoding: str) -> None:
        self._encoding = encoding
        self._cells: dict[tuple[str, Look], Cell] = {}

    def cell(self, text: str, look: Look, width: int) -> Cell:
        """The cell of this character and its marks."""
        key = (text, look)
        found = self._cells.get(key)
        if found is None:
            if look is PLAIN and text == " ":
                return BLANK
            if len(self._cells) >= _MANY:
                self._cells.clear()
            sure = _sure(text, width)
            found = self._cells[key] = Cell(self._encodable(text, width), look, width, sure)
        return found

    def _encodable(self, text: str, width: int) -> str:
        try:
            text.encode(self._encoding)
        except UnicodeError:
            return "?" * width
        return text

    def line(self, text: str, look: Look) -> list[Cell]:
        """The cells of a text without control characters; a mark without anything before it has width 0."""
        known = self._cells
        if text.isascii():
            return [known.get((each, look)) or self.cell(each, look, 1) for each in text]
        cells = []
        for each, width in graphemes(text):
            cell = known.get((each, look)) or self.cell(each, look, width)
            cells.append(cell)
            if cell.half is not None:
                cells.append(cell.half)
        return cells


@lru_cache(maxsize=1024)
def graphemes(text: str) -> Sequence[tuple[str, int]]:
    """Characters with their marks, and their widths in cells; the sum is what Textual takes the text's width for."""
    spans, _ = split_graphemes(text)
    return tuple((text[start:end], width) for start, end, width in spans)


def _sure(text: str, width: int) -> bool:
    if len(text) != 1 or width != cell_len(text):
        return False
    code = ord(text)
    if width == WIDE:
        return any(first <= code <= last for first, last in _WIDE_EVERYWHERE)
    return width == 1 and code < 0x10000
