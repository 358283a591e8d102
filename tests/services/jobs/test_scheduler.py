"""The scheduler in virtual time: on the second, once, late or asked; clocks that are set; services that are down."""

import asyncio
from collections.abc import AsyncIterator, Callable, Sequence
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from services.errors import NotFound, RollcallError, ServiceDown, SignInNeeded, Throttled
from services.jobs.alarm import AlarmClock
from services.jobs.scheduler import Planned, Scheduler, process_of
from services.when import instant
from state.processes import Processes
from state.schedule_values import NewSchedule, Schedule, ScheduleStatus
from state.schedules import Schedules
from state.values import NewStep
from tests.faults.virtual import VirtualClock, WatchedDatabase

pytestmark = pytest.mark.anyio

STEP = NewStep(b"{}", "Block", "Adele", "user:u1")


class SetClock(VirtualClock):
    """A virtual clock whose hands can be set; `monotonic` does not notice."""

    def __init__(self) -> None:
        super().__init__()
        self.set_by = timedelta()

    def now(self) -> datetime:
        return super().now() + self.set_by


class ClockAlarm:
    """An alarm by that clock, deaf to its being set like APScheduler's timers."""

    def __init__(self, clock: VirtualClock) -> None:
        self._clock = clock
        self._timer: asyncio.Task[None] | None = None

    def set(self, at: datetime | None, ring: Callable[[], None]) -> None:
        if self._timer is not None:
            self._timer.cancel()
        if at is not None:
            wait = (at - self._clock.now()).total_seconds()
            self._timer = asyncio.create_task(self._ring(wait, ring))

    async def _ring(self, wait: float, ring: Callable[[], None]) -> None:
        await self._clock.sleep(wait)
        ring()

    async def stop(self) -> None:
        if self._timer is not None:
            self._timer.cancel()


class World(msgspec.Struct):
    """Schedules, a clock, and what the services say to those who plan."""

    clock: SetClock
    db: WatchedDatabase
    schedules: Schedules
    planned: list[tuple[int, datetime]] = []
    trouble: Callable[[], RollcallError | None] = lambda: None

    async def plan(self, schedule: Schedule) -> Planned:
        error = self.trouble()
        if error is not None:
            raise error
        self.planned.append((schedule.id, self.clock.now()))
        await self.clock.sleep(0.5)
        return Planned(process_of(schedule), [STEP])

    def scheduler(self, owner: str) -> Scheduler:
        return Scheduler(
            self.schedules,
            self.clock,
            owner,
            self.plan,
            alarm=ClockAlarm(self.clock),
            limit=timedelta(hours=24),
            started=lambda: None,
        )

    @asynccontextmanager
    async def running(self, *owners: str) -> AsyncIterator[list[Scheduler]]:
        """Programs that run for as long as the block lasts."""
        made = [self.scheduler(owner) for owner in owners or ("me",)]
        tasks = [asyncio.create_task(each.run_forever()) for each in made]
        try:
            yield made
        finally:
            for task in tasks:
                task.cancel()
            await asyncio.gather(*tasks, return_exceptions=True)

    async def add(self, at: datetime, zone: str = "UTC", local: str = "") -> int:
        new = NewSchedule(
            kind="schedule-sign-in-block",
            action="block-sign-in",
            title="Block sign-in",
            user="u1",
            user_name="Adele Vance",
            operator="admin@contoso.example",
            at=at,
            zone=zone,
            local=local,
        )
        return await self.schedules.add(new, self.clock.now())

    def after(self, **span: float) -> datetime:
        return self.clock.now() + timedelta(**span)

    async def processes(self) -> Sequence[str]:
        return [process.last_line for process in await Processes(self.db, "t1").recent(99)]


@asynccontextmanager
async def world(path: Path) -> AsyncIterator[World]:
    db = await WatchedDatabase.open(path / "state.db")
    assert isinstance(db, WatchedDatabase)
    clock = SetClock()
    db.clock = clock
    moving = asyncio.create_task(clock.run())
    try:
        yield World(clock, db, Schedules(db, "t1"))
    finally:
        moving.cancel()
        await db.close()


async def test_it_starts_on_the_second_and_once_with_three_programs(tmp_path: Path) -> None:
    async with world(tmp_path) as w, w.running("a", "b", "c"):
        at = w.after(minutes=7, seconds=3)
        number = await w.add(at)
        await w.clock.sleep(600)
        assert [schedule for schedule, _ in w.planned] == [number]
        assert timedelta() <= w.planned[0][1] - at < timedelta(seconds=1)
        assert len(await w.processes()) == 1
        assert not (await w.schedules.get(number)).late


async def test_a_schedule_of_another_program_is_seen_and_a_waked_one_at_once(tmp_path: Path) -> None:
    async with world(tmp_path) as w, w.running("a") as (scheduler,):
        await w.clock.sleep(1)
        await w.add(w.after(seconds=-1))
        await w.clock.sleep(25)
        assert len(w.planned) == 1
        asked = w.clock.now()
        number = await w.add(w.after(days=300))
        await w.schedules.run_now(number, w.clock.now())
        scheduler.wake()
        await w.clock.sleep(2)
        assert w.planned[1][1] - asked < timedelta(seconds=1)
        assert "started on demand" in (await w.processes())[0]


