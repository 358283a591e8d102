"""Pace: never more turns in a window than it has, in virtual time."""

import pytest

from services.pace import Pace
from tests.services.transport.times import LeapingClock


@pytest.mark.anyio
async def test_the_sixth_turn_waits_for_the_first_to_be_ten_seconds_ago() -> None:
    clock = LeapingClock()
    pace, taken = Pace(clock, 5, 10.0), []
    for _ in range(12):
        await pace.turn()
        taken.append(clock.monotonic())
    for number, at in enumerate(taken[5:]):
        assert at - taken[number] >= 10.0
    assert taken[-1] - taken[0] == pytest.approx(20.0)
