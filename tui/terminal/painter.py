"""Painter: turns the picture that the terminal has into the one that is wanted, with the fewest bytes."""

from collections.abc import Iterator
from itertools import groupby
from operator import attrgetter
from typing import Final

from tui.terminal.abilities import Abilities
from tui.terminal.cells import BLANK
from tui.terminal.looks import PLAIN, Look, set_anew, way
from tui.terminal.motion import motion
from tui.terminal.picture import Picture, Row, overwrite

_LONG: Final = 10
"""Blanks in a row from which it is shorter to erase them and go past."""
_SHORT: Final = 5
"""Blanks at the end of what is written from which it is shorter to erase them."""
_AGAIN: Final = 8
"""Cells that are written once more at the most, where that is shorter than to skip them."""
_LOOK: Final = attrgetter("look")
_SURE: Final = attrgetter("sure")
_TEXT: Final = attrgetter("text")


class Painter:
    """Knows the terminal's cells, its cursor and its look; makes text, and takes for granted that it is written."""

    def __init__(self, columns: int, rows: int, can: Abilities, *, line_feed: str) -> None:
        self.has = Picture(columns, rows)
        self._can = can
        self._line_feed = line_feed
        self._look: Look | None = None
        self._x: int | None = None
        self._y: int | None = None

    def forget(self) -> None:
        """Anything may be on the screen, the cursor anywhere, in any look."""
        self.has.forget()
        self._look = None
        self.lose_cursor()

    def lose_cursor(self) -> None:
        """The cursor may be anywhere."""
        self._x = self._y = None

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has another size now, and has done what it likes with what it showed."""
        self.has.resize(columns, rows)
        self.forget()

    def row(self, y: int, wanted: Row) -> str:
        """What makes this row what is wanted."""
        has = self.has.rows[y]
        if wanted == has:
            return ""
        pairs = enumerate(zip(wanted, has, strict=True))
        changed = [x for x, (want, have) in pairs if want is not have and want is not None]
        spans = _spans(wanted, changed)
        if not spans:
            return ""
        text = []
        end = _erasable(wanted) if self._can.erase_line else len(wanted)
        if not _worth_erasing(spans, end):
            end = len(wanted)
        for start, stop in spans:
            if start < end:
                text.append(self._span(y, wanted, start, min(stop, end)))
        if end < len(wanted):
            text.append(self._go(end, y, wanted) + self._as(PLAIN) + "\x1b[K")
            overwrite(has, end, wanted[end:])
        return "".join(text)

    def rest(self, x: int, y: int) -> str:
        """Takes the cursor to its place and its look back to the terminal's own."""
        return self._as(PLAIN) + self._go(x, y)

    def _span(self, y: int, wanted: Row, start: int, stop: int) -> str:
        text = []
        x = start
        for blank, until in _stretches(wanted, start, stop, self._can.erase_cells):
            text.append(self._go(x, y, wanted))
            if blank:
                text.append(f"{self._as(PLAIN)}\x1b[{until - x}X")
            else:
                text.append(self._write(y, wanted, x, until))
            x = until
        overwrite(self.has.rows[y], start, wanted[start:stop])
        return "".join(text)

    def _write(self, y: int, wanted: Row, start: int, stop: int) -> str:
        text = []
        x = start
        for look, group in groupby(wanted[start:stop], _LOOK):
            cells = list(group)
            if look is not self._look:
                text.append(self._as(look))
            if all(map(_SURE, cells)):
                text.append("".join(map(_TEXT, cells)))
                x += len(cells)
                self._x = x if x < self.has.columns else None
                continue
            for cell in cells:
                if cell is not None and cell.width:
                    text.append(self._go(x, y) + cell.text)
                    end = x + cell.width
                    self._x = end if cell.sure and end < self.has.columns else None
                x += 1
        return "".join(text)

    def _as(self, look: Look) -> str:
        before, self._look = self._look, look
        return set_anew(look) if before is None else way(before, look, taken_back=self._can.take_back)

    def _go(self, x: int, y: int, wanted: Row | None = None) -> str:
        if (self._x, self._y) == (x, y):
            return ""
        stay = ""
        if wanted and y == self._y and self._x is not None and 0 < x - self._x <= _AGAIN:
            stay = self._same(wanted[self._x : x], self.has.rows[y][self._x : x])
        text = motion(self._x, self._y, x, y, self._can, line_feed=self._line_feed, stay=stay)
        self._x, self._y = x, y
        return text

    def _same(self, wanted: Row, has: Row) -> str:
        first = wanted[0]
        # the cursor may stand amid a wide character
        if wanted != has or first is None or not first.width:
            return ""
        if not all(cell and cell.sure and cell.look is self._look for cell in wanted):
            return ""
        return "".join(cell.text for cell in wanted if cell)


def _spans(wanted: Row, changed: list[int]) -> list[tuple[int, int]]:
    """Where cells are to be written, from and to; a wide cell as a whole."""
    if not changed:
        return []
    # most lines change in few places, and there in many cells
    ends = [number for number in range(1, len(changed)) if changed[number] - changed[number - 1] > 1]
    spans = []
    for first, end in zip([0, *ends], [*ends, len(changed)], strict=True):
        start, stop = changed[first], changed[end - 1] + 1
        cell = wanted[start]
        spans.append((start - 1 if cell and not cell.width and start else start, stop))
    return spans


def _erasable(wanted: Row) -> int:
    """The column from which there is nothing but blanks."""
    end = len(wanted)
    while end and wanted[end - 1] is BLANK:
        end -= 1
    return end


def _worth_erasing(spans: list[tuple[int, int]], end: int) -> bool:
    return sum(stop - max(start, end) for start, stop in spans if stop > end) >= _SHORT


def _stretches(wanted: Row, start: int, stop: int, erase: bool) -> Iterator[tuple[bool, int]]:
    """Parts of a span: whether they are blanks that are erased rather than written, and where they end."""
    if not erase:
        yield False, stop
        return
    x = begun = start
    while x < stop:
        try:
            x = wanted.index(BLANK, x, stop)
        except ValueError:
            break
        end = x
        while end < stop and wanted[end] is BLANK:
            end += 1
        if end - x >= (_SHORT if end == stop else _LONG):
            if x > begun:
                yield False, x
            yield True, end
            begun = end
        x = end
    if begun < stop:
        yield False, stop
