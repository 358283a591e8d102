"""Arrival: a whole list under way, from the service or from the cache, for everyone who waits for it."""

import asyncio
from collections.abc import AsyncIterator, Coroutine, Sequence
from typing import Generic, TypeVar

from services.known import Identified, Kind, Known

T = TypeVar("T", bound=Identified)


class Arrival(Generic[T]):
    """Pages of one list as they come: everyone who waits for it reads the same ones."""

    def __init__(self, kind: Kind[T]) -> None:
        self.known = Known(kind)
        self.pages: list[Sequence[T]] = []
        self.note = ""
        self.news = asyncio.Event()
        self.task: asyncio.Task[bool] | None = None

    def run(self, reading: Coroutine[object, object, bool]) -> None:
        """Starts what brings the pages; it says whether all there is has come.

        It holds the task itself: a reader that leaves must not stop what others wait for.
        """
        self.task = asyncio.create_task(reading)
        self.task.add_done_callback(retrieve)
        self.task.add_done_callback(self.tell)

    async def arriving(self) -> AsyncIterator[Sequence[T]]:
        """The pages from the first on, as they come."""
        seen = 0
        while True:
            news = self.news
            for page in self.pages[seen:]:
                yield page
                seen += 1
            if seen < len(self.pages):
                continue
            if self.ended:
                return
            await news.wait()

    @property
    def ended(self) -> bool:
        """Whether no further page comes."""
        return self.task is not None and self.task.done()

    def result(self) -> bool:
        """Whether all there is has come. Raises what the reading failed with."""
        return self.task is not None and self.task.result()

    def tell(self, _: object = None) -> None:
        """Wake everyone who waits for the next page."""
        self.news.set()
        self.news = asyncio.Event()


def retrieve(task: "asyncio.Task[object]") -> None:
    """Whoever waits for the task learns of its failure; when nobody does, nobody needs to."""
    if not task.cancelled():
        task.exception()
