"""The pace of one tenant: how many calls a service gets at a time, who goes first, when to hold still."""

import asyncio
import logging
import math
import random
from collections import deque
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from types import MappingProxyType

import msgspec

from services.errors import Throttled, Unreachable
from services.log.events import tell
from services.operation import Answer, Service
from services.transport.buckets import Bucket, Meter
from services.transport.quotas import QUOTAS, Costs, Quota, own_regime, quota, units_of
from services.transport.regime import Regime, Waiter
from state.clock import Clock

PRESSURE = (429, 503, 504)
"""Statuses that ask for less."""

NO_COSTS: Costs = MappingProxyType({})

_LANES = {"Graph": (4, 8), "Exchange": (2, 3)}
_OWN_LANES = {"outlook": (4, 4), "intune": (2, 4), "files": (2, 4), "invitations": (2, 4)}
_SMALL_LANES = (2, 2)
_OTHER_LANES = (2, 4)
"""Lanes at first and at most, by the service's label, or by the name of a regime that Graph has beside the directory's
(Outlook: 4 at a time for one mailbox, `api-map.md` §7.1)."""
_MOST_METERS = 100


class View(msgspec.Struct, frozen=True):
    """A service's pace as the screen shows it. `throttled` counts the answers that asked to slow down."""

    waiting_until: datetime | None
    throttled: int
    lanes: int
    in_flight: int
    queued: int


class Forecast(msgspec.Struct, frozen=True):
    """Seconds until some calls have gone, as far as a quota decides it, and which: "3,000 writes in 150 s"."""

    seconds: float
    quota: str


