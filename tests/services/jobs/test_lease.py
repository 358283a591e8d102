"""A lease is over by whichever of the two times says so first."""

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from services.jobs.lease import Lease, Moment
from services.jobs.limits import Limits
from state.errors import LeaseLost
from state.processes import Processes
from tests.state.values import opened

pytestmark = pytest.mark.anyio


class TwoTimes:
    """A clock whose times move as they are told."""

    def __init__(self) -> None:
        self.wall, self.seconds = datetime(2030, 1, 15, tzinfo=UTC), 100.0

    def now(self) -> datetime:
        """The wall's time."""
        return self.wall

    def monotonic(self) -> float:
        """The other."""
        return self.seconds

    async def sleep(self, seconds: float) -> None:
        """Nothing of this waits."""
        raise AssertionError(seconds)


@pytest.mark.parametrize(
    ("wall", "seconds", "held"),
    [(29, 29, True), (0, 30, False), (-3600, 30, False), (30, 0, False), (3600, 1, False)],
    ids=["held", "over", "the wall was set back", "the machine slept", "it slept for long"],
)
async def test_it_ends(tmp_path: Path, wall: int, seconds: int, held: bool) -> None:
    clock = TwoTimes()
    async with opened(tmp_path / "state.db") as db:
        claimed, limits = Moment.of(clock), Limits(lease=30)
        lease = Lease(1, Processes(db, "t1"), clock, "me", limits, claimed, lambda: None, lambda _: None)
        clock.wall += timedelta(seconds=wall)
        clock.seconds += seconds
        if held:
            lease.check()
        else:
            with pytest.raises(LeaseLost):
                lease.check()
