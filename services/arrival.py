"""Arrival: a first listing under way, for everyone who waits for it."""

import asyncio
import zlib
from collections import deque
from collections.abc import AsyncGenerator, Coroutine, Sequence
from typing import Generic, TypeVar

from services.directory_kinds import Identified, Kind, Reading
from services.filling import Filling
from services.turns import give_way

_AHEAD = 3
"""Pages that wait for the quickest reader; then no further one is taken in. The newest ones are held as objects."""

T = TypeVar("T", bound=Identified)


class Arrival(Generic[T]):
    """Pages of one list as they come. Who joins late reads what has come, then goes on with the others.

    An object that comes twice is handed on twice. Which of them counts, and what was taken back, is known when all
    pages have been sorted: that is left until the last one is there, so that nobody waits for it.
    """

    def __init__(self, kind: Kind[T]) -> None:
        self.note = ""
        self.task: asyncio.Task[None] | None = None
        self._kind = kind
        self._reading = Reading(kind)
        self._pages: list[bytes] = []
        """As they came, packed; b"" for one that is being packed."""
        self._objects: dict[int, Sequence[T]] = {}
        """Of the newest pages, by their number."""
        self._packing: deque[asyncio.Future[bytes]] = deque()
        """Of the newest pages, in their order."""
        self.revised = False
        """Whether what was handed on is not what there is: a page took back or changed what an earlier one gave."""
        self.complete = False
        """Whether all pages have come."""
        self._readers: list[list[int]] = []
        """How many pages each of them has been given."""
        self._news = asyncio.Event()

    @property
    def begun(self) -> bool:
        """Whether a page has come."""
        return bool(self._pages)

    def run(self, reading: Coroutine[object, object, None]) -> None:
        """Starts what brings the pages, and sorts and stores them.

        It holds the task itself: a reader that leaves must not stop what others wait for.
        """
        self.task = asyncio.create_task(reading)
        self.task.add_done_callback(retrieve)
        self.task.add_done_callback(self._tell)

    async def take(self, raw: bytes) -> None:
        """Takes in one page and hands it on, when a reader is near enough. Raises `BadAnswer`."""
        while self._readers and len(self._pages) - max(self._readers)[0] >= _AHEAD:
            await self._news.wait()
        number = len(self._pages)
        self._objects[number] = self._reading.objects(raw)
        self._pages.append(b"")
        self._packing.append(asyncio.ensure_future(asyncio.to_thread(zlib.compress, raw, 1)))
        self._tell()
        await self._packed(_AHEAD)

    async def sorted(self) -> Filling[T]:
        """All pages that there are, sorted.

        Not in a thread, which would take the interpreter from every turn of the loop, of which a key needs many.
        """
        self.complete = True
        self._tell()
        await self._packed(0)
        filling = Filling(self._kind)
        for number, page in enumerate(self._pages):
            for _ in filling.take(zlib.decompress(page)):
                await give_way()
            if all(number < given for (given,) in self._readers):
                self._pages[number] = b""
        self.revised = filling.revised
        return filling

    async def arriving(self) -> AsyncGenerator[Sequence[T], None]:
        """The pages from the first on, as they come. Not for who joins when it is `complete`: some may be gone."""
        given = [0]
        self._readers.append(given)
        try:
            while True:
                news = self._news
                while given[0] < len(self._pages):
                    page = await self._page(given[0])
                    given[0] += 1
                    self._tell()
                    yield page
                if self._ended:
                    return
                await news.wait()
        finally:
            # by identity: others may have been given as many
            self._readers = [reader for reader in self._readers if reader is not given]
            self._tell()

    @property
    def _ended(self) -> bool:
        return self.complete or (self.task is not None and self.task.done())

    async def result(self) -> None:
        """Waits until everything is sorted and stored. Raises what the reading failed with."""
        if self.task is not None:
            # a reader that leaves must not stop it
            await asyncio.wait({self.task})
            self.task.result()

    async def _packed(self, at_most: int) -> None:
        """Waits until all pages but so many of the newest are packed."""
        while len(self._packing) > at_most:
            packed = await self._packing[0]
            number = len(self._pages) - len(self._packing)
            self._pages[number] = packed
            self._packing.popleft()
            self._objects.pop(number - _AHEAD, None)

    async def _page(self, number: int) -> Sequence[T]:
        objects = self._objects.get(number)
        if objects is None:
            page = self._pages[number]
            objects = await asyncio.to_thread(lambda: self._reading.objects(zlib.decompress(page)))
        return objects

    def _tell(self, _: object = None) -> None:
        self._news.set()
        self._news = asyncio.Event()


def retrieve(task: "asyncio.Task[object]") -> None:
    """Whoever waits for the task learns of its failure; when nobody does, nobody needs to."""
    if not task.cancelled():
        task.exception()
