"""Schedules as an operator makes them, and a clock that can be put forward to see what becomes of them."""

import asyncio
from collections.abc import Callable
from datetime import datetime, timedelta

import msgspec

from services.action import Action, Answers, Form
from services.session import Session
from services.user import User
from state.clock import SystemClock
from state.schedule_values import Schedule


class AheadClock(SystemClock):
    """The machine's clock, that can be put forward."""

    ahead = timedelta()

    def now(self) -> datetime:
        return super().now() + self.ahead


async def scheduled(
    session: Session, action: Action, user: User, answers: Answers, at: datetime, reason: str = ""
) -> tuple[int, Form]:
    """Schedules the action for an instant."""
    form = await action.ask(session.tenant, user, None)
    when = {"date": f"{at:%Y-%m-%d}", "time": f"{at:%H:%M}", "zone": "UTC"}
    assert action.schedule is not None
    new = action.schedule(user, form, {**answers, **when}, session.operator)
    return await session.scheduling.make(msgspec.structs.replace(new, reason=reason)), form


async def over(session: Session, number: int) -> Schedule:
    """The schedule when it is not open any more."""
    return await once(session, number, lambda found: not found.open)


async def once(session: Session, number: int, so: Callable[[Schedule], bool]) -> Schedule:
    """The schedule when this is so of it."""
    news = asyncio.Event()
    session.on_change = news.set
    try:
        while not so(found := await session.schedules.get(number)):
            await news.wait()
            news.clear()
    finally:
        session.on_change = lambda: None
    return found
