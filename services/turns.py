"""Turns: how a long piece of work in the event loop lets a key through before it goes on."""

import asyncio

_HOPS = 24
"""Turns of the loop that a key takes through the queues of app, screen and widget until its paint is on the way."""


async def give_way() -> None:
    """Lets everything that is ready run to its end.

    A single turn is not enough: each hop of a key would wait for one more piece of the work.
    """
    for _ in range(_HOPS):
        await asyncio.sleep(0)
