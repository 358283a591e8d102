"""The tenant's groups and users as lists: cached on disk, filled once, kept up to date by delta queries."""

import asyncio
import zlib
from collections.abc import AsyncIterator, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Generic, Protocol, TypeVar

import msgspec

from services import group, user
from services.errors import BadAnswer, ForeignHost, NotFound, Rejected, RollcallError
from services.operation import Request, Service
from services.transport.graph import GraphTransport
from state.cache import DirectoryCache
from state.clock import Clock

CHUNKS = 256
"""Into how many stored pieces a kind is divided: a delta of few objects rewrites few of them."""

_PAGE = 999
_SLICE = 2_000
"""Objects handed on at once, so that the screen gets its turn while a large list is built."""


class Identified(Protocol):
    """Anything with an id."""

    @property
    def id(self) -> str: ...


T = TypeVar("T", bound=Identified)


class Kind(msgspec.Struct, Generic[T], frozen=True):
    """One kind of directory object and where it is listed; the transport has cleaned what comes from there."""

    name: str
    path: str
    fields: str
    type: type[T]


GROUPS: Kind[group.Group] = Kind("groups", "/groups/delta", group.FIELDS, group.Group)
USERS: Kind[user.User] = Kind("users", "/users/delta", user.LIST_FIELDS, user.User)


class Listing(msgspec.Struct, Generic[T], frozen=True):
    """A piece of a list. `first`: what came before no longer counts. `as_of` None: it is current."""

    objects: Sequence[T]
    first: bool = False
    as_of: datetime | None = None
    current: bool = False
    note: str = ""


class _Removed(msgspec.Struct):
    reason: str = ""


class _Known(Generic[T]):
    """What memory holds of one kind."""

    def __init__(self) -> None:
        self.objects: dict[str, T] = {}
        self.link = ""
        self.as_of: datetime | None = None
        self.unreadable = 0


class _Fill(Generic[T]):
    """A first listing under way: everyone who waits for it reads the same pages."""

    def __init__(self) -> None:
        self.pages: list[Sequence[T]] = []
        self.ended = False
        self.failure: RollcallError | None = None
        self.news = asyncio.Event()
        self.task: asyncio.Task[None] | None = None

    def tell(self) -> None:
        """Wake everyone who waits for the next page."""
        self.news.set()
        self.news = asyncio.Event()


