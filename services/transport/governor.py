"""The pace of one tenant: how many calls a service gets at a time, who goes first, when to hold still."""

import asyncio
import math
import random
from collections import deque
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import datetime, timedelta

import msgspec

from services.errors import Throttled, Unreachable
from services.operation import Answer, Service
from services.pace import Pace
from state.clock import Clock

PRESSURE = (429, 503, 504)
"""Statuses that ask for less."""

LONGEST_HOLD = 3600.0
"""Seconds a service can make the program hold still by one answer."""

_LANES = {"Graph": (4, 8), "Exchange": (2, 3)}
_OTHER_LANES = (2, 4)
"""Lanes at first and at most, by the service's label."""
_FIRST_BACKOFF = 1.0
_LONGEST_BACKOFF = 32.0

# Resources of Graph with a throttling regime of their own (api-map §7.1): what they refuse says nothing
# about the directory, and the directory must not wait for them.
_OWN_REGIMES = {"auditLogs": "reports", "reports": "reports", "identityProtection": "risk"}
_OWN_LANES = 2
_OWN_RATES = {"reports": (5, 10.5), "risk": (1, 1.2)}
"""Requests in seconds (`api-map.md` §7.1: 5 in 10, 1 in 1), with some slack: what is sent ten seconds later may
arrive a little sooner than that."""


def own_regime(path: str) -> str:
    """The name of the small quota that this path of Graph is under; "" for the directory's own."""
    return _OWN_REGIMES.get(path.lstrip("/").partition("/")[0], "")


class View(msgspec.Struct, frozen=True):
    """A service's pace as the screen shows it. `throttled` counts the answers that asked to slow down."""

    waiting_until: datetime | None
    throttled: int
    lanes: int
    in_flight: int
    queued: int


@dataclass
class _Waiter:
    granted: asyncio.Future[None]
    patient_until: float


@dataclass
class _Pace:
    """The state of one throttling regime; all moments are the clock's monotonic seconds."""

    service: str
    lanes: int
    most: int
    in_flight: int = 0
    held_until: float = -math.inf
    refusals: int = 0
    successes: int = 0
    throttled: int = 0
    urgent: deque[_Waiter] = field(default_factory=deque)
    bulk: deque[_Waiter] = field(default_factory=deque)
    thaw: asyncio.Task[None] | None = None
    rate: Pace | None = None


