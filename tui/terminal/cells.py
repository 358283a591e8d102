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
        self._shelves: dict[Look, _Shelf] = {}

    def cell(self, text: str, look: Look, width: int) -> Cell:
        """The cell of this character and its marks."""
        shelf = self._shelf(look)
        return dict.get(shelf, text) or shelf.add(text, width)

    def line(self, text: str, look: Look) -> list[Cell]:
        """The cells of a text without control characters; a mark without anything before it has width 0."""
        shelf = self._shelf(look)
        if text.isascii() or _NARROW.issuperset(text):
            return list(map(shelf.__getitem__, text))
        if _learn(text):
            return self._singly(text, shelf)
        cells = []
        for each, width in graphemes(text):
            cell = dict.get(shelf, each) or shelf.add(each, width)
            cells += [cell, cell.half] if cell.half else [cell]
        return cells

    def _singly(self, text: str, shelf: "_Shelf") -> list[Cell]:
        cells = []
        for each in text:
            cell = dict.get(shelf, each) or shelf.add(each, WIDE if each in _BROAD else 1)
            cells.append(cell)
            if cell.half is not None:
                cells.append(cell.half)
        return cells

    def _shelf(self, look: Look) -> "_Shelf":
        found = self._shelves.get(look)
        if found is None:
            if sum(map(len, self._shelves.values())) >= _MANY:
                self._shelves.clear()
            found = self._shelves[look] = _Shelf(look, self._encoding)
        return found


class _Shelf(dict[str, Cell]):
    """The cells of one look, by their text."""

    def __init__(self, look: Look, encoding: str) -> None:
        super().__init__()
        self._look = look
        self._encoding = encoding

    def __missing__(self, text: str) -> Cell:
        return self.add(text, 1)

    def add(self, text: str, width: int) -> Cell:
        """Makes a cell."""
        if len(self) >= _MANY:
            self.clear()
        if text == " " and self._look is PLAIN:
            return self.setdefault(text, BLANK)
        try:
            text.encode(self._encoding)
            shown = text
        except UnicodeError:
            shown = "?" * width
        found = self[text] = Cell(shown, self._look, width, _sure(text, width))
        return found


@lru_cache(maxsize=1024)
def graphemes(text: str) -> Sequence[tuple[str, int]]:
    """Characters with their marks, and their widths in cells; the sum is what Textual takes the text's width for."""
    spans, _ = split_graphemes(text)
    return tuple((text[start:end], width) for start, end, width in spans)


_NARROW: Final[set[str]] = set()
_BROAD: Final[set[str]] = set()
_SEEN: Final[set[str]] = set()
"""Characters that were met and stand for themselves, of one cell, of two, and of either."""


def _learn(text: str) -> bool:
    """Whether each character stands for itself: none is a mark, or changes the one before it."""
    for each in set(text) - _SEEN:
        width = cell_len(each)
        # the joiner and the selector of the emoji form have no width of their own
        if width not in (1, WIDE):
            return False
        (_BROAD if width == WIDE else _NARROW).add(each)
        _SEEN.add(each)
    return True


def _sure(text: str, width: int) -> bool:
    if len(text) != 1 or width != cell_len(text):
        return False
    code = ord(text)
    if width == WIDE:
        return any(first <= code <= last for first, last in _WIDE_EVERYWHERE)
    return width == 1 and code < 0x10000
