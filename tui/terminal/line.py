"""Line: the thread that writes to the terminal, as fast as the line takes it and never ahead of it."""

import os
import threading
import time
from typing import Final

from tui.terminal.frames import Frames
from tui.terminal.pace import Pace

_AT_ONCE: Final = 4_096
"""Bytes that are given to the kernel in one: what is written then cannot be taken back."""


class Line(threading.Thread):
    """Writes what `Frames` tells to a file descriptor; whoever draws never waits for it.

    A terminal that is gone is written to no more, and nobody is told: the watch for hang-ups does that.
    """

    def __init__(self, descriptor: int, encoding: str, frames: Frames) -> None:
        super().__init__(name="terminal-line", daemon=True)
        self._descriptor = descriptor
        self._encoding = encoding
        self._frames = frames
        self._pace = Pace(time.monotonic)
        self._news = threading.Condition()
        self._over = False
        self._gone = False

    def write(self, text: str) -> None:
        """Takes what Textual writes."""
        with self._news:
            self._frames.write(text)
            self._news.notify_all()

    def ask(self) -> None:
        """Finds out whether the terminal answers, and how soon."""
        with self._news:
            self._frames.write(self._pace.ask())
            self._news.notify_all()

    def answered(self) -> None:
        """The terminal came as far as the last question."""
        with self._news:
            self._pace.answered()
            self._news.notify_all()

    def resize(self, columns: int, rows: int, *, anyway: bool) -> None:
        """The terminal's size; `anyway`: what it shows may have changed though the size is the same."""
        with self._news:
            if anyway or self._frames.size != (columns, rows):
                self._frames.resize(columns, rows)
                self._news.notify_all()

    def answer(self, timeout: float) -> None:
        """Waits for an answer that is on its way, so that it does not come when somebody else reads."""
        with self._news:
            self._pace.hush()
            self._news.wait_for(lambda: not self._pace.expected or self._gone, timeout)

    def stop(self) -> None:
        """Writes what is left, and ends."""
        with self._news:
            self._over = True
            self._news.notify_all()
        self.join()

    def run(self) -> None:
        """Writes until it is stopped."""
        while True:
            with self._news:
                text = self._next()
                if not text:
                    return
                data = text.encode(self._encoding, "replace")
                data += self._pace.wrote(len(data)).encode()
            self._put(data)

    def _next(self) -> str:
        while True:
            while self._pace.wait == 0:
                self._pace.missed()
            room = self._pace.room
            if self._frames.due or (self._frames.waiting and room):
                if text := self._frames.take(room if self._pace.known else _AT_ONCE):
                    return text
                continue
            if self._over:
                return ""
            if self._frames.waiting and self._pace.stuck:
                return self._pace.ask()
            self._news.wait(self._pace.wait if self._frames.waiting else None)

    def _put(self, data: bytes) -> None:
        while data and not self._gone:
            try:
                data = data[os.write(self._descriptor, data[:_AT_ONCE]) :]
            except BlockingIOError:
                # whoever started the program shares its terminal and may have it so
                _writable(self._descriptor)
            except OSError:
                with self._news:
                    self._gone = True
                    self._news.notify_all()


def _writable(descriptor: int) -> None:
    import select

    select.select([], [descriptor], [])
