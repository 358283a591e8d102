"""A journal that reports a failure of what it has kept: nothing is written, counted or sent twice."""

import asyncio
from collections import Counter
from datetime import datetime
from pathlib import Path

import pytest

from state.entries import Entry, Written
from state.errors import StateError
from state.processes import Processes
from state.values import StepClass
from tests.faults.tenant import invitation
from tests.services.jobs.world import world


class Forgetful(Processes):
    """Fails once after each entry that it has written."""

    failed = False

    async def write(self, process: int, owner: str, entry: Entry, now: datetime) -> Written:
        written = await super().write(process, owner, entry, now)
        self.failed = not self.failed
        if self.failed:
            raise StateError("The disk reported an error.")
        return written


@pytest.mark.parametrize("once", [False, True])
def test_an_entry_that_is_there_already_is_written_once(tmp_path: Path, once: bool) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            operations = [invitation(f"g{n}", "u1") for n in range(5)] if once else w.joins(5)
            number = await w.start(operations)
            w.processes = Forgetful(w.db, "t1")
            ended = await w.runner().run_once()
            assert ended is not None
            assert ended.counts == {StepClass.DONE: 5}
            assert w.tenant.effects == Counter(operation.target for operation in operations)
            assert {step.attempts for step in await w.processes.steps(number)} == {1}
            entries = await w.audit.of_user("u1", 100)
            assert Counter(entry.target for entry in entries) == w.tenant.effects
            assert await w.audit.verify() == ""

    asyncio.run(run())


def test_another_owner_begins_to_count_anew(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            number = await w.start(w.joins(2))
            for owner, step in (("one", 1), ("other", 2)):
                assert await w.processes.claim(owner, w.clock.now(), 5) is not None
                written = await w.processes.write(number, owner, Entry(send=[step], number=1), w.clock.now())
                assert written.send == {step}
                await w.clock.sleep(6)

    asyncio.run(run())
