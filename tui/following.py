"""Following: the processes of this and other copies of the program, from the journal, at most twice a second."""

import asyncio
from collections.abc import Callable, Mapping, Sequence
from datetime import datetime

from services.jobs.finishing import Finish
from services.session import Session
from state.errors import StateError
from state.values import Process, ProcessStatus

BETWEEN_LOOKS = 0.5
"""Seconds between two looks at a journal that moves."""

BETWEEN_POLLS = 2.0
"""Seconds between two looks for what other programs committed; SQLite tells nobody by itself."""

_OPEN = (ProcessStatus.WAITING, ProcessStatus.RUNNING)


class Follower:
    """Tells the newest processes whenever the journal changed, or what keeps them from going on did.

    A journal that cannot be read is told to `fail`, once, and asked again.
    """

    def __init__(
        self,
        session: Session,
        tell: Callable[[Sequence[Process]], None],
        fail: Callable[[StateError], None],
    ) -> None:
        self._session = session
        self._tell = tell
        self._fail = fail
        self._failed = ""
        self._news = asyncio.Event()
        self._since: datetime = session.clock.now()
        self.finishes: Mapping[int, Finish] = {}
        """When what runs here will have gone by the quotas, by process, as of the last look."""
        session.on_change = self._news.set

    def wake(self) -> None:
        """Looks soon."""
        self._news.set()

    async def run(self) -> None:
        """Follows until cancelled."""
        seen: tuple[int, list[str]] = (-1, [])
        while True:
            self._news.clear()
            try:
                now = (await self._session.database.version(), self._session.engine.troubles)
                if now != seen:
                    # a full disk keeps the journal as it is: its trouble alone is news
                    current = await self._current()
                    self.finishes = await self._session.finishing.of(current)
                    self._tell(current)
                    seen = now
                    await asyncio.sleep(BETWEEN_LOOKS)
                self._failed = ""
            except StateError as error:
                if error.sentence != self._failed:
                    self._failed = error.sentence
                    self._fail(error)
            try:
                await asyncio.wait_for(self._news.wait(), BETWEEN_POLLS)
            except TimeoutError:
                continue

    async def _current(self) -> list[Process]:
        """What runs, and what ended since this screen opened; the newest first."""
        recent = await self._session.processes.recent(20)
        running = await self._session.processes.running()
        known = {process.id for process in recent}
        every = [*recent, *(process for process in running if process.id not in known)]
        return [
            p for p in every if p.status in _OPEN or (p.ended_at is not None and p.ended_at >= self._since)
        ]