async def test_the_clock_set_forward_starts_it_within_a_look_and_set_back_never_again(tmp_path: Path) -> None:
    async with world(tmp_path) as w, w.running("a", "b"):
        first, second = await w.add(w.after(minutes=50)), await w.add(w.after(minutes=100))
        await w.clock.sleep(60)
        w.clock.set_by += timedelta(hours=1)
        await w.clock.sleep(25)
        assert [schedule for schedule, _ in w.planned] == [first]
        w.clock.set_by -= timedelta(hours=1)
        await w.clock.sleep(3000)
        assert len(w.planned) == 1
        # and what is still to come keeps its instant by the clock as it is now
        at = (await w.schedules.get(second)).plan.at
        await w.clock.sleep((at - w.clock.now()).total_seconds() + 30)
        assert [schedule for schedule, _ in w.planned] == [first, second]
        assert w.planned[1][1] >= at


async def test_missed_while_nothing_ran_it_starts_late_once_and_far_too_late_it_asks(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        late, missed = await w.add(w.after(hours=3)), await w.add(w.after(hours=1))
        await w.clock.sleep(26 * 3600)
        async with w.running("a", "b"):
            await w.clock.sleep(60)
        async with w.running("again"):
            await w.clock.sleep(60)
        found = await w.schedules.get(late)
        assert (found.status, found.late) == (ScheduleStatus.STARTED, True)
        assert (await w.schedules.get(missed)).status is ScheduleStatus.MISSED
        assert len(await w.processes()) == 1


async def test_a_program_that_dies_while_it_plans_is_followed(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        number = await w.add(w.after(seconds=10))
        stuck = asyncio.Event()

        async def hang(schedule: Schedule) -> Planned:
            stuck.set()
            never: asyncio.Future[Planned] = asyncio.get_running_loop().create_future()
            return await never

        dead = w.scheduler("dead")
        dead._plan = hang
        dying = asyncio.create_task(dead.run_forever())
        await stuck.wait()
        async with w.running("heir"):
            await w.clock.sleep(400)
            found = await w.schedules.get(number)
            assert found.status is ScheduleStatus.STARTED
        dying.cancel()
        await asyncio.gather(dying, return_exceptions=True)
        assert len(await w.processes()) == 1


async def test_a_service_that_is_down_is_asked_again_until_it_answers(tmp_path: Path) -> None:
    async with world(tmp_path) as w, w.running("a", "b"):
        number = await w.add(w.after(seconds=10))
        until = w.after(minutes=20)
        w.trouble = lambda: ServiceDown("Graph is down.") if w.clock.now() < until else None
        await w.clock.sleep(600)
        found = await w.schedules.get(number)
        assert (found.status, found.sentence) == (ScheduleStatus.WAITING, "Graph is down.")
        assert 4 < found.attempts < 9
        await w.clock.sleep(1200)
        assert (await w.schedules.get(number)).status is ScheduleStatus.STARTED
        assert "before: Graph is down." in (await w.processes())[0]


async def test_patience_ends_as_a_process_that_says_why(tmp_path: Path) -> None:
    async with world(tmp_path) as w, w.running("a"):
        w.trouble = lambda: Throttled("Graph asked to wait.", retry_after=700)
        number = await w.add(w.after(seconds=10))
        await w.clock.sleep(4000)
        found = await w.schedules.get(number)
        assert found.status is ScheduleStatus.FAILED
        assert 2 < found.attempts < 6
        assert found.process is not None
        process = await Processes(w.db, "t1").get(found.process)
        assert process.last_line == found.sentence
        assert "Graph asked to wait." in process.last_line


async def test_what_will_not_get_better_fails_at_once_and_a_sign_in_is_waited_for(tmp_path: Path) -> None:
    async with world(tmp_path) as w, w.running("a"):
        w.trouble = lambda: NotFound("The user is gone.")
        gone = await w.add(w.after(seconds=1))
        await w.clock.sleep(25)
        assert (await w.schedules.get(gone)).sentence == "Not started: The user is gone."
        signed_in = w.after(minutes=80)
        w.trouble = lambda: SignInNeeded("Sign in again.") if w.clock.now() < signed_in else None
        waits = await w.add(w.after(seconds=1))
        await w.clock.sleep(6000)
        found = await w.schedules.get(waits)
        assert (found.status, found.late) == (ScheduleStatus.STARTED, True)


async def test_the_night_that_clocks_change_moves_nothing(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        spring = datetime(2030, 3, 31, 0, 50, tzinfo=UTC)
        w.clock.set_by = spring - w.clock.now()
        zone = "Europe/Berlin"
        before = await w.add(instant("2030-03-31", "01:59", zone, w.clock.now()), zone, "01:59")
        after = await w.add(instant("2030-03-31", "03:01", zone, w.clock.now()), zone, "03:01")
        async with w.running("a"):
            await w.clock.sleep(900)
        moments = dict(w.planned)
        assert abs(moments[before] - datetime(2030, 3, 31, 0, 59, tzinfo=UTC)) < timedelta(seconds=1)
        assert moments[after] - moments[before] < timedelta(minutes=2, seconds=1)
        assert any("(03:01 Europe/Berlin)" in line for line in await w.processes())


async def test_the_alarm_clock_rings_at_the_latest_moment_it_was_set_to(tmp_path: Path) -> None:
    alarm, rung, heard = AlarmClock(), asyncio.Event(), list[str]()
    now = datetime.now(UTC)

    def ring(name: str) -> Callable[[], None]:
        def rings() -> None:
            heard.append(name)
            rung.set()

        return rings

    alarm.set(now + timedelta(seconds=0.1), ring("replaced"))
    alarm.set(None, ring("never"))
    alarm.set(now + timedelta(seconds=0.4), ring("kept"))
    await asyncio.wait_for(rung.wait(), 20)
    rung.clear()
    alarm.set(now - timedelta(days=40), ring("over"))
    await asyncio.wait_for(rung.wait(), 20)
    assert heard == ["kept", "over"]
    alarm.set(now + timedelta(days=4000), ring("far"))
    await alarm.stop()
    await alarm.stop()
