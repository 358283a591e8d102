"""Schedules on real files: each becomes a process exactly once, whoever races, restarts or sets the clock."""

import asyncio
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest

from state.errors import StateError
from state.processes import Processes
from state.schedule_values import NewSchedule, ScheduleStatus, Worker
from state.schedules import Schedules
from state.values import ProcessStatus
from state.workers import Workers
from tests.state.rival import LEASE, LIMIT
from tests.state.values import APPLY, NOON, later, new_steps, opened

ROOT = Path(__file__).parents[2]


def planned(seconds: float, *, user: str = "u1", seats: tuple[str, ...] = ()) -> NewSchedule:
    """A schedule so many seconds after noon."""
    return NewSchedule(
        kind="schedule-sign-in-block",
        action="block-sign-in",
        title="Block sign-in",
        user=user,
        user_name=f"User {user}",
        operator="admin@contoso.example",
        at=later(seconds),
        zone="Europe/Berlin",
        local="2030-01-15 13:00",
        answers={"groups": True},
        seats=seats,
    )


def test_a_schedule_becomes_a_process_once_and_tells_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            schedules, processes = Schedules(db, "t1"), Processes(db, "t1")
            number = await schedules.add(planned(10), NOON)
            assert await schedules.next_moment(NOON, LEASE) == later(10)
            assert await schedules.take("me", later(9), LEASE, LIMIT) is None
            taken = await schedules.take("me", later(10), LEASE, LIMIT)
            # whoever looks now has nothing to do before the lease is over, unless the clock was set back
            assert await schedules.next_moment(later(11), LEASE) == later(70)
            assert await schedules.next_moment(later(-999), LEASE) == later(10)
            assert taken is not None
            assert (taken.id, taken.plan) == (number, planned(10))
            assert await schedules.take("other", later(11), LEASE, LIMIT) is None
            process = await schedules.start(taken, "me", APPLY, new_steps(2), ["Scheduled"], later(11))
            assert process is not None
            assert await schedules.start(taken, "me", APPLY, new_steps(2), [], later(12)) is None
            found = await schedules.get(number)
            assert (found.status, found.process, found.late) == (ScheduleStatus.STARTED, process, False)
            assert [p.id for p in await processes.recent(9)] == [process]
            assert (await processes.get(process)).last_line == "Scheduled"
            assert await schedules.upcoming() == []
            assert await schedules.past(9) == [found]
            assert await schedules.next_moment(later(99), LEASE) is None

    asyncio.run(run())


def test_several_programs_race_and_each_schedule_is_started_once(tmp_path: Path) -> None:
    path, count = tmp_path / "state.db", 40

    async def add() -> None:
        async with opened(path) as db:
            for _ in range(count):
                await Schedules(db, "t1").add(planned(-1), NOON)

    asyncio.run(add())
    rivals = [
        subprocess.Popen(
            [sys.executable, "-m", "tests.state.rival", str(path), f"rival {n}"],
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
            cwd=ROOT,
        )
        for n in range(3)
    ]
    for rival in rivals:
        assert rival.stdin is not None
        rival.stdin.write("go\n")
        rival.stdin.flush()
    said = [line.split() for rival in rivals for line in rival.communicate(timeout=120)[0].splitlines()]
    assert [rival.returncode for rival in rivals] == [0, 0, 0]
    assert sorted(int(schedule) for schedule, _ in said) == list(range(1, count + 1))
    assert len({process for _, process in said}) == count

    async def check() -> None:
        async with opened(path) as db:
            assert len(await Processes(db, "t1").recent(1000)) == count
            every = await Schedules(db, "t1").past(1000)
            assert {(str(s.id), str(s.process)) for s in every} == {(a, b) for a, b in said}

    asyncio.run(check())


