"""Filling: the pages of a first listing as they come, packed at once so that a long list stays small."""

from collections.abc import Iterable
from hashlib import blake2b
from typing import Generic, TypeVar

import msgspec

from services.chunks import CHUNKS, Packing, chunk_of, packed
from services.directory_kinds import HEAD, Identified, Kind, read_page

_PACKED = 13
"""Chunks whose new lines are packed after each page."""
TURNS = CHUNKS // _PACKED + 1
"""How often `pack_some` must be called until every chunk has had its turn."""

_NAME = 12
"""Bytes that stand for an id."""

T = TypeVar("T", bound=Identified)


class Filling(Generic[T]):
    """What has come so far. `link` asks for what changes from here on."""

    def __init__(self, kind: Kind[T]) -> None:
        self.kind = kind
        self.link = ""
        self.unreadable = 0
        """Objects that came and are no such objects; one of them must not hide ten thousand good ones."""
        self.revised = False
        """Whether a page took back or changed what an earlier page of the same listing had given."""
        self._packing = Packing(kind)
        self._decoder = msgspec.json.Decoder(kind.type)
        self._packed: list[list[bytes]] = [[] for _ in range(CHUNKS)]
        self._lines = [bytearray() for _ in range(CHUNKS)]
        self._names = [bytearray() for _ in range(CHUNKS)]
        self._turn = 0

    @property
    def count(self) -> int:
        """How many objects there are."""
        return sum(map(len, self._names)) // _NAME

    def take(self, raw: bytes) -> list[T]:
        """Takes in one page and gives the objects that are new. Raises `BadAnswer`."""
        page = read_page(self.kind, raw)
        self.link = page.delta or self.link
        holds_removed = b"@removed" in raw
        fresh = []
        for piece in page.value:
            try:
                if holds_removed and (head := HEAD.decode(piece)).removed is not None:
                    self._remove(head.id)
                    continue
                item = self._decoder.decode(piece)
            except msgspec.ValidationError:
                self.unreadable += 1
                continue
            if self._add(item):
                fresh.append(item)
        self.pack_some()
        return fresh

    def pack_some(self) -> None:
        """Packs the newest lines of a twentieth of the chunks, in turn: all at once would hold up a key."""
        for _ in range(_PACKED):
            self._pack(self._turn)
            self._turn = (self._turn + 1) % CHUNKS

    def chunks(self) -> list[bytes]:
        """All chunks as they are now."""
        for number in range(CHUNKS):
            self._pack(number)
        return [b"".join(parts) for parts in self._packed]

    def _add(self, item: T) -> bool:
        """Whether it came for the first time."""
        number, name = chunk_of(item.id), _name(item.id)
        if self._place(number, name) is None:
            self._names[number] += name
            self._lines[number] += self._packing.line(item)
            return True
        before = self._items(number)
        after = [item if other.id == item.id else other for other in before]
        if before != after:
            self.revised = True
            self._put(number, after)
        return False

    def _remove(self, identifier: str) -> None:
        number = chunk_of(identifier)
        place = self._place(number, _name(identifier))
        if place is not None:
            self.revised = True
            del self._names[number][place : place + _NAME]
            self._put(number, [item for item in self._items(number) if item.id != identifier])

    def _place(self, number: int, name: bytes) -> int | None:
        names, at = self._names[number], -1
        while (at := names.find(name, at + 1)) >= 0:
            if at % _NAME == 0:
                return at
        return None

    def _items(self, number: int) -> list[T]:
        self._pack(number)
        return self._packing.items(*self._packed[number])

    def _put(self, number: int, items: Iterable[T]) -> None:
        self._packed[number] = [self._packing.chunk(items)]

    def _pack(self, number: int) -> None:
        if self._lines[number]:
            self._packed[number].append(packed(self._lines[number]))
            self._lines[number].clear()


def _name(identifier: str) -> bytes:
    """Stands for an id among those that have come: an eighth of its size in memory."""
    return blake2b(identifier.encode(), digest_size=_NAME).digest()
