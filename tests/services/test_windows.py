"""What is open for a while closes by itself, and is told anew once a minute."""

import asyncio
from datetime import timedelta

import pytest

from services.windows import Window, Windows, time_left
from tests.faults.virtual import VirtualClock


def test_each_is_told_once_a_minute_until_it_closes_by_itself() -> None:
    async def work() -> None:
        clock = VirtualClock()
        windows = Windows(clock)
        told: list[tuple[float, list[str]]] = []
        moving = asyncio.create_task(clock.run())
        following = asyncio.create_task(windows.follow(lambda: told.append((clock.seconds, windows.told()))))
        begun = clock.now()
        windows.open("role", Window("User Administrator", begun + timedelta(hours=1, seconds=30)))
        windows.open("writing", Window("Writing", begun + timedelta(seconds=150)))
        await clock.sleep(149)
        assert told == [
            (0.0, ["Writing 3 min", "User Administrator 1 h 01 min"]),
            (30.0, ["Writing 2 min", "User Administrator 1 h 00 min"]),
            (90.0, ["Writing 1 min", "User Administrator 59 min"]),
        ]
        assert windows.until("writing") == begun + timedelta(seconds=150)
        await clock.sleep(2)
        assert told[3] == (150.0, ["User Administrator 58 min"])
        assert windows.until("writing") is None
        windows.close("role")
        await clock.sleep(600)
        assert told[4:] == [(151.0, [])]
        following.cancel()
        moving.cancel()
        await asyncio.gather(following, moving, return_exceptions=True)

    asyncio.run(work())


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(1, "1 min"), (60, "1 min"), (61, "2 min"), (3600, "1 h 00 min"), (3601, "1 h 01 min")],
)
def test_the_time_left_is_in_minutes_begun(seconds: int, words: str) -> None:
    now = VirtualClock().now()
    assert time_left(now + timedelta(seconds=seconds), now) == words
