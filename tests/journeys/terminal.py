"""A program in a real pseudo-terminal: keys go in as bytes, a screen of cells comes out."""

import os
import re
import select
import time
import unicodedata
from collections.abc import Callable, Mapping, Sequence
from itertools import groupby
from pathlib import Path
from types import TracebackType
from typing import Final, Self

import pexpect
import pyte
from wcwidth import wcwidth

from tests import wire

ROOT = Path(__file__).resolve().parents[2]

_SPECIAL = {
    "enter": "\r",
    "tab": "\t",
    "shift+tab": "\x1b[Z",
    "escape": "\x1b",
    "space": " ",
    "backspace": "\x7f",
    **{name: f"\x1b[{end}" for name, end in zip(("up", "down", "right", "left"), "ABCD", strict=True)},
    **{f"shift+{n}": f"\x1b[1;2{e}" for n, e in zip(("up", "down", "right", "left"), "ABCD", strict=True)},
    **{f"ctrl+{n}": f"\x1b[1;5{e}" for n, e in zip(("up", "down", "right", "left"), "ABCD", strict=True)},
    "home": "\x1b[H",
    "end": "\x1b[F",
    "insert": "\x1b[2~",
    "delete": "\x1b[3~",
    "pageup": "\x1b[5~",
    "pagedown": "\x1b[6~",
    **{f"f{n}": f"\x1bO{end}" for n, end in zip(range(1, 5), "PQRS", strict=True)},
    **{f"shift+f{n}": f"\x1b[1;2{end}" for n, end in zip(range(1, 5), "PQRS", strict=True)},
}
_NUMBERED = dict(zip(range(5, 13), (15, 17, 18, 19, 20, 21, 23, 24), strict=True))
_SPECIAL |= {f"f{n}": f"\x1b[{code}~" for n, code in _NUMBERED.items()}
_SPECIAL |= {f"shift+f{n}": f"\x1b[{code};2~" for n, code in _NUMBERED.items()}
_SPECIAL |= {f"ctrl+{chr(code + 96)}": chr(code) for code in range(1, 27)}

_INHERITED = ("PATH", "HOME", "TMPDIR", "PYTHONPATH", wire.LOG)

_ANSWERS: Final = {b"\x1b[5n": b"\x1b[0n", b"\x1b[?2026$p": b"\x1b[?2026;2$y"}
_QUESTIONS: Final = re.compile(b"|".join(map(re.escape, _ANSWERS)))
_HELD, _WHOLE = b"\x1b[?2026h", b"\x1b[?2026l"
_SPLIT: Final = 8
"""Bytes of a control sequence that may have come before the rest of it."""

Wanted = str | Callable[["Terminal"], bool]
"""A text that must stand somewhere on one line of the screen, or a question to the terminal."""


class Display(pyte.Screen):
    """pyte's screen, which drops the rest of a text after a mark such as a Thai vowel or a joiner."""

    def draw(self, data: str) -> None:
        """Draws what takes room as pyte does, and adds to the cell before it what takes none."""
        for zero, characters in groupby(data, lambda char: wcwidth(char) == 0):
            text = "".join(characters)
            if zero:
                self._add(text)
            else:
                super().draw(text)

    def _add(self, marks: str) -> None:
        line, x = self.buffer[self.cursor.y], self.cursor.x - 1
        if x > 0 and not line[x].data:
            x -= 1
        if x >= 0:
            line[x] = line[x]._replace(data=unicodedata.normalize("NFC", line[x].data + marks))


