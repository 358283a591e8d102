"""Lease: holding one process while it is run, and knowing at any moment whether it is still held."""

import asyncio
from collections.abc import Callable
from types import TracebackType

from services.jobs.limits import Limits
from state.clock import Clock
from state.errors import LeaseLost, StateError
from state.processes import Processes


class Lease:
    """Renews a claimed process's lease while the block runs; `on_change` is called when it was lost.

    `claimed` is the clock's monotonic time from before the claim. The lease is over by this clock too, not
    only when the journal says so: a program that was stopped and goes on must not send first and ask later.
    """

    def __init__(
        self,
        process: int,
        processes: Processes,
        clock: Clock,
        owner: str,
        limits: Limits,
        claimed: float,
        on_change: Callable[[], None],
    ) -> None:
        self._process = process
        self._processes = processes
        self._clock = clock
        self._owner = owner
        self._limits = limits
        self._on_change = on_change
        self._lost = False
        self._keeper: asyncio.Task[None] | None = None
        self.until = claimed + limits.lease

    def check(self) -> None:
        """Raises LeaseLost unless the process is held now."""
        if self._lost or self._clock.monotonic() >= self.until:
            raise LeaseLost(f"Process {self._process} is no longer held by this copy of Rollcall.")

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
            asked = self._clock.monotonic()
            try:
                await self._processes.renew(self._process, self._owner, self._clock.now(), self._limits.lease)
            except LeaseLost:
                self._lost = True
                self._on_change()
                return
            except StateError:
                # the disk may be back at the next renewal; `until` ends the lease if it is not
                continue
            self.until = asked + self._limits.lease
            self._on_change()
