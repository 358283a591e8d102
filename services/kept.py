"""Kept: answers of services that must not be asked often, each asked for once and told to all who want it."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any, TypeVar, cast

from services.errors import NotFound, NotPermitted
from state.clock import Clock

T = TypeVar("T")


class Kept:
    """Answers by their name, for `seconds`; a refusal is an answer too, a failure is not."""

    def __init__(self, clock: Clock, seconds: float) -> None:
        self._clock = clock
        self._seconds = seconds
        self._asked: dict[str, tuple[float, asyncio.Future[Any]]] = {}

    async def get(self, name: str, ask: Callable[[], Awaitable[T]]) -> T:
        """The answer of that name, asked for where none is young enough. Raises what `ask` raises.

        Who is cancelled while it waits does not take the answer from the others.
        """
        now = self._clock.monotonic()
        at, asked = self._asked.get(name, (now, None))
        if asked is None or now - at > self._seconds or _failed(asked):
            asked = asyncio.ensure_future(ask())
            asked.add_done_callback(_looked_at)
            self._asked[name] = (now, asked)
        return cast(T, await asyncio.shield(asked))

    def expire(self) -> None:
        """Asks anew next time; who waits still gets what was asked for."""
        self._asked = {name: kept for name, kept in self._asked.items() if not kept[1].done()}

    async def close(self) -> None:
        """Gives up what is still asked for."""
        asked = [one for _, one in self._asked.values()]
        self._asked.clear()
        for one in asked:
            one.cancel()
        await asyncio.gather(*asked, return_exceptions=True)


def _failed(asked: asyncio.Future[Any]) -> bool:
    if not asked.done():
        return False
    error = None if asked.cancelled() else asked.exception()
    return asked.cancelled() or (error is not None and not isinstance(error, NotPermitted | NotFound))


def _looked_at(asked: asyncio.Future[Any]) -> None:
    """An error that nobody waited for is none of the loop's business."""
    if not asked.cancelled():
        asked.exception()
