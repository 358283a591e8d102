"""Lease: holding one process while it is run, and knowing at any moment whether it is still held."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta
from types import TracebackType

import msgspec

from services.jobs.limits import Limits
from state.clock import Clock
from state.errors import LeaseLost, StateError
from state.processes import Processes


class Moment(msgspec.Struct, frozen=True):
    """One moment by both of a clock's times."""

    wall: datetime
    monotonic: float

    @classmethod
    def of(cls, clock: Clock) -> "Moment":
        """This moment."""
        return cls(clock.now(), clock.monotonic())


class Lease:
    """Renews a claimed process's lease while the block runs; `on_change` is called when it was lost,
    `on_trouble` with the sentence of what keeps it from being renewed.

    `claimed` is the moment before the claim. The lease is over by this program's own clock too, not only when
    the journal says so: a program that was stopped and goes on must not send first and ask later. Both of
    the clock's times count: the monotonic one stands still while the machine sleeps, the wall's may be set back.
    """

    def __init__(
        self,
        process: int,
        processes: Processes,
        clock: Clock,
        owner: str,
        limits: Limits,
        claimed: Moment,
        on_change: Callable[[], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self._process = process
        self._processes = processes
        self._clock = clock
        self._owner = owner
        self._limits = limits
        self._on_change = on_change
        self._on_trouble = on_trouble
        self._lost = False
        self._keeper: asyncio.Task[None] | None = None
        self._hold_from(claimed)

    def check(self) -> None:
        """Raises LeaseLost unless the process is held now."""
        over = self._clock.monotonic() >= self.until or self._clock.now() >= self._until_wall
        if self._lost or over:
            raise LeaseLost(f"Process {self._process} is no longer held by this copy of Rollcall.")

    def _hold_from(self, asked: Moment) -> None:
        self.until = asked.monotonic + self._limits.lease
        self._until_wall = asked.wall + timedelta(seconds=self._limits.lease)

    async def __aenter__(self) -> "Lease":
        self._keeper = asyncio.create_task(self._keep())
        return self

    async def __aexit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._keeper is not None:
            self._keeper.cancel()
            await asyncio.wait({self._keeper})
            if not self._keeper.cancelled():
                self._keeper.result()

    async def _keep(self) -> None:
        while True:
            await self._clock.sleep(self._limits.renew)
            asked = Moment.of(self._clock)
            try:
                await self._processes.renew(self._process, self._owner, asked.wall, self._limits.lease)
            except LeaseLost:
                self._lost = True
                self._on_change()
                return
            except StateError as error:
                # the disk may be back at the next renewal; `until` ends the lease if it is not
                self._on_trouble(error.sentence)
                continue
            self._hold_from(asked)
            self._on_change()
