"""Buckets: how much of a published quota is left, and when there will be enough of it again."""

import math
from collections import deque
from typing import Protocol

_SLACK = 0.02
"""The part of a bucket that is never asked for: what is sent later may arrive sooner, and a service whose own
bucket was full when it arrived has less left than was reckoned here."""

_LEAST_SHARE = 0.25
_RECOVERY = 100.0
"""Seconds in which the share grows from nothing to the whole."""

_TICK = 0.001
"""Seconds. What is left may be less than the clock can tell apart."""

_CRUMB = 1e-6


class Meter(Protocol):
    """One quota. Moments are monotonic seconds; amounts are what the quota counts."""

    def wait(self, amount: int, now: float) -> float:
        """Seconds until a call that costs `amount` may go; 0 when it may go now."""

    def span(self, amount: int, now: float) -> float:
        """Seconds until calls that cost `amount` together have gone."""

    def take(self, amount: int, now: float) -> None:
        """A call goes."""

    def give_back(self, amount: int, now: float) -> None:
        """The call that took this did not go after all."""

    def drain(self, now: float) -> None:
        """The service says that nothing is left."""


class Bucket:
    """A token bucket of `most` that fills in `seconds`, as published; full at first.

    Each `drain` halves the share of the refill that is counted on, which grows back in a hundred seconds or less:
    whoever else spends from the same quota is not seen here but by what the service refuses.
    """

    def __init__(self, most: float, seconds: float, now: float) -> None:
        self._seconds = seconds
        self._at = now
        self._share = 1.0
        self._resize(most)
        self._level = self._most

    def resize(self, most: float, now: float) -> None:
        """The quota is another than was assumed; what was taken stays taken."""
        self._fill(now)
        taken = self._most - self._level
        self._resize(most)
        self._level = self._most - taken

    def wait(self, amount: int, now: float) -> float:
        """What costs more than the whole bucket goes when it is full, and leaves it in debt."""
        return self.span(math.floor(min(amount, self._most)), now)

    def span(self, amount: int, now: float) -> float:
        """By level and refill."""
        self._fill(now)
        missing = amount - self._level
        return max(self._seconds_for(missing), _TICK) if missing > _CRUMB else 0.0

    def take(self, amount: int, now: float) -> None:
        """Lowers the level."""
        self._fill(now)
        self._level -= amount

    def give_back(self, amount: int, now: float) -> None:
        """Raises the level."""
        self._fill(now)
        self._level = min(self._most, self._level + amount)

    def drain(self, now: float) -> None:
        """Empties it, and counts on less from now on."""
        self._fill(now)
        self._level = min(self._level, 0.0)
        self._share = max(_LEAST_SHARE, self._share / 2)

    def full(self, now: float) -> bool:
        """Whether nothing is known of it that a new one would not know."""
        self._fill(now)
        return self._level >= self._most and self._share >= 1.0

    def _resize(self, most: float) -> None:
        self._most = most * (1 - _SLACK)
        self._rate = self._most / self._seconds

    def _fill(self, now: float) -> None:
        passed, self._at = max(0.0, now - self._at), max(now, self._at)
        growing = min(passed, (1 - self._share) * _RECOVERY)
        gained = growing * (self._share + growing / (2 * _RECOVERY)) + (passed - growing)
        self._level = min(self._most, self._level + gained * self._rate)
        self._share = min(1.0, self._share + growing / _RECOVERY) if passed == growing else 1.0

    def _seconds_for(self, missing: float) -> float:
        """The time in which `_fill` gains this much."""
        wanted, share = missing / self._rate, self._share
        growing = (1 - share) * _RECOVERY
        early = growing * (1 + share) / 2
        if wanted >= early:
            return growing + wanted - early
        return _RECOVERY * (math.sqrt(share * share + 2 * wanted / _RECOVERY) - share)


class Window:
    """At most `most` in any `seconds`: for small quotas whose way of counting is not published.

    A refusal teaches it nothing: the hold that comes with one is at least as long.
    """

    def __init__(self, most: int, seconds: float) -> None:
        self._most = most
        self._seconds = seconds
        self._taken: deque[float] = deque()

    def wait(self, amount: int, now: float) -> float:
        """Until enough of the oldest calls are `seconds` ago."""
        while self._taken and now - self._taken[0] >= self._seconds:
            self._taken.popleft()
        missing = len(self._taken) + min(amount, self._most) - self._most
        if missing <= 0:
            return 0.0
        return max(self._taken[missing - 1] + self._seconds - now, _TICK)

    def span(self, amount: int, now: float) -> float:
        """Until the last of `amount` calls, each costing 1, goes: whole windows, then the rest."""
        whole, rest = divmod(max(amount, 1) - 1, self._most)
        return whole * self._seconds + self.wait(rest + 1, now)

    def take(self, amount: int, now: float) -> None:
        """Counts the calls."""
        self._taken.extend([now] * amount)

    def give_back(self, amount: int, now: float) -> None:
        """Counts them no longer."""
        for _ in range(min(amount, len(self._taken))):
            self._taken.pop()

    def drain(self, now: float) -> None:
        """Nothing to learn."""
