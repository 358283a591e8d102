"""A disk that stands still for longer than a lease: one program does not run its own process twice at once."""

import asyncio
from collections import Counter
from datetime import datetime
from pathlib import Path
from typing import Any

from state.entries import Entry, Written
from state.processes import Processes
from state.values import Process, StepClass
from tests.faults.virtual import VirtualClock
from tests.services.jobs.world import world


class Stalled(Processes):
    """The third entry and every renewal in that time wait for the disk, past the end of the lease.

    It stands still until shortly after the process was claimed anew, if anybody does that.
    """

    clock: VirtualClock
    claims = entries = 0
    stands = False

    async def claim(self, *who: Any, **more: Any) -> Process | None:
        claimed = await super().claim(*who, **more)
        self.claims += claimed is not None
        return claimed

    async def write(self, process: int, owner: str, entry: Entry, now: datetime) -> Written:
        self.entries += 1
        if self.entries == 3:
            self.stands = True
            await self._wait()
            self.stands = False
        return await super().write(process, owner, entry, now)

    async def renew(self, process: int, owner: str, now: datetime, lease: float) -> None:
        if self.stands:
            await self._wait()
        await super().renew(process, owner, now, lease)

    async def _wait(self) -> None:
        until = self.clock.seconds + 90
        while self.claims < 2 and self.clock.seconds < until:
            await self.clock.sleep(0.5)


def test_each_step_is_settled_and_audited_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            w.tenant.lanes_now = 1
            number = await w.start(w.joins(15))
            w.processes = stalled = Stalled(w.db, "t1")
            stalled.clock = w.clock
            runner = w.runner()
            running = asyncio.create_task(runner.run_forever())
            while await w.processes.running():
                await w.clock.sleep(1)
            await runner.stop()
            await running
            assert (await w.processes.get(number)).counts == {StepClass.DONE: 15}
            audited = Counter(entry.target for entry in await w.audit.of_user("u1", limit=100))
            assert set(audited.values()) == {1}
            assert len(audited) == 15

    asyncio.run(run())