class Terminal:
    """A command in a pseudo-terminal of `columns` x `rows`; use it as a context manager.

    `output` is every byte it wrote. The environment is that of a plain UTF-8 login; `env` adds to it. As common
    terminals do, it answers a question about its status (DSR) and holds a frame back until it is whole (mode 2026):
    nobody reads half of one.
    """

    def __init__(
        self,
        command: Sequence[str],
        *,
        columns: int = 80,
        rows: int = 24,
        env: Mapping[str, str] | None = None,
        cwd: Path = ROOT,
    ) -> None:
        self.output = bytearray()
        self.closed = False
        self._held = False
        self._display = Display(columns, rows)
        self._stream = pyte.ByteStream(self._display)
        plain = {key: value for key, value in os.environ.items() if key in _INHERITED}
        plain |= {"TERM": "xterm-256color", "COLORTERM": "truecolor", "LANG": "C.UTF-8", "TZ": "UTC"}
        self._child = pexpect.spawn(
            command[0],
            list(command[1:]),
            dimensions=(rows, columns),
            env=plain | dict(env or {}),
            cwd=str(cwd),
            echo=False,
        )
        self._child.delayafterterminate = 0.01

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.kill()

    @property
    def pid(self) -> int:
        """The program's process id."""
        return int(self._child.pid)

    @property
    def screen(self) -> list[str]:
        """The lines as they stand, without the blanks at their ends."""
        return [line.rstrip() for line in self._display.display]

    @property
    def cursor(self) -> tuple[int, int]:
        """Column and row of the terminal's cursor, from 0."""
        return self._display.cursor.x, self._display.cursor.y

    @property
    def cells(self) -> list[list[pyte.screens.Char]]:
        """Every cell with its colours and attributes, by lines."""
        buffer = self._display.buffer
        return [[buffer[y][x] for x in range(self._display.columns)] for y in range(self._display.lines)]

    def shows(self, text: str) -> bool:
        """Whether the text stands on one of the lines."""
        return any(text in line for line in self.screen)

    def number_after(self, text: str) -> int:
        """The number that stands behind the text on the screen, as soon as it does."""
        self.wait_for(text)
        rest = next(line.partition(text)[2] for line in self.screen if text in line)
        return int("".join(c for c in rest.split()[0] if c.isdigit()))

    def press(self, *keys: str) -> None:
        """Press keys by Textual's names ("down", "shift+f6", "ctrl+x"); any single character is itself."""
        for key in keys:
            self._child.send(_SPECIAL.get(key, key) if len(key) > 1 else key)

    def type(self, text: str) -> None:
        """Type the text as it is."""
        self._child.send(text)

    def paste(self, text: str) -> None:
        """Paste the text as a terminal does, in brackets."""
        self._child.send(f"\x1b[200~{text}\x1b[201~")

    def resize(self, columns: int, rows: int) -> None:
        """Change the window's size; the program gets SIGWINCH."""
        self._display.resize(rows, columns)
        self._child.setwinsize(rows, columns)

    def wait_for(self, wanted: Wanted, timeout: float = 60.0) -> None:
        """Read until the screen shows what is wanted. Raises `AssertionError` with the screen."""
        deadline = time.monotonic() + timeout
        while self._held or not self._fulfilled(wanted):
            left = deadline - time.monotonic()
            if self.closed or left <= 0 or not self._read(left):
                if self.closed and self._fulfilled(wanted):
                    return
                why = "the program ended" if self.closed else f"{timeout:g} s went by"
                shown = "\n".join(f"|{line}" for line in self.screen)
                raise AssertionError(f"{why} before the screen showed {wanted!r}:\n{shown}")

    def wait_until_gone(self, text: str, timeout: float = 60.0) -> None:
        """Read until the text is nowhere on the screen."""
        self.wait_for(lambda terminal: not terminal.shows(text), timeout)

    def settle(self, quiet: float = 0.2, timeout: float = 60.0) -> float:
        """Read until the program wrote nothing for `quiet` seconds (for measuring, not for tests).

        Returns the seconds from the call to the last byte, 0 when there was none.
        """
        started = last = time.monotonic()
        while time.monotonic() < started + timeout and self._read(quiet):
            last = time.monotonic()
        return last - started

    def wait_for_exit(self, timeout: float = 60.0) -> int:
        """Read to the end; the program's exit status (negative: the signal that ended it)."""
        deadline = time.monotonic() + timeout
        while not self.closed:
            left = deadline - time.monotonic()
            if left <= 0 or not (self._read(left) or self.closed):
                raise AssertionError(f"the program still runs after {timeout:g} s")
        self._child.wait()
        return int(
            -self._child.signalstatus if self._child.signalstatus is not None else self._child.exitstatus
        )

    def hang_up(self) -> None:
        """Close the terminal under the program, as a lost connection does; the program goes on by itself."""
        self._child.ptyproc.fileobj.close()
        self._child.closed = self._child.ptyproc.closed = True
        self._child.child_fd = self._child.ptyproc.fd = -1
        self.closed = True

    def ended_within(self, seconds: float) -> bool:
        """Whether the program, whose terminal hung up, ends within so many seconds."""
        deadline = time.monotonic() + seconds
        while self._child.isalive():
            if time.monotonic() > deadline:
                return False
            time.sleep(0.05)
        return True

    def kill(self) -> None:
        """End the program at once, as `kill -9` does, and close the terminal."""
        if self._child.child_fd == -1:
            if self._child.isalive():
                os.kill(self.pid, 9)
                self._child.wait()
            return
        self._child.close(force=True) if self.closed else self._end()
        self.closed = True

    def _end(self) -> None:
        if self._child.isalive():
            os.kill(self.pid, 9)
            self._child.wait()
        self._child.close(force=True)

    def _fulfilled(self, wanted: Wanted) -> bool:
        return self.shows(wanted) if isinstance(wanted, str) else wanted(self)

    def _read(self, timeout: float) -> bool:
        """Take what the program writes next; False when it wrote nothing within `timeout` seconds."""
        ready, _, _ = select.select([self._child.child_fd], [], [], timeout)
        if not ready:
            return False
        try:
            data = os.read(self._child.child_fd, 65536)
        except OSError:
            data = b""
        if not data:
            self.closed = True
            return False
        self.show(data)
        return True

    def show(self, data: bytes) -> None:
        """Puts on the screen what came from the program, and answers what it asks."""
        before = bytes(self.output[-_SPLIT:])
        news = before + data
        self.output += data
        # pyte takes the leaving of kitty's keyboard mode for text
        self._stream.feed(data.replace(b"\x1b[<u", b""))
        begun, ended = news.rfind(_HELD), news.rfind(_WHOLE)
        if begun != ended:
            self._held = begun > ended
        for question in _QUESTIONS.finditer(news):
            if question.end() > len(before):
                os.write(self._child.child_fd, _ANSWERS[question[0]])
