"""A terminal at the end of a slow line: bytes come as fast as a modem brings them, and late."""

import os
import select
import time
from collections import deque
from collections.abc import Callable, Sequence
from typing import Final

from tests.journeys.terminal import Terminal

BAUD_9600: Final = 960.0
"""Bytes a second: eight bits, and one each for start and stop."""
_BIT: Final = 32
"""Bytes that come at once."""


class SlowLine(Terminal):
    """A terminal that takes `rate` bytes a second (0: as many as come), and shows each `latency` seconds later.

    The latency is that of the whole way there and back. What the program has written and the line has not taken
    waits in the kernel, which holds 20 kB of it.
    """

    def __init__(self, command: Sequence[str]) -> None:
        super().__init__(command)
        self.rate = self.latency = self._next = 0.0
        self._under_way: deque[tuple[float, bytes]] = deque()
        # a keyboard does not wait
        self._child.delaybeforesend = None

    def run(self, seconds: float, each: Callable[[], None] | None = None, every: float = 1.0) -> None:
        """Shows what comes for so long, and calls `each` as often as that."""
        now = time.monotonic()
        end, due = now + seconds, now
        while (now := time.monotonic()) < end:
            if each is not None and now >= due:
                each()
                due += every
            self._read(min(end, due if each is not None else end) - now)

    def _read(self, timeout: float) -> bool:
        deadline = time.monotonic() + timeout
        while not self.closed:
            now = time.monotonic()
            if self._under_way and self._under_way[0][0] <= now:
                self.show(self._under_way.popleft()[1])
                return True
            wake = min([deadline, *(due for due, _ in list(self._under_way)[:1])])
            if now < self._next:
                time.sleep(max(0.0, min(wake, self._next) - now))
            elif select.select([self._child.child_fd], [], [], max(0.0, wake - now))[0]:
                self._take()
            if now >= deadline:
                return False
        return False

    def _take(self) -> None:
        try:
            data = os.read(self._child.child_fd, _BIT if self.rate else 65536)
        except OSError:
            data = b""
        self.closed = not data
        now = time.monotonic()
        if self.rate:
            self._next = max(now, self._next) + len(data) / self.rate
        self._under_way.append((now + self.latency, data))
