"""A model tenant, a real journal and a virtual clock, put together for one test."""

import asyncio
from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from pathlib import Path
from random import Random

import msgspec

from services.jobs.limits import Limits
from services.jobs.runner import JobRunner
from services.operation import Operation, Repeat, encode
from state.audit import AuditLog
from state.processes import Processes
from state.values import NewProcess, NewStep
from tests.faults.tenant import NO_FAULTS, Chances, ModelTenant, Object, membership
from tests.faults.virtual import VirtualClock, WatchedDatabase


class World(msgspec.Struct):
    """What a test of the runner needs."""

    clock: VirtualClock
    db: WatchedDatabase
    tenant: ModelTenant
    processes: Processes
    audit: AuditLog
    commits: int = 0

    def runner(self, owner: str = "me", limits: Limits | None = None) -> JobRunner:
        """A runner of this world."""
        return JobRunner(
            self.tenant,
            self.processes,
            self.clock,
            owner,
            on_change=self._committed,
            limits=limits or Limits(),
        )

    def _committed(self) -> None:
        self.commits += 1

    async def start(self, operations: Sequence[Operation]) -> int:
        """Journals a process of these operations, and lets the tenant know their steps."""
        steps = [NewStep(encode(o), o.title, o.target, o.serial, o.repeat is Repeat.ONCE) for o in operations]
        new = NewProcess("apply", "Apply", "admin@contoso.example", user="u1")
        process = await self.processes.start(new, steps, [], self.clock.now())
        for number, operation in enumerate(operations, 1):
            self.tenant.steps[operation.target] = (process, number, operation.serial)
        return process

    def joins(self, count: int) -> list[Operation]:
        """Operations that add one user to so many groups it is not in."""
        for n in range(count):
            self.tenant.objects[f"g{n}/u1"] = Object([(-1.0, False)])
        return [membership(f"g{n}", "u1", True) for n in range(count)]


@asynccontextmanager
async def world(path: Path, chances: Chances = NO_FAULTS) -> AsyncIterator[World]:
    """A world whose time moves while the block runs."""
    journal = path / "state.db"
    db = await WatchedDatabase.open(journal)
    assert isinstance(db, WatchedDatabase)
    clock = VirtualClock()
    db.clock = clock
    tenant = ModelTenant(clock, Random(1), chances, journal)  # noqa: S311
    moving = asyncio.create_task(clock.run())
    try:
        yield World(clock, db, tenant, Processes(db, "t1"), AuditLog(db, "t1"))
        assert tenant.complaints == []
    finally:
        moving.cancel()
        await tenant.close()
        await db.close()
