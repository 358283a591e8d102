"""Pace: so many requests in so many seconds and no more, for services with a small quota of their own."""

from collections import deque

from state.clock import Clock

_TICK = 0.001


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
            # what is left may be less than the clock can tell apart
            await self._clock.sleep(max(self._seconds - (now - self._taken[0]), _TICK))
