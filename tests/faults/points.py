"""Failpoints: the places around every journal write and every call, and what goes wrong at which of them."""

from collections import Counter
from enum import StrEnum
from random import Random
from typing import Protocol

import msgspec


class Place(StrEnum):
    """Where a failpoint stands. *In* a write is between its last statement and its commit."""

    BEFORE_WRITE = "before a write"
    IN_WRITE = "in a write"
    AFTER_WRITE = "after a write"
    BEFORE_READ = "before a read"
    BEFORE_CALL = "before a call"
    AFTER_CALL = "after a call"


class Fault(StrEnum):
    """What happens at a failpoint."""

    ERROR = "error"
    DELAY = "delay"
    KILL = "kill"


def possible(place: Place, fault: Fault) -> bool:
    """Whether a program can meet this fault here.

    Who waits between statement and commit holds every other writer: with virtual time nothing moves then.
    """
    if place is Place.BEFORE_READ:
        return fault is Fault.KILL
    return not (place is Place.IN_WRITE and fault is Fault.DELAY)


class Script(Protocol):
    """Decides what happens at each failpoint that is passed."""

    def at(self, place: Place) -> Fault | None:
        """The fault here and now; None lets the program go on."""
        ...


class Single:
    """One fault at the n-th failpoint (from 1) of one place; `passed` counts them by place."""

    def __init__(
        self, place: Place = Place.BEFORE_WRITE, number: int = 0, fault: Fault = Fault.ERROR
    ) -> None:
        self._where = (place, number)
        self._fault = fault
        self.passed: Counter[Place] = Counter()

    def at(self, place: Place) -> Fault | None:
        self.passed[place] += 1
        return self._fault if (place, self.passed[place]) == self._where else None


class Odds(msgspec.Struct, frozen=True):
    """How often each fault happens at a failpoint, 0 to 1, and how many kills there are at most."""

    error: float = 0.0
    delay: float = 0.0
    kill: float = 0.0
    kills: int = 0


class Chance:
    """Faults by chance; `struck` counts them."""

    def __init__(self, odds: Odds, seed: int) -> None:
        self._odds = odds
        self._random = Random(f"faults of {seed}")  # noqa: S311
        self.struck = dict.fromkeys(Fault, 0)

    def at(self, place: Place) -> Fault | None:
        fault = self._drawn(place)
        if fault is not None:
            self.struck[fault] += 1
        return fault

    def _drawn(self, place: Place) -> Fault | None:
        roll, odds = self._random.random(), self._odds
        for fault, chance in ((Fault.KILL, odds.kill), (Fault.ERROR, odds.error), (Fault.DELAY, odds.delay)):
            if roll < chance:
                spent = fault is Fault.KILL and self.struck[fault] >= odds.kills
                return fault if possible(place, fault) and not spent else None
            roll -= chance
        return None
