"""Filling: the pages of a first listing as they come, packed at once so that a long list stays small."""

from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from services.chunks import CHUNKS, Packing, chunk_of, packed
from services.directory_kinds import HEAD, Identified, Kind, read_page
from services.positions import Positions

_PACKED = 13
"""Chunks whose new lines are packed after each page."""
TURNS = CHUNKS // _PACKED + 1
"""How often `pack_some` must be called until every chunk has had its turn."""

T = TypeVar("T", bound=Identified)


class Filling(Generic[T]):
    """What has come so far. `link` asks for what changes from here on."""

    def __init__(self, kind: Kind[T]) -> None:
        self.kind = kind
        self.link = ""
        self.count = 0
        """How many objects there are."""
        self.unreadable = 0
        """Objects that came and are no such objects; one of them must not hide ten thousand good ones."""
        self.revised = False
        """Whether a page took back or changed what an earlier page of the same listing had given."""
        self._packing = Packing(kind)
        self._decoder = msgspec.json.Decoder(kind.type)
        self._packed: list[list[bytes]] = [[] for _ in range(CHUNKS)]
        self._lines = [bytearray() for _ in range(CHUNKS)]
        # which have come is looked up in their chunk; here only which may have
        self._come = Positions(lambda _: "")
        self._turn = 0

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
        number = chunk_of(item.id)
        before = self._like(number, item.id)
        after = [item if other.id == item.id else other for other in before]
        if not any(other is item for other in after):
            self._come.setdefault(item.id, number)
            self._lines[number] += self._packing.line(item)
            self.count += 1
            return True
        if before != after:
            self.revised = True
            self._put(number, after)
        return False

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
        return self._items(number) if self._come.guess(identifier) >= 0 else []

    def _items(self, number: int) -> list[T]:
        self._pack(number)
        return self._packing.items(*self._packed[number])

    def _put(self, number: int, items: Iterable[T]) -> None:
        self._packed[number] = [self._packing.chunk(items)]

    def _pack(self, number: int) -> None:
        if self._lines[number]:
            self._packed[number].append(packed(self._lines[number]))
            self._lines[number].clear()
