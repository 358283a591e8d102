"""The tenant's groups and users as lists: cached on disk, filled once, kept up to date by delta queries."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Sequence
from contextlib import aclosing
from datetime import datetime
from typing import Generic, TypeVar

import msgspec

from services.arrival import Arrival, retrieve
from services.changes import Changes
from services.chunks import CHUNKS, Foreign, Packing, at_once, chunk_of
from services.directory_kinds import Identified, Kind
from services.errors import NOT_OFFERED, ForeignHost, NotFound, Rejected, RollcallError, ServiceDown
from services.operation import Request, Service
from services.shelf import Shelf
from services.transport.graph import GraphTransport
from state.cache import Cached, DirectoryCache
from state.clock import Clock

_PAGE = 999
_CHANGED = 8
"""Chunks that are changed at once: what is decoded of them is in memory meanwhile."""

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

    Objects are decoded for who reads them, and not kept: two hundred thousand users would take 130 MB.
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
        self._shelf = Shelf(cache, kind.name)
        self._packing = Packing(kind)
        self._clock = clock
        self._counted = counted
        self._fill: Arrival[T] | None = None
        self._update: asyncio.Task[_Updated] | None = None
        self._changes = 0
        """How often a delta query brought something: who reads an older state is told by it of a newer one."""
        self._expired = False

    async def listing(self, *, max_age: float = 30.0) -> AsyncGenerator[Listing[T], None]:
        """What is known at once, then what is current.

        A list younger than `max_age` seconds counts as current. Raises `RollcallError` when nothing is known
        and the service does not answer; when something is known, the failure comes as a note. Raises
        `StateError` when the cache cannot be read.
        """
        facts, seen = await self._shelf.facts(), self._changes
        young = facts is not None and self._young(facts, max_age)
        try:
            if facts is not None:
                self._counted(facts.count)
                async for piece in self._shelved(facts, current=young):
                    yield piece
        except Foreign:
            # it is only a cache, so it is filled again
            facts = None
        if facts is None:
            async for piece in self._filling():
                yield piece
        elif not young:
            self._expired = False
            async for piece in self._updating(facts, seen):
                yield piece
        elif self._changes != seen:
            async for piece in self._shelved(facts, current=True):
                yield piece

    def expire(self) -> None:
        """Makes the next listing ask the service."""
        self._expired = True

    async def find(self, identifier: str) -> T | None:
        """The object with this id, when the list is known; never asks the service. Raises `StateError`."""
        try:
            found = await self._objects([chunk_of(identifier)])
        except Foreign:
            return None
        return next((item for item in found if item.id == identifier), None)

    async def known(self) -> AsyncIterator[Sequence[T]]:
        """All objects that are known without asking the service, piece by piece. Raises `StateError`."""
        facts = await self._shelf.facts()
        if facts is None:
            return
        try:
            async for piece in self._shelved(facts, current=True):
                yield piece.objects
        except Foreign:
            return

    async def close(self) -> None:
        """Stops what is under way; nothing of it is stored any more."""
        tasks = [task for task in (self._update, self._fill.task if self._fill else None) if task]
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    async def _shelved(self, facts: Cached, *, current: bool) -> AsyncIterator[Listing[T]]:
        """The list as it is stored. Raises `StateError`, and `Foreign` where it is not one of ours."""
        step = at_once(facts.count)
        as_of = None if current else facts.as_of
        for start in range(0, CHUNKS, step):
            objects = await self._objects(range(start, min(start + step, CHUNKS)))
            yield Listing(objects, first=start == 0, as_of=as_of, current=current)

    async def _objects(self, numbers: Sequence[int]) -> list[T]:
        chunks = await self._shelf.chunks(numbers)
        # in a thread, so that the screen answers meanwhile; so does what encodes
        return await asyncio.to_thread(self._packing.items, *chunks)

    def _young(self, facts: Cached, max_age: float) -> bool:
        age = (self._clock.now() - facts.as_of).total_seconds()
        return 0 <= age < max_age and not self._expired

    async def _updating(self, facts: Cached, seen: int) -> AsyncIterator[Listing[T]]:
        """What changed since `seen` changes; another reader's query may have brought it meanwhile."""
        if self._update is None:
            # held by the catalogue itself: a reader that leaves must not stop what others wait for
            self._update = asyncio.create_task(self._run_update(facts))
            self._update.add_done_callback(self._updated)
        found = await asyncio.shield(self._update)
        if found.expired:
            async for piece in self._filling(instead_of=facts):
                yield piece
            return
        if found.failed:
            yield Listing((), as_of=facts.as_of, note=found.note)
            return
        if self._changes != seen:
            async for piece in self._shelved(await self._shelf.facts() or facts, current=True):
                yield piece
        yield Listing((), current=True, note=found.note)

    def _updated(self, task: "asyncio.Task[_Updated]") -> None:
        self._update = None
        retrieve(task)

    async def _run_update(self, facts: Cached) -> _Updated:
        changes = Changes(self._kind, facts.link)
        try:
            # nothing is applied before all pages are in: a delta that broke off is asked for again
            async for raw in self._graph.raw_pages(self._request(), prefer_max=_PAGE, link=facts.link):
                changes.take(raw)
        except (NotFound, Rejected, ForeignHost):
            # the link expired (410), is no longer understood, or leads to where the tenant no longer is
            return _Updated(expired=True)
        except RollcallError as error:
            if error.status == NOT_OFFERED:
                return _Updated(expired=True)
            return _Updated(failed=True, note=error.sentence)
        try:
            chunks = await self._applied(changes)
        except Foreign:
            return _Updated(expired=True)
        newer = Cached(changes.link, self._clock.now(), facts.count + changes.grown)
        kept = await self._shelf.update(chunks, newer)
        self._changes += bool(chunks)
        self._counted(newer.count)
        return _Updated(note=_joined(self._kind.complaint(changes.unreadable), kept))

    async def _applied(self, changes: Changes[T]) -> dict[int, bytes]:
        """The chunks that the changes touch, as they have to be stored. Raises `Foreign` and `StateError`."""
        after: dict[int, bytes] = {}
        numbers = changes.touched
        for start in range(0, len(numbers), _CHANGED):
            some = numbers[start : start + _CHANGED]
            chunks = await self._shelf.chunks(some)
            after |= await asyncio.to_thread(changes.applied, dict(zip(some, chunks, strict=True)))
        return after

    def _whole(self) -> Request:
        path = self._kind.path.removesuffix("/delta")
        return Request(Service.GRAPH, path=path, query=(("$select", self._kind.fields), ("$top", str(_PAGE))))

    def _request(self) -> Request:
        return Request(Service.GRAPH, path=self._kind.path, query=(("$select", self._kind.fields),))

    async def _filling(self, instead_of: Cached | None = None) -> AsyncIterator[Listing[T]]:
        """A first listing's pages as they come; when it fails, the older list again with a note."""
        fill, first = self._filled(), True
        late = fill.complete
        if not late:
            async with aclosing(fill.arriving()) as pages:
                async for page in pages:
                    yield Listing(page, first=first)
                    first = False
        if fill.complete and not late:
            # these were all; that they are sorted and stored is nothing to wait for
            yield Listing((), first=first)
        try:
            await fill.result()
        except RollcallError as error:
            if instead_of is None:
                raise
            async for piece in self._shelved(instead_of, current=False):
                yield piece
            yield Listing((), as_of=instead_of.as_of, note=error.sentence)
            return
        facts = await self._shelf.facts()
        if (late or fill.revised) and facts is not None:
            async for piece in self._shelved(facts, current=True):
                yield piece
        yield Listing((), current=True, note=fill.note)

    def _filled(self) -> "Arrival[T]":
        if self._fill is None:
            self._fill = Arrival(self._kind)
            self._fill.run(self._run_fill(self._fill))
        return self._fill

    async def _read_into(self, fill: Arrival[T], request: Request) -> None:
        async for raw in self._graph.raw_pages(request, prefer_max=_PAGE):
            await fill.take(raw)

    async def _run_fill(self, fill: Arrival[T]) -> None:
        try:
            try:
                await self._read_into(fill, self._request())
            except (NotFound, Rejected, ServiceDown) as error:
                if fill.begun or (isinstance(error, ServiceDown) and error.status != NOT_OFFERED):
                    raise
                # a service without delta queries still has the plain list; each refresh then reads it whole
                await self._read_into(fill, self._whole())
            as_of = self._clock.now()
            filling = await fill.sorted()
            facts = Cached(filling.link, as_of, filling.count)
            kept = await self._shelf.replace(dict(enumerate(await asyncio.to_thread(filling.chunks))), facts)
            fill.note = _joined(self._kind.complaint(filling.unreadable), kept)
            self._counted(facts.count)
        finally:
            self._fill = None


def _joined(*notes: str) -> str:
    return "; ".join(note for note in notes if note)
