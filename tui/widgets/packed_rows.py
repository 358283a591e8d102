"""PackedRows: very many rows in a fifth of the memory that they take as objects."""

import zlib
from collections.abc import Iterable, Iterator, Mapping, Sequence
from itertools import islice
from typing import Generic, Protocol, TypeVar, overload

import msgspec


class Celled(Protocol):
    """What a row has, whatever else it holds."""

    @property
    def cells(self) -> tuple[str, ...]:
        """Its texts, in the order of the columns."""
        ...


T = TypeVar("T", bound=Celled)


class _Cells(msgspec.Struct, gc=False):
    """What the filter searches of a row."""

    cells: tuple[str, ...]


_CELLS = msgspec.msgpack.Decoder(list[_Cells])

BLOCK = 64
"""Rows packed together: fewer pack worse, and of more it takes longer to look at one."""
_RECENT = 512
"""Rows that are kept as objects: more than two windows of the largest terminal."""


class PackedRows(Sequence[T], Generic[T]):
    """A list of structs of one kind, packed by the block; the last ones are objects until their block is full.

    A row that is looked at is unpacked for it, and kept for a while. Who looks at many goes through them in
    order (`each`, `at`, iteration, a slice), which unpacks each block once. A row that was packed comes back equal,
    not identical.
    """

    def __init__(self) -> None:
        # mappings that are no dict are packed like one
        self._encode = msgspec.msgpack.Encoder(enc_hook=dict).encode
        self._parts = msgspec.msgpack.Decoder(list[msgspec.Raw])
        self.clear()

    def clear(self) -> None:
        """No rows, of a kind that the next ones will tell."""
        self._blocks: list[bytes] = []
        self._tail: list[T] = []
        self._recent: dict[int, T] = {}
        self._open: tuple[int, Sequence[msgspec.Raw]] = (-1, ())
        """The block that was looked into last."""
        self._row: msgspec.msgpack.Decoder[T] | None = None
        self._rows: msgspec.msgpack.Decoder[list[T]] | None = None

    def __len__(self) -> int:
        return len(self._blocks) * BLOCK + len(self._tail)

    @overload
    def __getitem__(self, index: int) -> T: ...

    @overload
    def __getitem__(self, index: slice) -> list[T]: ...

    def __getitem__(self, index: int | slice) -> T | list[T]:
        if isinstance(index, slice):
            start, stop, step = index.indices(len(self))
            return self._stretch(start, stop) if step == 1 else self.at(range(start, stop, step))
        if index < 0:
            index += len(self)
        if not 0 <= index < len(self):
            raise IndexError(index)
        found = self._recent.get(index)
        if found is None:
            found = self._one(index)
            if index < len(self._blocks) * BLOCK:
                self._keep(index, found)
        return found

    def __iter__(self) -> Iterator[T]:
        for number in range(len(self._blocks)):
            yield from self._block(number)
        yield from self._tail

    def at(self, indexes: Iterable[int]) -> list[T]:
        """The rows at these indexes, in their order; each block is unpacked once."""
        wanted = list(indexes)
        found = dict(self.each(wanted))
        return [found[index] for index in wanted]

    def each(self, indexes: Iterable[int]) -> Iterator[tuple[int, T]]:
        """These indexes in rising order and their rows, one after the other; each block is unpacked once."""
        for index in sorted(set(indexes)):
            yield index, self._one(index)

    def extend(self, rows: Iterable[T]) -> None:
        """Further rows."""
        self._tail.extend(rows)
        full = len(self._tail) - len(self._tail) % BLOCK
        for first in range(0, full, BLOCK):
            self._blocks.append(self._packed(self._tail[first : first + BLOCK]))
        del self._tail[:full]

    def put(self, rows: Mapping[int, T]) -> None:
        """Other rows at these indexes; each block is packed once."""
        blocks: dict[int, list[int]] = {}
        for index in rows:
            self._recent.pop(index, None)
            blocks.setdefault(index // BLOCK, []).append(index)
        for number, indexes in blocks.items():
            packed = number < len(self._blocks)
            block = self._block(number) if packed else self._tail
            for index in indexes:
                block[index % BLOCK] = rows[index]
            if packed:
                self._blocks[number] = self._packed(block)
        self._open = (-1, ())

    def cells(self, start: int, stop: int) -> Iterator[tuple[str, ...]]:
        """The cells of the rows in this stretch, one after the other, without the rest of the rows."""
        for number, part in _parts(start, stop):
            if number < len(self._blocks):
                block: Sequence[Celled] = _CELLS.decode(zlib.decompress(self._blocks[number]))
            else:
                block = self._tail
            for row in block[part]:
                yield row.cells

    def _stretch(self, start: int, stop: int) -> list[T]:
        found: list[T] = []
        for number, part in _parts(start, stop):
            found += (self._block(number) if number < len(self._blocks) else self._tail)[part]
        return found

    def _one(self, index: int) -> T:
        number = index // BLOCK
        if number == len(self._blocks):
            return self._tail[index % BLOCK]
        if number != self._open[0]:
            self._open = number, self._parts.decode(zlib.decompress(self._blocks[number]))
        assert self._row is not None  # noqa: S101 - known since the first block
        return self._row.decode(self._open[1][index % BLOCK])

    def _keep(self, index: int, row: T) -> None:
        if len(self._recent) >= _RECENT:
            for old in list(islice(self._recent, _RECENT // 2)):
                del self._recent[old]
        self._recent[index] = row

    def _block(self, number: int) -> list[T]:
        assert self._rows is not None  # noqa: S101 - known since the first block
        return self._rows.decode(zlib.decompress(self._blocks[number]))

    def _packed(self, rows: list[T]) -> bytes:
        if self._row is None:
            kind = type(rows[0])
            self._row, self._rows = msgspec.msgpack.Decoder(kind), msgspec.msgpack.Decoder(list[kind])  # type: ignore[valid-type]
        return zlib.compress(self._encode(rows), 1)


def _parts(start: int, stop: int) -> Iterator[tuple[int, slice]]:
    """The blocks with these rows, and which of their rows: whole blocks are unpacked faster than rows one by one."""
    for number in range(start // BLOCK, -(-stop // BLOCK)):
        first = number * BLOCK
        yield number, slice(max(0, start - first), stop - first)
