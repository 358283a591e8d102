"""The scheduler on odd days, in virtual time: an hour that comes twice, a leap day, a thousand at one instant."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.errors import InvalidInput
from services.when import check_day, instant
from state.processes import Processes
from state.schedule_values import ScheduleStatus
from tests.services.jobs.test_scheduler import world

pytestmark = pytest.mark.anyio


async def test_the_hour_that_comes_twice_is_two_hours(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        zone = "America/New_York"
        w.clock.set_by = datetime(2030, 11, 3, 5, 0, tzinfo=UTC) - w.clock.now()
        first, second = [
            await w.add(instant("2030-11-03", f"01:30 {which}", zone, w.clock.now()), zone)
            for which in ("first", "second")
        ]
        async with w.running("a", "b"):
            await w.clock.sleep(2 * 3600)
        assert [schedule for schedule, _ in w.planned] == [first, second]
        moments = dict(w.planned)
        assert abs(moments[first] - datetime(2030, 11, 3, 5, 30, tzinfo=UTC)) < timedelta(seconds=1)
        assert abs(moments[second] - moments[first] - timedelta(hours=1)) < timedelta(seconds=1)


async def test_a_leap_day_is_a_day_and_comes_only_in_its_year(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        zone = "Pacific/Auckland"
        w.clock.set_by = datetime(2028, 2, 28, 10, 0, tzinfo=UTC) - w.clock.now()
        with pytest.raises(InvalidInput, match="There is no 2029-02-29"):
            check_day("2029-02-29")
        days = [check_day(day) for day in ("2028-02-29", "2028-03-01")]
        numbers = [await w.add(instant(day, "00:00", zone, w.clock.now()), zone) for day in days]
        async with w.running("a"):
            await w.clock.sleep(3 * 86_400)
        assert [schedule for schedule, _ in w.planned] == numbers
        leap, march = (moment for _, moment in w.planned)
        assert abs(leap - datetime(2028, 2, 28, 11, 0, tzinfo=UTC)) < timedelta(seconds=1)
        assert abs(march - leap - timedelta(days=1)) < timedelta(seconds=1)


async def test_a_thousand_at_one_instant_start_once_each_and_none_before_it(tmp_path: Path) -> None:
    async with world(tmp_path) as w:
        at = w.after(minutes=5)
        numbers = [await w.add(at) for _ in range(1000)]
        async with w.running("a", "b", "c"):
            await w.clock.sleep(299)
            assert not w.planned
            await w.clock.sleep(600)
        assert sorted(schedule for schedule, _ in w.planned) == numbers
        assert min(moment for _, moment in w.planned) >= at
        every = await w.schedules.past(2000)
        assert {each.status for each in every} == {ScheduleStatus.STARTED}
        made = {each.process for each in every}
        assert len(made) == 1000
        assert {each.id for each in await Processes(w.db, "t1").recent(2000)} == made
