"""The tenant's groups and users as lists: cached on disk, filled once, kept up to date by delta queries."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterable, Sequence
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from services.arrival import Arrival, retrieve
from services.errors import NOT_OFFERED, ForeignHost, NotFound, Rejected, RollcallError, ServiceDown
from services.known import CHUNKS, Identified, Kind, Known
from services.operation import Request, Service
from services.transport.graph import GraphTransport
from state.cache import DirectoryCache
from state.clock import Clock
from state.errors import StateError

_PAGE = 999
_SLICE = 1_000
"""Objects handed on at once, so that the screen gets its turn while a large list is built."""

T = TypeVar("T", bound=Identified)


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """A piece of a list. `first`: what came before no longer counts. `as_of` None: it is current."""

    objects: Sequence[T]
    first: bool = False
    as_of: datetime | None = None
    current: bool = False
    note: str = ""


class _Updated(msgspec.Struct, frozen=True):
    """What one delta query brought; `expired`: its link is of no use any more."""

    expired: bool = False
    note: str = ""
    failed: bool = False


class Catalogue(Generic[T]):
    """The list of one kind in one tenant. Only this class reads or writes its cache.

    `counted` is told how many objects there are whenever that is found out.
    """

    def __init__(
        self,
        kind: Kind[T],
        graph: GraphTransport,
        cache: DirectoryCache,
        clock: Clock,
        counted: Callable[[int], None] = lambda _: None,
    ) -> None:
        self._kind = kind
        self._graph = graph
        self._cache = cache
        self._clock = clock
        self._counted = counted
        self._known: Known[T] | None = None
        self._recall: Arrival[T] | None = None
        self._fill: Arrival[T] | None = None
        self._update: asyncio.Task[_Updated] | None = None
        self._changes = 0
        """How often a delta query brought something: who reads an older state is told by it of a newer one."""
        self._expired = False

    async def listing(self, *, max_age: float = 30.0) -> AsyncIterator[Listing[T]]:
        """What is known at once, then what is current.

        A list younger than `max_age` seconds counts as current. Raises `RollcallError` when nothing is known
        and the service does not answer; when something is known, the failure comes as a note.
        """
        young, seen = False, self._changes
        if self._known is None:
            async for piece in self._recalling(max_age):
                young = piece.current
                yield piece
        else:
            young = self._young(self._known, max_age)
            for piece in _pieces(self._known, current=young):
                yield piece
        if self._known is None:
            async for piece in self._filling():
                yield piece
        elif not young:
            self._expired = False
            async for piece in self._updating(self._known, seen):
                yield piece
        elif self._changes != seen:
            for piece in _pieces(self._known, current=True):
                yield piece

    def expire(self) -> None:
        """Makes the next listing ask the service."""
        self._expired = True

    async def find(self, identifier: str) -> T | None:
        """The object with this id, when the list is known; never asks the service."""
        known = await self._remembered()
        return known.objects.get(identifier) if known else None

    async def known(self) -> list[T]:
        """All objects that are known without asking the service."""
        known = await self._remembered()
        return list(known.objects.values()) if known else []

    async def close(self) -> None:
        """Stops what is under way; nothing of it is stored any more."""
        reading = [fill.task for fill in (self._recall, self._fill) if fill]
        tasks = [task for task in (self._update, *reading) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _remembered(self) -> Known[T] | None:
        if self._known is None:
            recall = self._recalled()
            assert recall.task is not None  # noqa: S101 - it runs
            await asyncio.shield(recall.task)
        return self._known

    async def _recalling(self, max_age: float) -> AsyncIterator[Listing[T]]:
        """The cached list as it is decoded; nothing where there is none. Raises `StateError`."""
        recall, first, young = self._recalled(), True, False
        async for page in recall.arriving():
            if first:
                young = self._young(recall.known, max_age)
            yield Listing(page, first=first, as_of=None if young else recall.known.as_of, current=young)
            first = False
        recall.result()

    def _recalled(self) -> "Arrival[T]":
        if self._recall is None:
            self._recall = Arrival(self._kind)
            self._recall.run(self._run_recall(self._recall))
        return self._recall

    async def _run_recall(self, recall: "Arrival[T]") -> bool:
        known = recall.known
        try:
            cached = await self._cache.load(self._kind.name)
            if cached is None:
                return False
            known.link, known.as_of = cached.link, cached.as_of
            step = max(1, CHUNKS * _SLICE // max(cached.count, 1))
            for start in range(0, max(len(cached.chunks), 1), step):
                # in a thread, so that the screen answers meanwhile; so does what encodes
                page = await asyncio.to_thread(known.remember, cached.chunks[start : start + step])
                recall.pages.append(page)
                recall.tell()
        except msgspec.MsgspecError:
            # another version's idea of an object: it is only a cache, so it is filled again
            return False
        finally:
            self._recall = None
        self._known = known
        self._counted(len(known.objects))
        return True

    def _young(self, known: Known[T], max_age: float) -> bool:
        age = (self._clock.now() - known.as_of).total_seconds() if known.as_of else max_age
        return 0 <= age < max_age and not self._expired

    async def _updating(self, known: Known[T], seen: int) -> AsyncIterator[Listing[T]]:
        """What changed since `seen` changes; another reader's query may have brought it meanwhile."""
        if self._update is None:
            # held by the catalogue itself: a reader that leaves must not stop what others wait for
            self._update = asyncio.create_task(self._run_update(known))
            self._update.add_done_callback(self._updated)
        found = await asyncio.shield(self._update)
        if found.expired:
            async for piece in self._filling(instead_of=known):
                yield piece
            return
        if found.failed:
            yield Listing((), as_of=known.as_of, note=found.note)
            return
        if self._changes != seen:
            for piece in _pieces(known, current=True):
                yield piece
        yield Listing((), current=True, note=found.note)

    def _updated(self, task: "asyncio.Task[_Updated]") -> None:
        self._update = None
        retrieve(task)

    async def _run_update(self, known: Known[T]) -> _Updated:
        touched: set[int] = set()
        known.unreadable = 0
        # a page's own link counts once all pages are in: a delta that broke off is asked for again
        link = known.link
        try:
            async for raw in self._graph.raw_pages(self._request(), prefer_max=_PAGE, link=link):
                touched |= known.changed(raw)
        except (NotFound, Rejected, ForeignHost):
            # the link expired (410), is no longer understood, or leads to where the tenant no longer is
            return _Updated(expired=True)
        except RollcallError as error:
            if error.status == NOT_OFFERED:
                return _Updated(expired=True)
            known.link = link
            return _Updated(failed=True, note=error.sentence)
        finally:
            self._changes += bool(touched)
        known.as_of = self._clock.now()
        self._counted(len(known.objects))
        kept = await self._kept(known, touched)
        return _Updated(note=_joined(known.complaint(), kept))

    async def _kept(self, known: Known[T], touched: set[int] | None = None) -> str:
        """Stores the list, or what was touched of it; gives why it could not, "" when it could."""
        assert known.as_of is not None  # noqa: S101 - both callers have just set it
        count = len(known.objects)
        try:
            if touched is None:
                chunks = await asyncio.to_thread(known.encoded, range(CHUNKS))
                await self._cache.replace(self._kind.name, chunks, known.link, count, known.as_of)
            else:
                chunks = await asyncio.to_thread(known.encoded, touched)
                await self._cache.update(self._kind.name, chunks, known.link, count, known.as_of)
        except StateError as error:
            return error.sentence
        return ""

    def _whole(self) -> Request:
        path = self._kind.path.removesuffix("/delta")
        return Request(Service.GRAPH, path=path, query=(("$select", self._kind.fields), ("$top", str(_PAGE))))

    def _request(self) -> Request:
        return Request(Service.GRAPH, path=self._kind.path, query=(("$select", self._kind.fields),))

    async def _filling(self, instead_of: Known[T] | None = None) -> AsyncIterator[Listing[T]]:
        """A first listing's pages as they come; when it fails, the older list again with a note."""
        fill, first = self._filled(), True
        async for page in fill.arriving():
            yield Listing(page, first=first)
            first = False
        try:
            fill.result()
        except RollcallError as error:
            if instead_of is None:
                raise
            for piece in _pieces(instead_of, current=False):
                yield piece
            yield Listing((), as_of=instead_of.as_of, note=error.sentence)
            return
        if fill.known.revised:
            for piece in _pieces(fill.known, current=True):
                yield piece
        yield Listing((), first=first, current=True, note=fill.note)

    def _filled(self) -> "Arrival[T]":
        if self._fill is None:
            self._fill = Arrival(self._kind)
            self._fill.run(self._run_fill(self._fill))
        return self._fill

    async def _read_into(self, fill: Arrival[T], request: Request) -> None:
        async for raw in self._graph.raw_pages(request, prefer_max=_PAGE):
            fill.pages.append(fill.known.first(raw))
            fill.tell()

    async def _run_fill(self, fill: Arrival[T]) -> bool:
        known = fill.known
        try:
            try:
                await self._read_into(fill, self._request())
            except (NotFound, Rejected, ServiceDown) as error:
                if fill.pages or (isinstance(error, ServiceDown) and error.status != NOT_OFFERED):
                    raise
                # a service without delta queries still has the plain list; each refresh then reads it whole
                await self._read_into(fill, self._whole())
            known.as_of = self._clock.now()
            fill.note = _joined(known.complaint(), await self._kept(known))
            self._known = known
            self._counted(len(known.objects))
            return True
        finally:
            self._fill = None


def _pieces(known: Known[T], *, current: bool) -> Iterable[Listing[T]]:
    objects, as_of = list(known.objects.values()), None if current else known.as_of
    for start in range(0, max(len(objects), 1), _SLICE):
        yield Listing(objects[start : start + _SLICE], first=start == 0, as_of=as_of, current=current)


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
