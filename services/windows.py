"""Windows: what the operator has opened for a while, such as for writing, and how long it still is."""

import asyncio
import math
from collections.abc import Callable
from datetime import datetime

import msgspec

from services.jobs.waiting import event_or
from state.clock import Clock

_MINUTE = 60.0


class Window(msgspec.Struct, frozen=True):
    """Something that is open until a moment; `what` names it in a word or two, such as "Writing"."""

    what: str
    until: datetime


class Windows:
    """Those of one session, by a key of whoever opened them. One whose moment has come is not open any more."""

    def __init__(self, clock: Clock) -> None:
        self._clock = clock
        self._known: dict[str, Window] = {}
        self._moved = asyncio.Event()

    def open(self, key: str, window: Window) -> None:
        """It is open from now on, in place of what had this key."""
        self._known[key] = window
        self._moved.set()

    def close(self, key: str) -> None:
        """It is open no more, if it was."""
        self._known.pop(key, None)
        self._moved.set()

    def keyed(self, beginning: str) -> list[str]:
        """The keys that begin so."""
        return [key for key in self._known if key.startswith(beginning)]

    def until(self, key: str) -> datetime | None:
        """When it closes by itself; None where it is not open now."""
        found = self._known.get(key)
        return found.until if found is not None and found.until > self._clock.now() else None

    def told(self) -> list[str]:
        """Each that is open with the time left, in whole minutes begun; the first to close first."""
        now = self._clock.now()
        return [f"{window.what} {time_left(window.until, now)}" for window in self._open(now)]

    async def follow(self, tell: Callable[[], None]) -> None:
        """Calls `tell` when one opens or closes, and when a minute of the first to close is over, until cancelled."""
        while True:
            self._moved.clear()
            tell()
            found = self._open(self._clock.now())
            await event_or(self._clock, self._moved, self._next(found[0]) if found else None)

    def _open(self, now: datetime) -> list[Window]:
        return sorted((w for w in self._known.values() if w.until > now), key=lambda w: w.until)

    def _next(self, first: Window) -> float:
        """The (monotonic) moment from which another minute is told."""
        left = (first.until - self._clock.now()).total_seconds()
        return self._clock.monotonic() + (left % _MINUTE or _MINUTE)


def time_left(until: datetime, now: datetime) -> str:
    """What is left, in whole minutes begun, such as "12 min" or "1 h 05 min"."""
    minutes = math.ceil((until - now).total_seconds() / _MINUTE)
    return f"{minutes} min" if minutes < 60 else f"{minutes // 60} h {minutes % 60:02} min"
