"""Waiting for an event or a moment, whichever comes first, by the clock that was passed in."""

import asyncio

from state.clock import Clock


async def event_or(clock: Clock, event: asyncio.Event, until: float | None) -> None:
    """Returns when the event is set or the monotonic time `until` has come (None: only the event)."""
    waits: list[asyncio.Task[object]] = [asyncio.create_task(event.wait())]
    if until is not None:
        waits.append(asyncio.create_task(clock.sleep(max(0.0, until - clock.monotonic()))))
    try:
        await asyncio.wait(waits, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for wait in waits:
            wait.cancel()
        await asyncio.gather(*waits, return_exceptions=True)