def test_a_taker_that_died_is_followed_and_what_it_still_sends_counts_no_more(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            schedules = Schedules(db, "t1")
            await schedules.add(planned(0), NOON)
            dead = await schedules.take("dead", later(0), LEASE, LIMIT)
            assert dead is not None
            assert await schedules.take("heir", later(59), LEASE, LIMIT) is None
            heir = await schedules.take("heir", later(61), LEASE, LIMIT)
            assert heir is not None
            assert await schedules.start(dead, "dead", APPLY, new_steps(1), [], later(62)) is None
            assert await schedules.start(heir, "heir", APPLY, new_steps(1), [], later(62))
            assert (await schedules.get(heir.id)).late

    asyncio.run(run())


def test_a_clock_set_back_a_year_neither_starts_twice_nor_leaves_a_lease_for_a_year(tmp_path: Path) -> None:
    year = 365 * 86_400.0
    patient = timedelta(days=1000)

    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            schedules = Schedules(db, "t1")
            first, second = await schedules.add(planned(0), NOON), await schedules.add(planned(0), NOON)
            taken = await schedules.take("me", later(year), LEASE, patient)
            assert taken is not None
            assert await schedules.start(taken, "me", APPLY, new_steps(1), [], later(year))
            dead = await schedules.take("dead", later(year), LEASE, patient)
            assert dead is not None
            assert await schedules.take("me", later(-1), LEASE, patient) is None
            again = await schedules.take("me", later(0), LEASE, patient)
            assert again is not None
            assert (taken.id, again.id) == (first, second)
            assert await schedules.start(dead, "dead", APPLY, new_steps(1), [], later(1)) is None
            assert await schedules.start(again, "me", APPLY, new_steps(1), [], later(1))
            assert await schedules.take("me", later(2), LEASE, patient) is None

    asyncio.run(run())


def test_too_late_asks_and_run_now_starts_it_marked_late(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            schedules = Schedules(db, "t1")
            number = await schedules.add(planned(0), NOON)
            after = 86_400.0 + 1
            assert await schedules.take("me", later(after), LEASE, LIMIT) is None
            assert (await schedules.get(number)).status is ScheduleStatus.MISSED
            assert [s.id for s in await schedules.of_user("u1")] == [number]
            assert await schedules.take("me", later(5), LEASE, LIMIT) is None
            await schedules.run_now(number, later(after))
            assert await schedules.next_moment(later(after), LEASE) == later(after)
            taken = await schedules.take("me", later(after), LEASE, LIMIT)
            assert taken is not None
            assert await schedules.start(taken, "me", APPLY, new_steps(1), [], later(after))
            assert (await schedules.get(number)).late

    asyncio.run(run())


def test_a_change_or_cancel_while_it_is_planned_wins(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            schedules, processes = Schedules(db, "t1"), Processes(db, "t1")
            changed, cancelled = await schedules.add(planned(0), NOON), await schedules.add(planned(1), NOON)
            first = await schedules.take("me", later(2), LEASE, LIMIT)
            second = await schedules.take("me", later(2), LEASE, LIMIT)
            assert first is not None
            assert second is not None
            await schedules.change(changed, 1, planned(500))
            await schedules.cancel(cancelled, later(3))
            assert await schedules.start(first, "me", APPLY, new_steps(1), [], later(4)) is None
            assert await schedules.start(second, "me", APPLY, new_steps(1), [], later(4)) is None
            await schedules.postpone(first, "me", "late answer", later(9))
            found = await schedules.get(changed)
            assert (found.plan.at, found.revision, found.attempts) == (later(500), 2, 0)
            with pytest.raises(StateError, match="changed meanwhile"):
                await schedules.change(changed, 1, planned(600))
            for late in (schedules.cancel(cancelled, later(5)), schedules.run_now(cancelled, later(5))):
                with pytest.raises(StateError, match="been cancelled already"):
                    await late
            assert await processes.recent(9) == []

    asyncio.run(run())


def test_what_cannot_be_planned_waits_then_fails_as_a_process(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            schedules, processes = Schedules(db, "t1"), Processes(db, "t1")
            number = await schedules.add(planned(0), NOON)
            taken = await schedules.take("me", later(0), LEASE, LIMIT)
            assert taken is not None
            await schedules.postpone(taken, "me", "Graph is down.", later(30))
            assert await schedules.take("me", later(29), LEASE, LIMIT) is None
            assert await schedules.next_moment(later(9), LEASE) == later(30)
            # after a try it is never missed, however long the service was down
            taken = await schedules.take("me", later(3 * 86_400), LEASE, LIMIT)
            assert taken is not None
            assert (taken.attempts, taken.tried_at, taken.sentence) == (1, later(0), "Graph is down.")
            process = await schedules.fail(taken, "me", APPLY, "Gave up.", later(3 * 86_400))
            assert process is not None
            found = await processes.get(process)
            assert (found.status, found.total, found.last_line) == (ProcessStatus.FINISHED, 0, "Gave up.")
            assert (await schedules.get(number)).status is ScheduleStatus.FAILED

    asyncio.run(run())


def test_seats_are_reserved_once_a_user_and_tenants_are_kept_apart(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            schedules, theirs = Schedules(db, "t1"), Schedules(db, "t2")
            await schedules.add(planned(5, seats=("a", "b")), NOON)
            await schedules.add(planned(6, seats=("a",)), NOON)
            gone = await schedules.add(planned(6, user="u2", seats=("a", "c")), NOON)
            await schedules.add(planned(7, user="u3", seats=("a",)), NOON)
            await theirs.add(planned(7, seats=("z",)), NOON)
            assert await schedules.reserved_seats() == {"a": 3, "b": 1, "c": 1}
            assert await schedules.reserved_seats(besides="u2") == {"a": 2, "b": 1}
            await schedules.cancel(gone, NOON)
            assert await schedules.reserved_seats() == {"a": 2, "b": 1}
            with pytest.raises(StateError, match="no schedule"):
                await theirs.cancel(gone, NOON)

    asyncio.run(run())


def test_a_worker_is_alive_while_its_heart_beats(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            workers = Workers(db, "t1")
            one = Worker("w1", "jump1", 41, NOON, NOON)
            await workers.beat(one)
            assert await workers.alive(later(40)) == [one]
            assert await workers.alive(later(-40)) == [one]
            assert await workers.alive(later(60)) == []
            assert await Workers(db, "t2").alive(later(1)) == []
            again = Worker("w1", "jump1", 41, NOON, later(50))
            await workers.beat(again)
            await workers.beat(Worker("w2", "jump2", 7, later(1), later(50)))
            assert [w.id for w in await workers.alive(later(60))] == ["w1", "w2"]
            await workers.leave("w1")
            assert [w.id for w in await workers.alive(later(60))] == ["w2"]
            much_later = NOON + timedelta(days=30)
            await workers.beat(Worker("w3", "jump3", 8, much_later, much_later))
            assert [w.id for w in await workers.alive(much_later)] == ["w3"]

    asyncio.run(run())
