"""Clocks for tests: one whose sleeps cost nothing, and an event loop that lives in virtual time."""

import asyncio
import random
import selectors
import time
from collections.abc import Coroutine
from datetime import UTC, datetime, timedelta
from typing import Any, TypeVar

T = TypeVar("T")

START = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)


def dice(seed: int) -> random.Random:
    """Chance that falls the same way each time."""
    return random.Random(seed)  # noqa: S311 — it is about backoff, not about secrets


class LeapingClock:
    """Every sleep is over at once, and is noted. For tests with one sleeper over real sockets."""

    def __init__(self) -> None:
        self.slept: list[float] = []
        self._passed = 0.0

    def now(self) -> datetime:
        """The start and what was slept since."""
        return START + timedelta(seconds=self._passed)

    def monotonic(self) -> float:
        """What was slept so far."""
        return self._passed

    async def sleep(self, seconds: float) -> None:
        """Leaps ahead."""
        self.slept.append(seconds)
        self._passed += seconds
        await asyncio.sleep(0)


class FastClock:
    """The machine's time, that many times faster: what the program waits for its own sake is over sooner."""

    def __init__(self, times: float) -> None:
        self._times = times
        self._began = time.monotonic()

    def now(self) -> datetime:
        """The day the clock was made, and what has passed on it."""
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """Seconds of this clock since it was made."""
        return (time.monotonic() - self._began) * self._times

    async def sleep(self, seconds: float) -> None:
        """Returns when this clock has gone on so far."""
        await asyncio.sleep(seconds / self._times)


class LoopClock:
    """The running loop's own time, which `in_virtual_time` lets leap."""

    def now(self) -> datetime:
        """The loop's time as a moment."""
        return START + timedelta(seconds=self.monotonic())

    def monotonic(self) -> float:
        """The loop's time."""
        return asyncio.get_running_loop().time()

    async def sleep(self, seconds: float) -> None:
        """Waits in the loop's time."""
        await asyncio.sleep(seconds)


class _LeapingSelector(selectors.DefaultSelector):
    """Instead of waiting for the next timer, moves time to it."""

    passed = 0.0

    def select(self, timeout: float | None = None) -> list[Any]:
        ready = super().select(0)
        if not ready and timeout is None:
            raise RuntimeError("nothing is left that could ever happen")
        if not ready and timeout:
            self.passed += timeout
        return ready


def in_virtual_time(work: Coroutine[Any, Any, T]) -> T:
    """Runs a coroutine that touches no sockets and no threads; its waits take no time."""
    selector = _LeapingSelector()
    loop = asyncio.SelectorEventLoop(selector)
    loop.time = lambda: selector.passed  # type: ignore[method-assign]
    with asyncio.Runner(loop_factory=lambda: loop) as runner:
        return runner.run(work)
