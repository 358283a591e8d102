"""Pace: so many requests in so many seconds and no more, for services with a small quota of their own."""

from collections import deque

from state.clock import Clock


class Pace:
    """Hands out turns. Who has no turn left waits until the oldest one is `seconds` ago."""

    def __init__(self, clock: Clock, most: int, seconds: float) -> None:
        self._clock = clock
        self._most = most
        self._seconds = seconds
        self._taken: deque[float] = deque()

    async def turn(self) -> None:
        """Returns when one more request may be made; counts it."""
        while True:
            now = self._clock.monotonic()
            while self._taken and now - self._taken[0] >= self._seconds:
                self._taken.popleft()
            if len(self._taken) < self._most:
                self._taken.append(now)
                return
            await self._clock.sleep(self._seconds - (now - self._taken[0]))

    def give_back(self) -> None:
        """The last turn was not used."""
        if self._taken:
            self._taken.pop()
