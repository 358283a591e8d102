"""Two terminals, one written to as Textual's own driver does and one through `Frames`."""

from collections.abc import Sequence
from dataclasses import dataclass

import pyte
from rich.color import ColorSystem
from rich.style import Style
from textual.strip import Strip
from wcwidth import wcwidth

from tests.journeys.terminal import Display
from tui.terminal.abilities import Abilities
from tui.terminal.frames import Frames

Piece = tuple[int, int, Sequence[tuple[str, Style]]]
"""Column, row, and segments."""
_DIM, _BLINK, _NORMAL = 2, 5, 22


class Emulator(Display):
    """pyte's terminal, with what it lacks.

    What is dim is kept as what blinks, since there is no such attribute; and when something is written over one
    half of a wide character, a blank remains of the other, as in xterm, VTE and kitty.
    """

    def draw(self, data: str) -> None:
        """Draws character by character."""
        for char in data:
            if count := max(0, wcwidth(char)):
                self._tear(count)
            super().draw(char)

    def erase_characters(self, count: int | None = None) -> None:
        """Erases whole characters."""
        self._tear(count or 1)
        super().erase_characters(count)

    def erase_in_line(self, how: int = 0, private: bool = False) -> None:
        """Erases whole characters."""
        self._tear(self.columns - self.cursor.x)
        super().erase_in_line(how, private)

    def _tear(self, count: int) -> None:
        line, x = self.buffer[self.cursor.y], min(self.cursor.x, self.columns - 1)
        for left, right in ((x - 1, x), (x + count - 1, x + count)):
            if 0 < right < self.columns and not line[right].data:
                line[left] = line[left]._replace(data=" ")
                line[right] = line[right]._replace(data=" ")

    def select_graphic_rendition(self, *attrs: int, **given: bool) -> None:
        """Takes the codes over, with the two that stand for dim exchanged."""
        codes = list(attrs)
        told: list[int] = []
        while codes:
            code = codes.pop(0)
            told.append(code)
            if code in (38, 48):
                count = 2 if codes[0] == 5 else 4
                told += codes[:count]
                del codes[:count]
            elif code == _DIM:
                told[-1] = _BLINK
            elif code == _NORMAL:
                told.append(25)
        super().select_graphic_rendition(*told, **given)


@dataclass(frozen=True)
class Cells:
    """Everything that can be seen in a terminal, and where it would write next."""

    lines: tuple[tuple[pyte.screens.Char, ...], ...]
    cursor: tuple[int, int]
    look: pyte.screens.Char


class Pair:
    """Both terminals, of one size."""

    def __init__(self, columns: int, rows: int, can: Abilities) -> None:
        self.stock, self.ours = Emulator(columns, rows), Emulator(columns, rows)
        self._streams = pyte.Stream(self.stock), pyte.Stream(self.ours)
        self.frames = Frames(columns, rows, can, line_feed="\r\n")
        self.written = 0
        self.write("\x1b[?1049h\x1b[?7l")

    def write(self, text: str) -> None:
        """What Textual writes; `ours` has it when it is drained."""
        self._streams[0].feed(text)
        self.frames.write(text)

    def resize(self, columns: int, rows: int) -> None:
        """Another size of the window, for both."""
        for screen in (self.stock, self.ours):
            screen.resize(rows, columns)
        self.frames.resize(columns, rows)

    def tell(self, room: int) -> str:
        """The next bit for the terminal."""
        text = self.frames.take(room)
        self.written += len(text.encode())
        self._streams[1].feed(text)
        return text

    def drain(self) -> None:
        """All that is left."""
        while self.frames.due or self.frames.waiting:
            self.tell(1 << 20)


def seen(screen: pyte.Screen) -> Cells:
    """What the terminal shows now."""
    lines = tuple(tuple(screen.buffer[y][x] for x in range(screen.columns)) for y in range(screen.lines))
    return Cells(lines, (screen.cursor.x, screen.cursor.y), screen.cursor.attrs)


def frame(pieces: Sequence[Piece], cursor: tuple[int, int]) -> str:
    """A frame as Textual renders its strips, with the cursor's place at the end."""
    text = []
    for number, (x, y, segments) in enumerate(pieces):
        drawn = [Strip.render_style(style, each, ColorSystem.TRUECOLOR) for each, style in segments]
        feed = "\n" if number + 1 < len(pieces) and y < pieces[number + 1][1] else ""
        text.append(f"\x1b[{y + 1};{x + 1}H{''.join(drawn)}{feed}")
    return "".join(text) + f"\x1b[{cursor[1] + 1};{cursor[0] + 1}H"
