"""Delayed visibility: for a while, reads show links as they were before a write."""

import time
from collections.abc import Callable

Link = tuple[int, int, int]


class Visibility:
    """Which links reads still show in their old state, and until when (monotonic seconds)."""

    def __init__(self, monotonic: Callable[[], float] = time.monotonic) -> None:
        self.delay = 0.0
        self.exchange_delay = 0.0
        self._monotonic = monotonic
        self._old: dict[Link, tuple[bool, float]] = {}

    def wrote(self, link: Link, before: bool) -> None:
        """Remembers what the link was, when writes are to be seen late."""
        self._hold(link, before, self.delay)

    def wrote_in_exchange(self, link: Link, before: bool) -> None:
        """The same for a write that Graph learns of through the directory synchronisation."""
        self._hold(link, before, max(self.delay, self.exchange_delay))

    def _hold(self, link: Link, before: bool, delay: float) -> None:
        if delay > 0:
            earlier = self._old.get(link, (before, 0.0))[0]
            self._old[link] = (earlier, self._monotonic() + delay)

    def differences(
        self, rel: int, *, source: int | None = None, target: int | None = None
    ) -> tuple[set[int], set[int]]:
        """Ends of links that reads must still hide, and those they must still show."""
        hide: set[int] = set()
        show: set[int] = set()
        if not self._old:
            return hide, show
        now = self._monotonic()
        self._old = {link: held for link, held in self._old.items() if held[1] > now}
        for (kind, first, second), (before, _) in self._old.items():
            if kind == rel and first == source:
                (show if before else hide).add(second)
            elif kind == rel and second == target:
                (show if before else hide).add(first)
        return hide, show
