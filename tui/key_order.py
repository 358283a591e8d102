"""KeyOrder: keys typed ahead reach, one after the other, what the key before them put in focus."""

import asyncio
from collections import deque
from collections.abc import Awaitable, Callable
from functools import partial
from typing import TYPE_CHECKING, Any

from textual import events

if TYPE_CHECKING:
    from textual.app import App
    from textual.message_pump import MessagePump
    from textual.screen import Screen

_ROUNDS = 2
"""A key's own way from the widget to the app, and that of a message which it made the widget post."""
_PATIENCE = 0.25
"""Seconds after which a key no longer waits for the one before it, where that one's widget is gone."""
_MOST_PATIENT = 8
"""So often it waits on where the widget is only slow to answer: a key must not reach another field for that."""

Typed = events.Key | events.Paste
Deliver = Callable[[Typed], Awaitable[None]]


class KeyOrder:
    """Holds a key back until the one before it was dealt with.

    Textual hands each key to the widget in focus at the moment when it arrives, while the one before may still
    be on its way through the queues of that widget and of all around it. Of keys that arrive together, as
    from a paste, a slow line or a fast typist, those after one that moves the focus or opens a dialog
    would go to the old widget.
    """

    def __init__(self, app: "App[Any]", deliver: Deliver) -> None:
        self._app = app
        self._deliver = deliver
        self._waiting: deque[Typed] = deque()
        self._under_way = 0
        self._number = 0
        self._timer: asyncio.TimerHandle | None = None
        self._held: list[Typed] | None = None
        self._held_on: Screen[Any] | None = None

    def hold(self) -> None:
        """Keeps the keys that come to this screen from now on: they are for what is not there yet.

        A dialog that opens over it, as to sign in, gets its own.
        """
        if self._held is None:
            self._held, self._held_on = [], self._app.screen

    def release(self, *, drop: bool = False) -> None:
        """Delivers the keys that were held, once what they are for has its focus; or drops them."""
        held, self._held = self._held, None
        if drop or not held:
            return
        self._waiting.extend(held)
        if not self._under_way:
            self._number += 1
            self._under_way = number = self._number
            way: list[MessagePump] = [self._app.screen, self._app]
            self._watch(number, way, _MOST_PATIENT)
            self._follow(number, way, 0, _ROUNDS)

    async def take(self, event: Typed) -> None:
        """Delivers a key now, or when its turn comes."""
        if self._held is not None and self._app.screen is self._held_on:
            self._held.append(event)
        elif self._under_way:
            self._waiting.append(event)
        else:
            await self._send(event)

    async def _send(self, event: Typed) -> None:
        self._number += 1
        self._under_way = number = self._number
        target = self._app.focused or self._app.screen
        way: list[MessagePump] = [*target.ancestors_with_self]
        self._watch(number, way, _MOST_PATIENT)
        await self._deliver(event)
        self._follow(number, way, 0, _ROUNDS)

    def _follow(self, number: int, way: "list[MessagePump]", at: int, rounds: int) -> None:
        """Goes through the same queues as the key, behind it."""
        while at < len(way):
            if way[at].call_later(partial(self._follow, number, way, at + 1, rounds)):
                return
            at += 1
        if rounds > 1:
            self._follow(number, way, 0, rounds - 1)
        else:
            self._arrive(number, way)

    def _arrive(self, number: int, way: "list[MessagePump]") -> None:
        """The next key, unless a page was opened meanwhile: that first puts its own focus."""
        page = self._app.screen
        if page not in way and self._waiting:
            self._follow(number, [page, self._app], 0, _ROUNDS)
        else:
            self._app.call_later(self._next, number)

    def _watch(self, number: int, way: "list[MessagePump]", times: int) -> None:
        self._timer = asyncio.get_running_loop().call_later(_PATIENCE, self._give_up, number, way, times - 1)

    def _give_up(self, number: int, way: "list[MessagePump]", times: int) -> None:
        if times and all(each.is_running for each in way):
            self._watch(number, way, times)
        else:
            self._app.call_later(self._next, number)

    async def _next(self, number: int) -> None:
        if number != self._under_way:
            return
        self._under_way = 0
        if self._timer is not None:
            self._timer.cancel()
        if self._waiting:
            await self._send(self._waiting.popleft())
        else:
            self._paint()

    def _paint(self) -> None:
        """Draws what the last key changed, without the wait for the next frame.

        Where other things are drawn all the time, as while a list loads, that wait is up to two frames
        (`Timer._run` passes over the one it is late for). Textual has no public way to draw now: its own
        timer calls this very method, which does nothing where nothing changed. Keys of a burst share a frame.
        """
        screen = self._app.screen
        screen.call_later(screen._on_timer_update)
