"""Arrival: a first listing under way, for everyone who waits for it."""

import asyncio
from collections import deque
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Generic, TypeVar

from services.chunks import Packing
from services.directory_kinds import Identified, Kind
from services.filling import Filling

_AHEAD = 2
"""Pages that wait for a reader as objects; what comes while it is further behind waits packed."""

T = TypeVar("T", bound=Identified)


class Arrival(Generic[T]):
    """Pages of one list as they come. Who joins late reads what has come, then goes on with the others."""

    def __init__(self, kind: Kind[T]) -> None:
        self.filling = Filling(kind)
        self.note = ""
        self.begun = False
        """Whether a page has come."""
        self.task: asyncio.Task[bool] | None = None
        self._packing = Packing(kind)
        self._readers: list[deque[Sequence[T] | bytes]] = []
        self._news = asyncio.Event()

    def run(self, reading: Coroutine[object, object, bool]) -> None:
        """Starts what brings the pages; it says whether all there is has come.

        It holds the task itself: a reader that leaves must not stop what others wait for.
        """
        self.task = asyncio.create_task(reading)
        self.task.add_done_callback(retrieve)
        self.task.add_done_callback(self._tell)

    def take(self, raw: bytes) -> None:
        """Takes in one page and hands it on. Raises `BadAnswer`."""
        fresh = self.filling.take(raw)
        self.begun = True
        behind = self._packing.chunk(fresh) if any(len(r) >= _AHEAD for r in self._readers) else b""
        for reader in self._readers:
            reader.append(behind if len(reader) >= _AHEAD else fresh)
        self._tell()

    async def arriving(self) -> AsyncIterator[Sequence[T]]:
        """The pages from the first on, as they come."""
        waiting: deque[Sequence[T] | bytes] = deque()
        earlier = self.filling.chunks() if self.filling.count else []
        self._readers.append(waiting)
        try:
            for chunk in filter(None, earlier):
                yield await asyncio.to_thread(self._packing.items, chunk)
            while True:
                news = self._news
                while waiting:
                    page = waiting.popleft()
                    if isinstance(page, bytes):
                        page = await asyncio.to_thread(self._packing.items, page)
                    yield page
                if self._ended:
                    return
                await news.wait()
        finally:
            # by identity: deques of other readers may be equal to it
            self._readers = [reader for reader in self._readers if reader is not waiting]

    @property
    def _ended(self) -> bool:
        return self.task is not None and self.task.done()

    def result(self) -> bool:
        """Whether all there is has come. Raises what the reading failed with."""
        return self.task is not None and self.task.result()

    def _tell(self, _: object = None) -> None:
        self._news.set()
        self._news = asyncio.Event()


def retrieve(task: "asyncio.Task[object]") -> None:
    """Whoever waits for the task learns of its failure; when nobody does, nobody needs to."""
    if not task.cancelled():
        task.exception()
