"""Kept: asked once for all who want it, again when it is old, and never left in the lurch."""

import asyncio

import pytest

from services.errors import NotPermitted, Unreachable
from services.kept import Kept
from tests.services.transport.times import LeapingClock

pytestmark = pytest.mark.anyio


class Source:
    """What is asked; it fails as long as there are errors, and waits for `ready`."""

    def __init__(self, *errors: Exception) -> None:
        self.errors = list(errors)
        self.asked = 0
        self.ready = asyncio.Event()
        self.ready.set()

    async def ask(self) -> int:
        """The number of the question."""
        self.asked += 1
        await self.ready.wait()
        if self.errors:
            raise self.errors.pop(0)
        return self.asked


async def test_one_question_for_all_who_want_the_answer_until_it_is_old() -> None:
    clock, source = LeapingClock(), Source()
    kept = Kept(clock, 300.0)
    assert await asyncio.gather(*(kept.get("a", source.ask) for _ in range(3))) == [1, 1, 1]
    await clock.sleep(300.0)
    assert await kept.get("a", source.ask) == 1
    await clock.sleep(1.0)
    assert await kept.get("a", source.ask) == 2
    assert await kept.get("b", source.ask) == 3
    kept.expire()
    assert await kept.get("a", source.ask) == 4


async def test_a_refusal_is_an_answer_and_a_failure_is_none() -> None:
    source = Source(NotPermitted("No licence."), Unreachable("Cut."))
    kept = Kept(LeapingClock(), 300.0)
    for _ in range(2):
        with pytest.raises(NotPermitted):
            await kept.get("a", source.ask)
    assert source.asked == 1
    with pytest.raises(Unreachable):
        await kept.get("b", source.ask)
    assert await kept.get("b", source.ask) == 3


async def test_who_goes_away_does_not_take_the_answer_along() -> None:
    source = Source()
    source.ready.clear()
    kept = Kept(LeapingClock(), 300.0)
    first, second = (asyncio.ensure_future(kept.get("a", source.ask)) for _ in range(2))
    await asyncio.sleep(0)
    first.cancel()
    kept.expire()
    source.ready.set()
    assert await second == 1
    assert first.cancelled()


async def test_closing_gives_up_what_is_still_asked_for() -> None:
    source = Source()
    source.ready.clear()
    kept = Kept(LeapingClock(), 300.0)
    waiting = asyncio.ensure_future(kept.get("a", source.ask))
    await asyncio.sleep(0)
    await kept.close()
    with pytest.raises(asyncio.CancelledError):
        await waiting