class Catalogue(Generic[T]):
    """The list of one kind in one tenant. Only this class reads or writes its cache."""

    def __init__(self, kind: Kind[T], graph: GraphTransport, cache: DirectoryCache, clock: Clock) -> None:
        self._kind = kind
        self._graph = graph
        self._cache = cache
        self._clock = clock
        self._known: _Known[T] | None = None
        self._fill: _Fill[T] | None = None
        self._lock = asyncio.Lock()
        self._expired = False
        self._object = msgspec.json.Decoder(kind.type)
        self._page = msgspec.json.Decoder(_Page)
        self._chunk = msgspec.json.Decoder(list[kind.type])  # type: ignore[name-defined]

    async def listing(self, *, max_age: float = 30.0) -> AsyncIterator[Listing[T]]:
        """What is known at once, then what is current.

        A list younger than `max_age` seconds counts as current. Raises `RollcallError` when nothing is known
        and the service does not answer; when something is known, the failure comes as a note.
        """
        known = await self._remembered()
        if known is None:
            async for piece in self._filling():
                yield piece
            return
        age = (self._clock.now() - known.as_of).total_seconds() if known.as_of else max_age
        young = age < max_age and not self._expired
        for piece in _pieces(list(known.objects.values()), None if young else known.as_of, young):
            yield piece
        if not young:
            self._expired = False
            async for piece in self._updated(known):
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

    async def _remembered(self) -> _Known[T] | None:
        async with self._lock:
            if self._known is None:
                cached = await self._cache.load(self._kind.name)
                if cached is not None:
                    known: _Known[T] = _Known()
                    for number, chunk in enumerate(cached.chunks):
                        for item in self._chunk.decode(chunk):
                            known.objects[item.id] = item
                        if number % 16 == 0:
                            await asyncio.sleep(0)
                    known.link, known.as_of = cached.link, cached.as_of
                    self._known = known
        return self._known

    async def _updated(self, known: _Known[T]) -> AsyncIterator[Listing[T]]:
        async with self._lock:
            try:
                changed = await self._delta(known)
            except (ForeignHost, NotFound, Rejected):
                # the delta link expired (410), is no longer understood or names an old host: start over
                self._known = None
                await self._cache.forget(self._kind.name)
                changed = None
            except RollcallError as error:
                yield Listing((), as_of=known.as_of, note=error.sentence)
                return
        if changed is None:
            async for piece in self._filling():
                yield piece
        elif changed:
            for piece in _pieces(list(known.objects.values()), None, True):
                yield piece
        else:
            yield Listing((), current=True)

    async def _delta(self, known: _Known[T]) -> bool:
        touched: set[int] = set()
        link = known.link
        async for raw in self._graph.pages(self._request(), prefer_max=_PAGE, link=known.link):
            page = self._page_of(raw)
            for item in page.value:
                touched.add(self._merge(known, item))
            link = page.delta or link
        known.link, known.as_of = link, self._clock.now()
        await self._cache.update(
            self._kind.name, self._encoded(known, touched), link, len(known.objects), known.as_of
        )
        return bool(touched)

    def _request(self) -> Request:
        return Request(Service.GRAPH, path=self._kind.path, query=(("$select", self._kind.fields),))

    def _merge(self, known: _Known[T], raw: msgspec.Raw) -> int:
        head = _HEAD.decode(raw)
        if head.removed is not None:
            known.objects.pop(head.id, None)
            return bucket(head.id)
        before = known.objects.get(head.id)
        merged = {**(msgspec.to_builtins(before) if before else {}), **msgspec.json.decode(raw)}
        known.objects[head.id] = msgspec.convert(merged, self._kind.type)
        return bucket(head.id)

    def _encoded(self, known: _Known[T], touched: Iterable[int]) -> Mapping[int, bytes]:
        chunks: dict[int, list[T]] = {number: [] for number in touched}
        for item in known.objects.values():
            if (number := bucket(item.id)) in chunks:
                chunks[number].append(item)
        return {number: msgspec.json.encode(items) for number, items in chunks.items()}

    async def _filling(self) -> AsyncIterator[Listing[T]]:
        if self._fill is None:
            self._fill = _Fill()
            # held by the fill itself: a reader that leaves must not stop what others wait for
            self._fill.task = asyncio.create_task(self._run_fill(self._fill))
        fill, seen = self._fill, 0
        while True:
            news = fill.news
            for page in fill.pages[seen:]:
                yield Listing(page, first=seen == 0)
                seen += 1
            if seen < len(fill.pages):
                continue
            if fill.failure is not None:
                raise fill.failure
            if fill.ended:
                yield Listing((), first=seen == 0, current=True, note=self._complaint())
                return
            await news.wait()

    async def _run_fill(self, fill: _Fill[T]) -> None:
        known: _Known[T] = _Known()
        try:
            async for raw in self._graph.pages(self._request(), prefer_max=_PAGE):
                fill.pages.append(self._decoded(raw, known))
                fill.tell()
            known.as_of = self._clock.now()
            chunks = self._encoded(known, range(CHUNKS))
            await self._cache.replace(self._kind.name, chunks, known.link, len(known.objects), known.as_of)
            self._known = known
        except RollcallError as error:
            fill.failure = error
        finally:
            fill.ended = True
            self._fill = None
            fill.tell()

    def _decoded(self, raw: bytes, known: _Known[T]) -> Sequence[T]:
        page = self._page_of(raw)
        known.link = page.delta or known.link
        holds_removed = b"@removed" in raw
        items = []
        for piece in page.value:
            try:
                if holds_removed and _HEAD.decode(piece).removed is not None:
                    continue
                item = self._object.decode(piece)
            except msgspec.ValidationError:
                # one broken object must not hide ten thousand good ones; the note counts it
                known.unreadable += 1
                continue
            if item.id not in known.objects:
                items.append(item)
            known.objects[item.id] = item
        return items

    def _page_of(self, raw: bytes) -> "_Page":
        try:
            return self._page.decode(raw)
        except msgspec.DecodeError:
            raise BadAnswer(
                f"The list of {self._kind.name} that came is not one that Graph publishes; nothing of it was "
                "used. Press F5 to ask again."
            ) from None

    def _complaint(self) -> str:
        known = self._known
        if known is None or not known.unreadable:
            return ""
        return f"{known.unreadable} {self._kind.name} could not be read and are not shown"


class _Head(msgspec.Struct):
    id: str
    removed: _Removed | None = msgspec.field(name="@removed", default=None)


class _Page(msgspec.Struct):
    value: list[msgspec.Raw]
    delta: str = msgspec.field(name="@odata.deltaLink", default="")


_HEAD = msgspec.json.Decoder(_Head)


def bucket(identifier: str) -> int:
    """The stored piece an object belongs to."""
    return zlib.crc32(identifier.encode()) % CHUNKS


def _pieces(objects: Sequence[T], as_of: datetime | None, current: bool) -> Iterable[Listing[T]]:
    for start in range(0, max(len(objects), 1), _SLICE):
        yield Listing(objects[start : start + _SLICE], first=start == 0, as_of=as_of, current=current)
