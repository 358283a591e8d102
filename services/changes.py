"""Changes: what the pages of a delta query bring, applied to the chunks they touch once all have come."""

from collections.abc import Mapping, Sequence
from typing import Generic, TypeVar

import msgspec

from services.chunks import Packing, chunk_of
from services.directory_kinds import HEAD, Head, Identified, Kind, Reading

T = TypeVar("T", bound=Identified)


class Changes(Generic[T]):
    """The changes of one delta query. `link` asks for those after them."""

    def __init__(self, kind: Kind[T], link: str) -> None:
        self.kind = kind
        self.link = link
        self.unreadable = 0
        self.grown = 0
        """By how many objects the list grew as the changes were applied."""
        self._packing = Packing(kind)
        self._reading = Reading(kind)
        self._pieces: dict[int, list[tuple[Head, bytes]]] = {}

    def take(self, raw: bytes) -> None:
        """Takes in one page. Raises `BadAnswer`."""
        page = self._reading.page(raw)
        self.link = page.delta or self.link
        for piece in page.value:
            try:
                head = HEAD.decode(piece)
            except msgspec.ValidationError:
                self.unreadable += 1
                continue
            # a copy: the piece is a part of its page, and would keep all of it in memory
            self._pieces.setdefault(chunk_of(head.id), []).append((head, bytes(piece)))

    @property
    def touched(self) -> Sequence[int]:
        """The numbers of the chunks that have to be changed."""
        return sorted(self._pieces)

    def applied(self, chunks: Mapping[int, bytes]) -> dict[int, bytes]:
        """These chunks as they have to be now. Raises `Foreign`."""
        return {number: self._changed(number, chunk) for number, chunk in chunks.items()}

    def _changed(self, number: int, chunk: bytes) -> bytes:
        objects = {item.id: item for item in self._packing.items(chunk)}
        before = len(objects)
        for head, piece in self._pieces[number]:
            if head.removed is not None:
                objects.pop(head.id, None)
                continue
            try:
                objects[head.id] = self._merged(objects.get(head.id), piece)
            except msgspec.ValidationError:
                self.unreadable += 1
        self.grown += len(objects) - before
        return self._packing.chunk(objects.values())

    def _merged(self, before: T | None, piece: bytes) -> T:
        """A change names only what it changes, null where it clears."""
        merged = {**(msgspec.to_builtins(before) if before else {}), **msgspec.json.decode(piece)}
        return msgspec.convert(merged, self.kind.type)
