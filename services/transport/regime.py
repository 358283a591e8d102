"""Regime: the state of one throttling regime of a service: its lanes, its hold, and who waits to be let in."""

import asyncio
import math
import random
from collections import deque
from collections.abc import Iterator
from dataclasses import dataclass, field

from services.transport.buckets import Meter

LONGEST_HOLD = 3600.0
"""Seconds a service can make the program hold still by one answer."""

_STARVED_LANES = 2
_STARVED_FOR = 10.0
_FIRST_BACKOFF = 1.0
_LONGEST_BACKOFF = 32.0


@dataclass(eq=False)
class Waiter:
    """A call that waits for a lane and for what it takes of the quotas."""

    granted: asyncio.Future[None]
    patient_until: float
    needs: tuple[tuple[Meter, int], ...]

    def wait(self, now: float) -> float:
        """Seconds until every quota has enough for it."""
        return max((meter.wait(amount, now) for meter, amount in self.needs), default=0.0)

    def take(self, now: float) -> None:
        """It goes."""
        for meter, amount in self.needs:
            meter.take(amount, now)

    def give_back(self, now: float) -> None:
        """It did not go after all."""
        for meter, amount in self.needs:
            meter.give_back(amount, now)

    def short(self, now: float) -> set[Meter]:
        """The quotas that have too little for it."""
        return {meter for meter, amount in self.needs if meter.wait(amount, now) > 0}


@dataclass(eq=False)
class Regime:
    """All moments are the clock's monotonic seconds. `main` is a quota that nearly every call here takes from."""

    service: str
    lanes: int
    most: int
    main: Meter | None = None
    in_flight: int = 0
    held_until: float = -math.inf
    refusals: int = 0
    successes: int = 0
    throttled: int = 0
    starved_until: float = -math.inf
    urgent: deque[Waiter] = field(default_factory=deque)
    bulk: deque[Waiter] = field(default_factory=deque)
    thaw: asyncio.Task[None] | None = None
    thaws_at: float = math.inf

    def useful_lanes(self, now: float) -> int:
        """How many calls to bring: where a quota was short just now more would only wait here, marked as sent."""
        return min(self.lanes, _STARVED_LANES) if now < self.starved_until else self.lanes

    @property
    def waiting(self) -> int:
        """How many calls wait to be let in."""
        return len(self.urgent) + len(self.bulk)

    @property
    def idle(self) -> bool:
        """Whether nothing is in flight and nobody waits."""
        return not self.in_flight and not self.waiting

    def let_in(self, now: float) -> float | None:
        """Lets in whoever may go now; gives the seconds until somebody else may, None when only a lane is awaited.

        Who waits for a quota lets those pass who need nothing of it: a read does not wait for writes. Nobody
        is overtaken on the same quota.
        """
        if self.in_flight >= self.lanes:
            return None
        short: set[Meter] = set()
        soonest = math.inf
        for queue, waiter in list(self._queued()):
            if self.in_flight >= self.lanes or (self.main is not None and self.main in short):
                break
            if waiter.granted.done():
                queue.remove(waiter)
                continue
            missing = waiter.short(now)
            if missing or any(meter in short for meter, _ in waiter.needs):
                short |= missing
                soonest = min(soonest, waiter.wait(now) or math.inf)
                continue
            queue.remove(waiter)
            waiter.take(now)
            self.in_flight += 1
            waiter.granted.set_result(None)
        if short:
            self.starved_until = now + _STARVED_FOR
        return soonest if soonest < math.inf else None

    def hopeless(self) -> list[Waiter]:
        """Takes out whoever is not patient enough for the present hold."""
        found = [waiter for _, waiter in self._queued() if waiter.patient_until < self.held_until]
        for waiter in found:
            (self.urgent if waiter in self.urgent else self.bulk).remove(waiter)
        return [waiter for waiter in found if not waiter.granted.done()]

    def slow_down(self, now: float, retry_after: float | None, chance: random.Random) -> bool:
        """An answer asked for less; whether it is the first of its burst."""
        self.throttled += 1
        self.successes = 0
        # the calls that were in flight together all meet the same refusal
        first = self.held_until <= now
        if first:
            self.refusals += 1
            self.lanes = max(1, self.lanes // 2)
            if retry_after is None:
                retry_after = _backoff(self.refusals, chance)
        if retry_after is not None:
            self.held_until = max(self.held_until, now + min(retry_after, LONGEST_HOLD))
        return first

    def speed_up(self) -> bool:
        """A call was answered as it should be; whether that made a lane more."""
        self.refusals = 0
        self.successes += 1
        if self.successes < self.lanes or self.lanes >= self.most:
            return False
        self.successes = 0
        self.lanes += 1
        return True

    def _queued(self) -> Iterator[tuple[deque[Waiter], Waiter]]:
        for queue in (self.urgent, self.bulk):
            for waiter in queue:
                yield queue, waiter


def _backoff(refusals: int, chance: random.Random) -> float:
    whole = min(_FIRST_BACKOFF * 2.0 ** min(refusals - 1, 10), _LONGEST_BACKOFF)
    return whole * chance.uniform(0.75, 1.25)
