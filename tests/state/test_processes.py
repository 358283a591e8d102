"""The journal on real files: counts, leases between owners, cancel, paging, and what the disk keeps."""

import asyncio
from pathlib import Path

import pytest

from state.audit import AuditLog
from state.entries import Entry
from state.errors import LeaseLost, StateError
from state.processes import Processes
from state.values import ProcessStatus, StepClass, StepResult
from tests.state.values import APPLY, NOON, audited, later, new_steps, opened


def test_a_step_goes_from_waiting_to_done_and_is_counted(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            number = await processes.start(APPLY, new_steps(3), [], NOON)
            claimed = await processes.claim("me", later(1), 30)
            assert claimed is not None
            assert (claimed.id, claimed.status, claimed.started_at) == (
                number,
                ProcessStatus.RUNNING,
                later(1),
            )
            assert await processes.mark_sent(number, "me", [1, 2], later(2)) == {1, 2}
            assert (await processes.get(number)).counts == {StepClass.WAITING: 1, StepClass.SENT: 2}
            results = [
                StepResult(1, StepClass.DONE, 204, request_id="r1"),
                StepResult(2, StepClass.WAITING, 429, "slow down"),
            ]
            entry = Entry(send=[3], results=results, lines=["waiting 3 s"], retries=1, throttled=1)
            written = await processes.write(number, "me", entry, later(3))
            assert written.send == {3}
            steps = await processes.steps(number)
            assert [(s.state, s.attempts, s.status) for s in steps] == [
                (StepClass.DONE, 1, 204),
                (StepClass.WAITING, 1, 429),
                (StepClass.SENT, 1, 0),
            ]
            assert (steps[0].sent_at, steps[0].ended_at) == (later(2), later(3))
            (kept,) = await processes.attempts(number, [1, 2, 3])
            assert (kept.number, kept.attempt, kept.sent_at, kept.ended_at) == (2, 1, later(2), later(3))
            assert (kept.status, kept.sentence) == (429, "slow down"), "the next sending writes over the step"
            found = await processes.get(number)
            assert (found.retries, found.throttled, found.last_line) == (1, 1, "waiting 3 s")
            assert await processes.log(number, 5) == [(later(3), "waiting 3 s")]
            assert [s.number for s in await processes.steps(number, states=[StepClass.SENT])] == [3]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("second", "status"),
    [
        (StepClass.ALREADY_SO, ProcessStatus.SUCCEEDED),
        (StepClass.REFUSED, ProcessStatus.FINISHED),
        (StepClass.UNKNOWN, ProcessStatus.FINISHED),
    ],
)
def test_only_done_and_already_so_are_success(
    tmp_path: Path, second: StepClass, status: ProcessStatus
) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            number = await processes.start(APPLY, new_steps(2), [], NOON)
            await processes.claim("me", NOON, 30)
            await processes.mark_sent(number, "me", [1, 2], NOON)
            with pytest.raises(ValueError, match="open steps"):
                await processes.finish(number, "me", NOON)
            results = [StepResult(1, StepClass.DONE), StepResult(2, second)]
            await processes.record(number, "me", results, NOON)
            assert (await processes.finish(number, "me", later(1))).status is status
            assert await processes.running() == []

    asyncio.run(run())