class Governor:
    """Shared by every request of one tenant, in one event loop.

    Each regime has lanes: one more after as many successes as there are lanes, half as many after an answer
    that asks for less. Such an answer holds its regime still for as long as it says, else for an exponential
    time with jitter from `chance`. What a published quota has not left is not asked for. Whoever waits
    interactively goes before all bulk work.
    """

    def __init__(self, clock: Clock, chance: random.Random | None = None, tenant: str = "") -> None:
        self.tenant = tenant
        """What the log calls the tenant."""
        self._clock = clock
        self._chance = chance or random.SystemRandom()
        self._regimes: dict[str, Regime] = {}
        self._meters: dict[str, Meter] = {}
        self._units = QUOTAS["units"]

    @asynccontextmanager
    async def slot(
        self, service: Service, *, bulk: bool, path: str = "", costs: Costs = NO_COSTS, patience: float = 60.0
    ) -> AsyncIterator[None]:
        """One lane for one call, and what it costs. Raises `Throttled` when the wait outlasts `patience` seconds."""
        regime = self._regime(service, path)
        await self._enter(regime, bulk, patience, self._needs(costs))
        try:
            yield
        finally:
            regime.in_flight -= 1
            self._pump(regime)

    def answered(self, service: Service, answer: Answer, *, path: str = "", costs: Costs = NO_COSTS) -> None:
        """Learns from what a service said: to one call, or to one item of a batch."""
        regime, now = self._regime(service, path), self._clock.monotonic()
        if answer.status in PRESSURE:
            if regime.slow_down(now, answer.retry_after, self._chance) and answer.status == 429:
                for meter, _ in self._needs(costs):
                    meter.drain(now)
            tell(
                "throttled",
                level=logging.WARNING,
                tenant=self.tenant,
                service=service.label,
                status=answer.status,
                hold_ms=round((regime.held_until - now) * 1000),
                lanes=regime.lanes,
            )
            for waiter in regime.hopeless():
                waiter.granted.set_exception(self._throttled(regime))
        elif answer.status and answer.status < 500 and regime.speed_up():
            self._pump(regime)

    def sized(self, users: int) -> None:
        """The tenant has so many users, which decides how many resource units it has."""
        self._units = units_of(users)
        if isinstance(meter := self._meters.get("units"), Bucket):
            meter.resize(self._units.most, self._clock.monotonic())

    def forecast(self, costs: Costs) -> Forecast | None:
        """When calls that cost this together will have gone; None where no quota makes them wait."""
        now = self._clock.monotonic()
        spans = {name: self._meter(name).span(amount, now) for name, amount in costs.items() if amount}
        name = max(spans, key=spans.__getitem__, default="")
        return Forecast(spans[name], self._quota(name).words) if name and spans[name] > 0 else None

    def view(self, service: Service) -> View:
        """How the service is being treated now, its regimes taken together."""
        main = self._regime(service, "")
        regimes = self._of(main.service)
        return View(
            waiting_until=self._until(regimes),
            throttled=sum(regime.throttled for regime in regimes),
            lanes=main.useful_lanes(self._clock.monotonic()),
            in_flight=sum(regime.in_flight for regime in regimes),
            queued=sum(regime.waiting for regime in regimes),
        )

    def holds(self) -> list[tuple[str, datetime]]:
        """The services that asked to be left alone, by their label, and until when."""
        names = dict.fromkeys(regime.service for regime in self._regimes.values())
        found = ((name, self._until(self._of(name))) for name in names)
        return [(name, until) for name, until in found if until is not None]

    async def close(self) -> None:
        """Stops the timers; whoever still waits gets `Unreachable`, with nothing sent."""
        for regime in self._regimes.values():
            if regime.thaw is not None:
                regime.thaw.cancel()
                await asyncio.gather(regime.thaw, return_exceptions=True)
            for waiter in (*regime.urgent, *regime.bulk):
                if not waiter.granted.done():
                    waiter.granted.set_exception(Unreachable("The session was closed.", sent=False))
            regime.urgent.clear()
            regime.bulk.clear()

    def _of(self, name: str) -> list[Regime]:
        return [regime for regime in self._regimes.values() if regime.service == name]

    def _until(self, regimes: Sequence[Regime]) -> datetime | None:
        left = max(regime.held_until for regime in regimes) - self._clock.monotonic()
        return self._clock.now() + timedelta(seconds=left) if left > 0 else None

    def _regime(self, service: Service, path: str) -> Regime:
        name = service.label
        own = own_regime(path) if name == "Graph" else ""
        key = f"{name}/{own}"
        if key not in self._regimes:
            lanes = _OWN_LANES.get(own, _SMALL_LANES) if own else _LANES.get(name, _OTHER_LANES)
            main = (own if own in QUOTAS and own != "outlook" else "") if own else "units"
            meter = self._meter(main) if main and name == "Graph" else None
            self._regimes[key] = Regime(name, *lanes, main=meter)
        return self._regimes[key]

    def _quota(self, name: str) -> Quota:
        return self._units if name == "units" else quota(name)

    def _meter(self, name: str) -> Meter:
        if name not in self._meters:
            now = self._clock.monotonic()
            if len(self._meters) >= _MOST_METERS:
                # each mailbox has one: those of which nothing is taken any more are as good as new
                self._meters = {
                    name: meter
                    for name, meter in self._meters.items()
                    if name in QUOTAS or not (isinstance(meter, Bucket) and meter.full(now))
                }
            self._meters[name] = self._quota(name).meter(now)
        return self._meters[name]

    def _needs(self, costs: Mapping[str, int]) -> tuple[tuple[Meter, int], ...]:
        return tuple((self._meter(name), amount) for name, amount in costs.items() if amount)

    async def _enter(
        self, regime: Regime, bulk: bool, patience: float, needs: tuple[tuple[Meter, int], ...]
    ) -> None:
        patient_until = self._clock.monotonic() + patience
        queue = regime.bulk if bulk else regime.urgent
        turn = queue.append
        while True:
            waiter = Waiter(asyncio.get_running_loop().create_future(), patient_until, needs)
            self._refuse_if_hopeless(regime, waiter)
            turn(waiter)
            self._pump(regime)
            await self._granted(regime, queue, waiter)
            if regime.held_until <= self._clock.monotonic():
                return
            # an answer that came between the grant and this moment asked to hold still
            regime.in_flight -= 1
            waiter.give_back(self._clock.monotonic())
            turn = queue.appendleft

    async def _granted(self, regime: Regime, queue: deque[Waiter], waiter: Waiter) -> None:
        try:
            await waiter.granted
        except asyncio.CancelledError:
            if waiter in queue:
                queue.remove(waiter)
            elif waiter.granted.done() and not waiter.granted.cancelled() and not waiter.granted.exception():
                regime.in_flight -= 1
                waiter.give_back(self._clock.monotonic())
            self._pump(regime)
            raise

    def _refuse_if_hopeless(self, regime: Regime, waiter: Waiter) -> None:
        now = self._clock.monotonic()
        if regime.held_until > waiter.patient_until:
            raise self._throttled(regime)
        if now + (wait := waiter.wait(now)) > waiter.patient_until:
            raise Throttled(
                f"The quota of {regime.service} is used up: try again in {math.ceil(wait)} s.",
                retry_after=wait,
            )

    def _throttled(self, regime: Regime) -> Throttled:
        left = max(regime.held_until - self._clock.monotonic(), 0.0)
        return Throttled(
            f"{regime.service} asked to wait {math.ceil(left)} s: try again then.",
            retry_after=left,
        )

    def _pump(self, regime: Regime) -> None:
        if not regime.waiting:
            return
        now = self._clock.monotonic()
        left = regime.held_until - now if regime.held_until > now else regime.let_in(now)
        if left is not None:
            self._wake(regime, now + left)

    def _wake(self, regime: Regime, at: float) -> None:
        if regime.thaw is not None and not regime.thaw.done():
            if regime.thaws_at <= at:
                return
            regime.thaw.cancel()
        regime.thaws_at = at
        regime.thaw = asyncio.get_running_loop().create_task(self._thaw(regime, at))

    async def _thaw(self, regime: Regime, at: float) -> None:
        while (left := at - self._clock.monotonic()) > 0:
            await self._clock.sleep(left)
        regime.thaw = None
        self._pump(regime)
