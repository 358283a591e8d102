"""Pace: how much may be under way to the terminal, told by how soon it answers.

Between the program and the eye lie buffers of many kilobytes, of the pseudo-terminal, of sshd, of the network: on a
slow line a program that writes what they take is seconds ahead of what is shown. The terminal is asked from time
to time for its status (DSR), which it answers when it has come so far.
"""

from collections.abc import Callable
from typing import Final

ASK: Final = "\x1b[5n"
ANSWER: Final = "\x1b[0n"

_LEAST: Final = 256
_MOST: Final = 65_536
_AT_FIRST: Final = 16_384
"""Bytes: a first screen goes in one, whatever the latency."""
_UNTOLD: Final = 512
"""Bytes written since the last question that make another one worth its own."""
_DELAY: Final = 0.25
"""Seconds that what is under way may take beyond the latency: a key held down stops so much late."""
_SLACK: Final = 0.05
"""Seconds by which answers differ for other reasons than the line."""
_LOST: Final = 5.0
"""Seconds after which an answer is not expected any more, for each window of bytes on the way."""
_LOSSES: Final = 3
"""Answers missing in a row, after which the terminal is not waited for until it answers again."""


class Pace:
    """Counts bytes and answers; `clock` tells seconds. A terminal that never answered is never waited for."""

    def __init__(self, clock: Callable[[], float]) -> None:
        self._clock = clock
        self._window = _AT_FIRST
        self._written = 0
        self._asked: tuple[float, int] | None = None
        self._answered = 0
        self._latency: float | None = None
        self._begun: float | None = None
        self._begun_before: float | None = None
        self._last = 0.0
        self._losses = 0
        self._hushed = False

    @property
    def known(self) -> bool:
        """Whether the terminal answers."""
        return self._latency is not None and self._losses < _LOSSES

    @property
    def expected(self) -> bool:
        """Whether an answer is on its way."""
        return self._asked is not None and self.known

    @property
    def room(self) -> int:
        """Bytes that may be written now."""
        if self._hushed or not self.known:
            return _MOST
        return max(0, self._window - (self._written - self._answered))

    @property
    def wait(self) -> float | None:
        """Seconds until an answer counts as lost; None when none is waited for."""
        return None if self._asked is None else max(0.0, self._asked[0] + _LOST - self._clock())

    @property
    def stuck(self) -> bool:
        """Whether there is no room, and no answer on its way that could make some."""
        return not self.room and self._asked is None

    def ask(self) -> str:
        """A question behind all that was written; the first one, before anything is drawn, tells the latency."""
        self._asked = (self._clock(), self._written)
        self._begun_before, self._begun = self._begun, None
        return ASK

    def hush(self) -> None:
        """Asks nothing any more, and waits for nothing."""
        self._hushed = True

    def wrote(self, count: int) -> str:
        """So many bytes go out now; the question to send behind them, or nothing."""
        self._written += count
        if self._begun is None:
            self._begun = self._clock()
        if self._hushed or not self.known or self._asked is not None:
            return ""
        return self.ask() if self._written - self._answered >= min(_UNTOLD, self._window // 2) else ""

    def answered(self) -> None:
        """The terminal came as far as the question."""
        if self._asked is None:
            return
        (asked, written), self._asked = self._asked, None
        now = self._clock()
        took = now - asked
        count, self._answered = written - self._answered, written
        self._losses = 0
        if self._latency is None or took < self._latency:
            self._latency = took
        if took - self._latency > _SLACK:
            rate = count / max(_SLACK, self._busy(now, asked))
            self._window = max(_LEAST, min(_MOST, int(rate * _DELAY)))
        elif count * 2 > self._window:
            self._window = min(_MOST, self._window * 2)
        self._last = now

    def _busy(self, now: float, asked: float) -> float:
        """Seconds that the line took for what was written before the question: since it began, or since the last."""
        begun = asked if self._begun_before is None else self._begun_before
        return now - self._last if begun <= self._last else now - begun - (self._latency or 0.0)

    def missed(self) -> None:
        """No answer came in time."""
        if self._asked is not None:
            (_, self._answered), self._asked = self._asked, None
            self._losses += 1