def test_one_owner_at_a_time_and_takeover_after_the_lease(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "state.db"
        async with opened(path) as one, opened(path) as other:
            mine, theirs = Processes(one, "t1"), Processes(other, "t1")
            number = await mine.start(APPLY, new_steps(1), [], NOON)
            assert await mine.claim("me", NOON, 30) is not None
            assert await theirs.claim("they", later(29), 30) is None
            await mine.renew(number, "me", later(20), 30)
            assert await theirs.claim("they", later(40), 30) is None
            assert await theirs.claim("they", later(51), 30) is not None
            for forbidden in (
                mine.renew(number, "me", later(52), 30),
                mine.mark_sent(number, "me", [1], later(52)),
                mine.record(number, "me", [StepResult(1, StepClass.DONE)], later(52)),
                mine.finish(number, "me", later(52)),
            ):
                with pytest.raises(LeaseLost):
                    await forbidden
            assert (await mine.get(number)).counts == {StepClass.WAITING: 1}

    asyncio.run(run())


def test_nothing_is_marked_with_an_expired_lease(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            number = await processes.start(APPLY, new_steps(1), [], NOON)
            await processes.claim("me", NOON, 30)
            with pytest.raises(LeaseLost):
                await processes.mark_sent(number, "me", [1], later(30))

    asyncio.run(run())


def test_what_shares_an_object_with_an_older_process_waits_for_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            first = await processes.start(APPLY, new_steps(0, serials=["a", "b"]), [], NOON)
            second = await processes.start(APPLY, new_steps(0, serials=["b"]), [], NOON)
            third = await processes.start(APPLY, new_steps(0, serials=["c"]), [], NOON)
            claimed = [await processes.claim("me", NOON, 30) for _ in range(3)]
            assert [c and c.id for c in claimed] == [first, third, None]
            await processes.mark_sent(first, "me", [1, 2], NOON)
            await processes.record(first, "me", [StepResult(2, StepClass.DONE)], NOON)
            released = await processes.claim("me", NOON, 30)
            assert released is not None
            assert released.id == second

    asyncio.run(run())


def test_cancel_stops_what_was_not_sent_and_leaves_the_rest_to_be_classed(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            number = await processes.start(APPLY, new_steps(3), [], NOON)
            await processes.claim("me", NOON, 30)
            await processes.mark_sent(number, "me", [1], NOON)
            await processes.cancel(number, later(1))
            entry = Entry(send=[2], results=[StepResult(1, StepClass.DONE)])
            written = await processes.write(number, "me", entry, later(2))
            assert (written.send, written.cancelling) == (frozenset(), True)
            ended = await processes.finish(number, "me", later(3))
            assert ended.status is ProcessStatus.CANCELLED
            assert ended.counts == {StepClass.DONE: 1, StepClass.CANCELLED: 2}

    asyncio.run(run())


def test_cancelling_what_nobody_runs_ends_it_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            number = await processes.start(APPLY, new_steps(2), [], NOON)
            await processes.cancel(number, later(1))
            assert (await processes.get(number)).status is ProcessStatus.CANCELLED
            assert await processes.claim("me", later(2), 30) is None

    asyncio.run(run())


def test_processes_of_tenants_are_kept_apart(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            one, other = Processes(db, "t1"), Processes(db, "t2")
            number = await one.start(APPLY, new_steps(1), [], NOON)
            assert await other.recent(5) == []
            assert await other.claim("me", NOON, 30) is None
            with pytest.raises(StateError, match="no process"):
                await other.get(number)

    asyncio.run(run())


def test_recent_pages_backwards(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            numbers = [await processes.start(APPLY, [], [], later(n)) for n in range(5)]
            page = [p.id for p in await processes.recent(2)]
            assert page == numbers[:-3:-1]
            assert [p.id for p in await processes.recent(9, before_id=page[-1])] == numbers[2::-1]
            assert (await processes.get(numbers[0])).status is ProcessStatus.SUCCEEDED

    asyncio.run(run())


def test_the_audit_chain_shows_an_edit_a_gap_and_a_cut(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes, log = Processes(db, "t1"), AuditLog(db, "t1")
            number = await processes.start(APPLY, new_steps(3), [], NOON)
            await processes.claim("me", NOON, 300)
            await processes.mark_sent(number, "me", [1, 2, 3], NOON)
            for n in (1, 2, 3):
                await processes.record(number, "me", [StepResult(n, StepClass.DONE)], NOON, [audited(n)])
            assert await log.verify() == ""
            assert [e.target for e in await log.of_user("u1", 2)] == ["g3", "g2"]
            assert [e.target for e in await log.of_user("u1", 9, before=later(2))] == ["g1"]
            assert await AuditLog(db, "t2").verify() == ""
            for damage, told in (
                (
                    "UPDATE audit SET entry = replace(CAST(entry AS TEXT), 'g2', 'g9') WHERE id = 2",
                    "changed: entry 2",
                ),
                ("DELETE FROM audit WHERE id = 2", "changed: entry 2"),
                ("DELETE FROM audit WHERE id > 1", "cut"),
            ):
                async with db.write() as connection:
                    await connection.exec_driver_sql(damage)
                assert told in await log.verify()

    asyncio.run(run())


def test_what_its_owner_is_still_busy_with_is_free_to_others_alone(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            number = await processes.start(APPLY, new_steps(1), [], NOON)
            assert await processes.claim("me", NOON, 30) is not None
            assert await processes.claim("me", later(31), 30, busy={number}) is None
            claimed = await processes.claim("they", later(31), 30)
            assert claimed is not None
            assert claimed.id == number

    asyncio.run(run())


def test_what_two_copies_find_out_about_a_refused_step_is_audited_and_counted_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            number = await processes.start(APPLY, new_steps(2), [], NOON)
            await processes.claim("me", NOON, 30)
            refused = [StepResult(n, StepClass.REFUSED, 403) for n in (1, 2)]
            await processes.mark_sent(number, "me", [1, 2], NOON)
            await processes.record(number, "me", refused, NOON)
            await processes.readings.show(number, {1: True}, {1: audited(1)})
            # one that was stopped before it could store what it saw, too
            await processes.readings.show(number, {1: True, 2: True}, {1: audited(1), 2: audited(2)})
            told = await AuditLog(db, "t1").of_user("u1", 10)
            assert sorted(entry.target for entry in told) == ["g1", "g2"]
            assert (await processes.get(number)).despite == 2

    asyncio.run(run())
