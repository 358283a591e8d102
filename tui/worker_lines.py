"""WorkerLines: what a worker says, a plain line each; nothing ever waits for who reads them."""

import os
import sys
import threading
from collections import deque
from contextlib import suppress

from state.clock import SystemClock
from tui.plain import printable

_MOST = 10_000
"""Lines that are kept for a reader who is behind."""

_AT_THE_END = 2.0
"""Seconds in which the last lines may still be taken."""


class WorkerLines:
    """Lines on their way to the errors' stream, in a thread of their own.

    A terminal that was stopped with Ctrl+S, or a pipe that nobody reads, takes no more after a while: a loop that
    waited for it would hold the state file against every other program. What is too much is left out, and counted.
    """

    def __init__(self) -> None:
        self._lines: deque[str] = deque()
        self._left_out = 0
        self._changed = threading.Condition()
        self._closed = False
        self._thread = threading.Thread(target=self._write, name="worker lines", daemon=True)
        self._thread.start()

    def say(self, tenant: str, words: str) -> None:
        """One line, with the time; returns at once."""
        with self._changed:
            if len(self._lines) < _MOST:
                self._lines.append(_line(tenant, words))
            else:
                self._left_out += 1
            self._changed.notify()

    def close(self) -> None:
        """Waits a moment for what is not written yet."""
        with self._changed:
            self._closed = True
            self._changed.notify()
        self._thread.join(_AT_THE_END)

    def _write(self) -> None:
        while (line := self._next()) is not None:
            # nobody may read them any more: the journal has all of it
            with suppress(OSError):
                _put(line)

    def _next(self) -> str | None:
        """The oldest line, when there is one; None when no more will come."""
        with self._changed:
            self._changed.wait_for(lambda: self._lines or self._left_out or self._closed)
            if self._lines:
                return self._lines.popleft()
            left_out, self._left_out = self._left_out, 0
            said = f"{left_out:,} lines were left out: nobody read them. The journal has all of it."
            return _line("all tenants", said) if left_out else None


def _put(line: str) -> None:
    try:
        number = sys.stderr.fileno()
    except OSError:
        sys.stderr.write(line)
        return
    # not through Python's own buffer, which it would find locked when it ends
    left = line.encode(errors="replace")
    while left:
        left = left[os.write(number, left) :]


def _line(tenant: str, words: str) -> str:
    return f"{SystemClock().now():%Y-%m-%dT%H:%M:%SZ} {tenant}: {printable(words)}\n"