class Governor:
    """Shared by every request of one tenant, in one event loop.

    Each regime has lanes: one more after as many successes as there are lanes, half as many after an answer
    that asks for less. Such an answer holds its regime still for as long as it says, else for an exponential
    time with jitter from `chance`. Whoever waits interactively goes before all bulk work.
    """

    def __init__(self, clock: Clock, chance: random.Random | None = None) -> None:
        self._clock = clock
        self._chance = chance or random.SystemRandom()
        self._paces: dict[str, _Pace] = {}

    @asynccontextmanager
    async def slot(
        self, service: Service, *, bulk: bool, path: str = "", patience: float = 60.0
    ) -> AsyncIterator[None]:
        """One lane for one call. Raises `Throttled` when the hold outlasts `patience` seconds."""
        pace = self._pace(service, path)
        await self._enter(pace, bulk, patience)
        try:
            if pace.rate is not None:
                await pace.rate.turn()
            yield
        finally:
            pace.in_flight -= 1
            self._pump(pace)

    def answered(self, service: Service, answer: Answer, *, path: str = "") -> None:
        """Learns from what a service said: to one call, or to one item of a batch."""
        pace = self._pace(service, path)
        if answer.status in PRESSURE:
            self._slow_down(pace, answer.retry_after)
        elif answer.status and answer.status < 500:
            self._speed_up(pace)

    def view(self, service: Service) -> View:
        """How the service is being treated now, its regimes taken together."""
        main = self._pace(service, "")
        paces = self._regimes(main.service)
        return View(
            waiting_until=self._until(paces),
            throttled=sum(pace.throttled for pace in paces),
            lanes=main.lanes,
            in_flight=sum(pace.in_flight for pace in paces),
            queued=sum(len(pace.urgent) + len(pace.bulk) for pace in paces),
        )

    def holds(self) -> list[tuple[str, datetime]]:
        """The services that asked to be left alone, by their label, and until when."""
        names = dict.fromkeys(pace.service for pace in self._paces.values())
        found = ((name, self._until(self._regimes(name))) for name in names)
        return [(name, until) for name, until in found if until is not None]

    async def close(self) -> None:
        """Stops the timers; whoever still waits gets `Unreachable`, with nothing sent."""
        for pace in self._paces.values():
            if pace.thaw is not None:
                pace.thaw.cancel()
                await asyncio.gather(pace.thaw, return_exceptions=True)
            for waiter in (*pace.urgent, *pace.bulk):
                if not waiter.granted.done():
                    waiter.granted.set_exception(Unreachable("The session was closed.", sent=False))
            pace.urgent.clear()
            pace.bulk.clear()

    def _regimes(self, name: str) -> list[_Pace]:
        return [pace for pace in self._paces.values() if pace.service == name]

    def _until(self, paces: list[_Pace]) -> datetime | None:
        left = max(pace.held_until for pace in paces) - self._clock.monotonic()
        return self._clock.now() + timedelta(seconds=left) if left > 0 else None

    def _pace(self, service: Service, path: str) -> _Pace:
        name = service.label
        own = own_regime(path) if name == "Graph" else ""
        key = f"{name}/{own}"
        found = self._paces.get(key)
        if found is None:
            first, most = (_OWN_LANES, _OWN_LANES) if own else _LANES.get(name, _OTHER_LANES)
            rate = Pace(self._clock, *_OWN_RATES[own]) if own in _OWN_RATES else None
            found = self._paces[key] = _Pace(name, first, most, rate=rate)
        return found

    async def _enter(self, pace: _Pace, bulk: bool, patience: float) -> None:
        patient_until = self._clock.monotonic() + patience
        queue = pace.bulk if bulk else pace.urgent
        turn = queue.append
        while True:
            self._refuse_if_hopeless(pace, patient_until)
            waiter = _Waiter(asyncio.get_running_loop().create_future(), patient_until)
            turn(waiter)
            self._pump(pace)
            await self._granted(pace, queue, waiter)
            if pace.held_until <= self._clock.monotonic():
                return
            # an answer that came between the grant and this moment asked to hold still
            pace.in_flight -= 1
            turn = queue.appendleft

    async def _granted(self, pace: _Pace, queue: deque[_Waiter], waiter: _Waiter) -> None:
        try:
            await waiter.granted
        except asyncio.CancelledError:
            if waiter in queue:
                queue.remove(waiter)
            elif waiter.granted.done() and not waiter.granted.cancelled() and not waiter.granted.exception():
                pace.in_flight -= 1
                self._pump(pace)
            raise

    def _refuse_if_hopeless(self, pace: _Pace, patient_until: float) -> None:
        if pace.held_until > patient_until:
            raise self._throttled(pace)

    def _throttled(self, pace: _Pace) -> Throttled:
        left = max(pace.held_until - self._clock.monotonic(), 0.0)
        return Throttled(
            f"{pace.service} asked to wait {math.ceil(left)} s: try again then.",
            retry_after=left,
        )

    def _pump(self, pace: _Pace) -> None:
        if not pace.urgent and not pace.bulk:
            return
        if pace.held_until > self._clock.monotonic():
            if pace.thaw is None or pace.thaw.done():
                pace.thaw = asyncio.get_running_loop().create_task(self._thaw(pace))
            return
        while pace.in_flight < pace.lanes and (pace.urgent or pace.bulk):
            waiter = (pace.urgent or pace.bulk).popleft()
            if not waiter.granted.done():
                pace.in_flight += 1
                waiter.granted.set_result(None)

    async def _thaw(self, pace: _Pace) -> None:
        while (left := pace.held_until - self._clock.monotonic()) > 0:
            await self._clock.sleep(left)
        self._pump(pace)

    def _slow_down(self, pace: _Pace, retry_after: float | None) -> None:
        now = self._clock.monotonic()
        pace.throttled += 1
        pace.successes = 0
        if pace.held_until <= now:
            # once for a whole burst: the calls that were in flight together all meet the same refusal
            pace.refusals += 1
            pace.lanes = max(1, pace.lanes // 2)
            if retry_after is None:
                retry_after = self._backoff(pace.refusals)
        if retry_after is not None:
            pace.held_until = max(pace.held_until, now + min(retry_after, LONGEST_HOLD))
        for queue in (pace.urgent, pace.bulk):
            for waiter in [w for w in queue if w.patient_until < pace.held_until]:
                queue.remove(waiter)
                if not waiter.granted.done():
                    waiter.granted.set_exception(self._throttled(pace))

    def _backoff(self, refusals: int) -> float:
        whole = min(_FIRST_BACKOFF * 2.0 ** min(refusals - 1, 10), _LONGEST_BACKOFF)
        return whole * self._chance.uniform(0.75, 1.25)

    def _speed_up(self, pace: _Pace) -> None:
        pace.refusals = 0
        pace.successes += 1
        if pace.successes >= pace.lanes and pace.lanes < pace.most:
            pace.successes = 0
            pace.lanes += 1
            self._pump(pace)
