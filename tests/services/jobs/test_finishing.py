"""The finish time: from the unsent steps and what is left of the quota, and nothing where it is not known."""

from collections.abc import AsyncIterator, Sequence
from pathlib import Path

import pytest

from services.jobs.finishing import Finishing
from services.operation import Operation, Service, encode
from services.transport.exchange import cmdlet
from services.transport.governor import Governor
from state.database import Database
from state.processes import Processes
from state.values import NewProcess, NewStep, Process, StepClass, StepResult
from tests.faults.tenant import membership
from tests.services.transport.times import START, LeapingClock

pytestmark = pytest.mark.anyio

OWNER = "here"
WRITES = "3,000 writes in 150 s"


class Desk:
    """Two processes at most, and a governor whose clock is moved by hand."""

    def __init__(self, database: Database) -> None:
        self.clock = LeapingClock()
        self.governor = Governor(self.clock)
        self.processes = Processes(database, "tenant")
        self.running: set[int] = set()
        self.finishing = Finishing(self.processes, self.governor, lambda: self.running)

    async def begin(self, operations: Sequence[Operation]) -> int:
        """Journals a process, and has it run here."""
        steps = [NewStep(encode(o), o.title, o.target, o.serial, once=False) for o in operations]
        number = await self.processes.start(NewProcess("apply", "A", "op", "", ""), steps, (), START)
        claimed = await self.processes.claim(OWNER, START, 600)
        assert claimed is not None
        assert claimed.id == number
        self.running.add(number)
        return number

    async def of(self, *numbers: int) -> list[tuple[int, str, bool] | None]:
        """Seconds, quota and whether it may take longer, for each process."""
        processes: list[Process] = [await self.processes.get(number) for number in numbers]
        found = await self.finishing.of(processes)
        return [
            (round(f.seconds), f.quota, f.least) if (f := found.get(number)) else None for number in numbers
        ]


@pytest.fixture
async def desk(tmp_path: Path) -> AsyncIterator[Desk]:
    database = await Database.open(tmp_path / "state.db")
    yield Desk(database)
    await database.close()


def memberships(count: int, user: str = "u") -> list[Operation]:
    """Writes to the directory."""
    return [membership(f"g{n}-{user}", user, present=True) for n in range(count)]


def mailboxes(count: int) -> list[Operation]:
    """Writes to Exchange, which publishes no number."""
    request = cmdlet("Set-Mailbox", {"Identity": "a"})
    return [
        Operation(title="Set", target="a", request=request, serial=f"m{n}", powershell="")
        for n in range(count)
    ]


async def test_it_is_what_the_bucket_lacks_at_the_pace_it_fills(desk: Desk) -> None:
    number = await desk.begin(memberships(4_900))
    # 2,940 are there, 19.6 come in a second
    assert await desk.of(number) == [(100, WRITES, False)]
    async with desk.governor.slot(Service.GRAPH, bulk=True, costs={"writes": 980}):
        pass
    assert await desk.of(number) == [(150, WRITES, False)]
    await desk.clock.sleep(50)
    assert await desk.of(number) == [(100, WRITES, False)]
    # what is sent or ended is no longer waited for
    await desk.processes.mark_sent(number, OWNER, range(1, 981), START)
    ended = [StepResult(n, StepClass.DONE) for n in range(1, 981)]
    await desk.processes.record(number, OWNER, ended, START)
    assert await desk.of(number) == [(50, WRITES, False)]
    await desk.processes.cancel(number, START)
    assert await desk.of(number) == [None]


async def test_nothing_is_foretold_where_no_quota_keeps_it_waiting(desk: Desk) -> None:
    few, elsewhere = await desk.begin(memberships(200)), await desk.begin(mailboxes(50))
    assert await desk.of(few, elsewhere) == [None, None]


async def test_another_copys_process_has_a_pace_nobody_knows_here(desk: Desk) -> None:
    number = await desk.begin(memberships(4_000))
    desk.running.clear()
    assert await desk.of(number) == [None]


async def test_processes_side_by_side_share_the_quota(desk: Desk) -> None:
    long, short = await desk.begin(memberships(3_920)), await desk.begin(memberships(980, "v"))
    # the short one is through when both had 980; the long one needs all that is written
    assert await desk.of(long, short) == [(100, WRITES, False), None]
    async with desk.governor.slot(Service.GRAPH, bulk=True, costs={"writes": 2_940}):
        pass
    assert await desk.of(long, short) == [(250, WRITES, False), (100, WRITES, False)]


async def test_steps_of_a_service_without_numbers_may_take_longer(desk: Desk) -> None:
    number = await desk.begin([*memberships(4_900), *mailboxes(10)])
    assert [found[2] for found in await desk.of(number) if found] == [True]


async def test_a_long_process_is_told_when_all_of_it_was_read(desk: Desk) -> None:
    number = await desk.begin(memberships(6_000))
    assert await desk.of(number) == [None]
    assert await desk.of(number) == [(156, WRITES, False)]
