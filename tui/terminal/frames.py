"""Frames: what Textual writes, gathered into the picture that is wanted, and told to the terminal bit by bit."""

from collections import deque
from typing import Final

from tui.terminal.abilities import Abilities
from tui.terminal.cells import Stock
from tui.terminal.looks import PLAIN, after, linked, set_anew
from tui.terminal.painter import Painter
from tui.terminal.picture import Picture, cut, put
from tui.terminal.reading import Kind, pieces

_TOGETHER: Final = 256
"""Bytes from which a frame is held together by the terminal, where it can; fewer arrive together in any case."""
_ALL: Final = 1 << 30
_BEGIN, _END = "\x1b[?2026h", "\x1b[?2026l"


class Frames:
    """What is wanted, what the terminal has, and what goes between them in the order it came.

    Frames are not kept: a newer one takes the place of one that was not told yet. What is no frame is kept, and
    goes out after the frame before it and before the frame after it.
    """

    def __init__(
        self, columns: int, rows: int, can: Abilities, *, line_feed: str, encoding: str = "utf-8"
    ) -> None:
        self._wanted = Picture(columns, rows)
        self._painter = Painter(columns, rows, can, line_feed=line_feed)
        self._stock = Stock(encoding)
        self._dirty: set[int] = set()
        self._first = 0
        self._x = self._y = 0
        self._look = PLAIN
        self._moved = False
        self._together = False
        self._shown = False
        self._due: deque[str] = deque()

    @property
    def size(self) -> tuple[int, int]:
        """Columns and rows."""
        return self._wanted.columns, len(self._wanted.rows)

    @property
    def due(self) -> bool:
        """Whether there is something that is no frame."""
        return bool(self._due)

    @property
    def waiting(self) -> bool:
        """Whether there is something to tell."""
        return bool(self._due) or (self._shown and (bool(self._dirty) or self._moved))

    def resize(self, columns: int, rows: int) -> None:
        """The terminal has this size now; whatever it shows, all that was drawn will be told again."""
        self._wanted.resize(columns, rows)
        self._painter.resize(columns, rows)
        self._tell_all()

    def write(self, text: str) -> None:
        """Takes what Textual writes: a frame, or anything else."""
        for kind, what in pieces(text):
            match kind:
                case Kind.TEXT:
                    self._draw(what)
                case Kind.LOOK:
                    self._look = after(self._look, what)
                case Kind.MOVE:
                    row, _, column = what.partition(";")
                    self._move(int(column) - 1, int(row) - 1)
                case Kind.NEXT_LINE:
                    self._move(0, self._y + 1)
                case Kind.LINK:
                    self._look = linked(self._look, what)
                case Kind.TOGETHER:
                    self._together = True
                case Kind.ASIDE:
                    self._say(what)
                case Kind.ENTER | Kind.LEAVE:
                    self._say(what)
                    self._painter.forget()
                    self._tell_all()
                    self._shown = kind is Kind.ENTER
                case Kind.PICTURE:
                    self._picture(what)
                case Kind.UNKNOWN:
                    self._say("")
                    self._due.append(self._to_place() + what)
                    self._painter.forget()
                    self._wanted.forget()

    def take(self, room: int) -> str:
        """What goes to the terminal next: about so many characters of a frame at the most, if it goes on."""
        if self._due:
            said = "".join(self._due)
            self._due.clear()
            return said
        if not self._shown:
            return ""
        text = self._paint(room)
        return _BEGIN + text + _END if self._together and len(text) >= _TOGETHER else text

    def _paint(self, room: int) -> str:
        text: list[str] = []
        size = 0
        count = len(self._wanted.rows)
        for number in range(count):
            y = (self._first + number) % count
            if y not in self._dirty:
                continue
            if size >= room:
                # rows that change all the time must not keep the ones below from being told
                self._first = y
                return "".join(text)
            self._dirty.discard(y)
            text.append(self._painter.row(y, self._wanted.rows[y]))
            size += len(text[-1])
        self._first = 0
        self._moved = False
        columns, rows = self.size
        text.append(self._painter.rest(min(self._x, columns - 1), min(self._y, rows - 1)))
        return "".join(text)

    def _draw(self, text: str) -> None:
        columns, rows = self.size
        x, self._moved = self._x, True
        cells = self._stock.line(text, self._look)
        while cells and not cells[0].width:
            mark = cells.pop(0)
            self._mark(mark.text)
        self._x = x + len(cells)
        if 0 <= self._y < rows and 0 <= x < columns and cells:
            put(self._wanted.rows[self._y], x, cut(cells, columns - x))
            self._dirty.add(self._y)

    def _mark(self, text: str) -> None:
        """Adds marks to the character before them, as a terminal does."""
        if not (0 <= self._y < len(self._wanted.rows)):
            return
        row = self._wanted.rows[self._y]
        for x in (self._x - 1, self._x - 2):
            cell = row[x] if 0 <= x < len(row) else None
            if cell is not None and cell.width:
                marked = self._stock.cell(cell.text + text, cell.look, cell.width)
                put(row, x, [marked, marked.half] if marked.half else [marked])
                self._dirty.add(self._y)
                return

    def _move(self, x: int, y: int) -> None:
        self._x, self._y, self._moved = x, y, True

    def _say(self, text: str) -> None:
        """Something that is no frame: what was drawn before goes first."""
        if self._shown and (self._dirty or self._moved):
            self._due.append(self._paint(_ALL))
        self._due.append(text)

    def _to_place(self) -> str:
        """Takes the terminal's cursor to where what comes next is meant to be, in its look."""
        columns, rows = self.size
        place = self._painter.rest(min(self._x, columns - 1), min(self._y, rows - 1))
        return place + (set_anew(self._look) if self._look is not PLAIN else "")

    def _picture(self, text: str) -> None:
        """What it covers is known only when Textual draws there again."""
        self._say("")
        x, y = self._x, self._y
        columns, rows = self.size
        if 0 <= x < columns and 0 <= y < rows:
            self._due.append(self._to_place() + text)
            self._painter.lose_cursor()
            self._wanted.forget_from(x, y)
            self._painter.has.forget_from(x, y)

    def _tell_all(self) -> None:
        self._dirty = set(range(len(self._wanted.rows)))
        self._moved = True
