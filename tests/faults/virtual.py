"""Virtual time: hours of waiting, leases and retries in milliseconds, the same on every run."""

import asyncio
import heapq
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from contextvars import ContextVar
from datetime import UTC, datetime, timedelta

from state.database import Database
from state.errors import StateError
from state.transaction import Transaction
from tests.faults.points import Fault, Place, Script

_START = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)
_TURNS_TO_REST = 25


class VirtualClock:
    """A clock that jumps to the next sleeper's moment once nothing else can happen before it.

    Work that the event loop cannot see (the database's threads) is announced by `busy`: time stands
    still while it lasts.
    """

    def __init__(self) -> None:
        self.seconds = 0.0
        self._sleepers: list[tuple[float, int, asyncio.Future[None]]] = []
        self._order = 0
        self._busy = 0
        self._idle = asyncio.Event()
        self._idle.set()
        self._slept = asyncio.Event()

    def now(self) -> datetime:
        return _START + timedelta(seconds=self.seconds)

    def monotonic(self) -> float:
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        if seconds <= 0:
            await asyncio.sleep(0)
            return
        future: asyncio.Future[None] = asyncio.get_running_loop().create_future()
        self._order += 1
        heapq.heappush(self._sleepers, (self.seconds + seconds, self._order, future))
        self._slept.set()
        await future

    @asynccontextmanager
    async def busy(self) -> AsyncIterator[None]:
        self._busy += 1
        self._idle.clear()
        try:
            yield
        finally:
            self._busy -= 1
            if not self._busy:
                self._idle.set()

    async def run(self) -> None:
        """Moves time on, for ever; run it as a task beside the program."""
        while True:
            await self._rest()
            while self._sleepers and self._sleepers[0][2].done():
                heapq.heappop(self._sleepers)
            if not self._sleepers:
                self._slept.clear()
                await self._slept.wait()
                continue
            moment, _, future = heapq.heappop(self._sleepers)
            self.seconds = max(self.seconds, moment)
            future.set_result(None)

    async def _rest(self) -> None:
        """Returns when every task has gone as far as it can without time passing."""
        turns = 0
        while turns < _TURNS_TO_REST:
            if self._busy:
                await self._idle.wait()
                turns = 0
            await asyncio.sleep(0)
            turns += 1


class Life:
    """One program's time on earth. Once it is over nothing of it reaches the disk or the tenant any more."""

    def __init__(self, script: Script, clock: VirtualClock, delay: Callable[[], float]) -> None:
        self.over = asyncio.Event()
        self._script = script
        self._clock = clock
        self._delay = delay

    async def point(self, place: Place) -> bool:
        """A failpoint; whether an error is to be raised here.

        A killed program stays where it is until its tasks are taken away.
        """
        fault = None if self.over.is_set() else self._script.at(place)
        if fault is Fault.KILL:
            self.over.set()
        if self.over.is_set():
            await asyncio.get_running_loop().create_future()
        if fault is Fault.DELAY:
            await self._clock.sleep(self._delay())
            if self.over.is_set():
                await asyncio.get_running_loop().create_future()
        return fault is Fault.ERROR


LIFE: ContextVar[Life | None] = ContextVar("LIFE", default=None)
"""The program that the running task belongs to; None for the test itself."""


class WatchedDatabase(Database):
    """A database whose work stops the virtual clock, with failpoints around every transaction."""

    clock: VirtualClock | None = None

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        await _point(Place.BEFORE_WRITE)
        async with self._busy(), super().write() as connection:
            yield connection
            await _point(Place.IN_WRITE)
        await _point(Place.AFTER_WRITE)

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        await _point(Place.BEFORE_READ)
        async with self._busy(), super().read() as connection:
            yield connection

    @asynccontextmanager
    async def _busy(self) -> AsyncIterator[None]:
        if self.clock is None:
            yield
            return
        async with self.clock.busy():
            yield


async def _point(place: Place) -> None:
    life = LIFE.get()
    if life is not None and await life.point(place):
        raise StateError(f"The disk failed {place}.")
