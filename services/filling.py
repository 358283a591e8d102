"""Filling: the pages of a first listing, sorted into chunks once all are there."""

from collections.abc import Iterable, Iterator
from typing import Generic, TypeVar

from services.chunks import CHUNKS, Packing, chunk_of, packed
from services.directory_kinds import Head, Identified, Kind, Reading
from services.positions import Positions

_SLICE = 250
"""Objects between two halts."""
_PACKED = 13
"""Chunks whose new lines are packed after each page: in memory, a long list stays small."""

T = TypeVar("T", bound=Identified)


class Filling(Generic[T]):
    """What has been sorted so far. `link` asks for what changes from here on."""

    def __init__(self, kind: Kind[T]) -> None:
        self.kind = kind
        self.link = ""
        self.count = 0
        """How many objects there are."""
        self.unreadable = 0
        """Objects that came and are no such objects; one of them must not hide ten thousand good ones."""
        self.revised = False
        """Whether something was taken back or changed that had been given before."""
        self._packing = Packing(kind)
        self._reading = Reading(kind)
        self._packed: list[list[bytes]] = [[] for _ in range(CHUNKS)]
        self._lines = [bytearray() for _ in range(CHUNKS)]
        # which have come is looked up in their chunk; here only which may have
        self._come = Positions(lambda _: "")
        self._turn = 0

    def take(self, raw: bytes) -> Iterator[None]:
        """Takes in one page, with a halt after every few objects: a key must not wait. Raises `BadAnswer`."""
        page = self._reading.page(raw)
        self.link = page.delta or self.link
        for number, piece in enumerate(page.value, 1):
            item = self._reading.piece(piece)
            if item is None:
                self.unreadable += 1
            elif isinstance(item, Head):
                self._remove(item.id)
            else:
                self._add(item)
            if not number % _SLICE:
                yield
        for _ in range(_PACKED):
            self._pack(self._turn)
            self._turn = (self._turn + 1) % CHUNKS
        yield

    def chunks(self) -> list[bytes]:
        """All chunks as they are now."""
        for number in range(CHUNKS):
            self._pack(number)
        return [b"".join(parts) for parts in self._packed]

    def _add(self, item: T) -> None:
        number = chunk_of(item.id)
        before = self._like(number, item.id)
        if not any(other.id == item.id for other in before):
            self._come.setdefault(item.id, number)
            self._lines[number] += self._packing.line(item)
            self.count += 1
        elif item not in before:
            self.revised = True
            self._put(number, [item if other.id == item.id else other for other in before])

    def _remove(self, identifier: str) -> None:
        number = chunk_of(identifier)
        before = self._like(number, identifier)
        after = [item for item in before if item.id != identifier]
        if len(after) < len(before):
            self.revised = True
            self.count -= 1
            self._put(number, after)

    def _like(self, number: int, identifier: str) -> list[T]:
        """The objects of the chunk, when this one may be among them; else nobody has to look."""
        if self._come.guess(identifier) < 0:
            return []
        self._pack(number)
        return self._packing.items(*self._packed[number])

    def _put(self, number: int, items: Iterable[T]) -> None:
        self._packed[number] = [self._packing.chunk(items)]

    def _pack(self, number: int) -> None:
        if self._lines[number]:
            self._packed[number].append(packed(self._lines[number]))
            self._lines[number].clear()
