"""Following: the processes of this and other copies of the program, from the journal, at most twice a second."""

import asyncio
from collections.abc import Callable, Sequence
from datetime import datetime

from services.session import Session
from state.values import Process, ProcessStatus

BETWEEN_LOOKS = 0.5
"""Seconds between two looks at a journal that moves."""

BETWEEN_POLLS = 2.0
"""Seconds between two looks for what other programs committed; SQLite tells nobody by itself."""

_OPEN = (ProcessStatus.WAITING, ProcessStatus.RUNNING)


class Follower:
    """Tells the newest processes whenever the journal changed."""

    def __init__(self, session: Session, tell: Callable[[Sequence[Process]], None]) -> None:
        self._session = session
        self._tell = tell
        self._news = asyncio.Event()
        self._since: datetime = session.clock.now()
        session.on_change = self._news.set

    def wake(self) -> None:
        """Looks soon."""
        self._news.set()

    async def run(self) -> None:
        """Follows until cancelled. Raises `StateError` when the journal cannot be read."""
        seen = -1
        while True:
            self._news.clear()
            version = await self._session.database.version()
            if version != seen:
                seen = version
                self._tell(await self._current())
                await asyncio.sleep(BETWEEN_LOOKS)
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
