"""Chunks: the directory objects of one kind, packed in pieces by their ids; a change rewrites few of them."""

import gzip
import zlib
from collections.abc import Iterable
from typing import Generic, TypeVar

import msgspec

from services.directory_kinds import Identified, Kind
from services.errors import RollcallError

CHUNKS = 256
"""Into how many pieces a kind is divided."""

_SLICE = 1_000

_LEVEL = 1
"""Of gzip: three quarters of what is stored goes, and the reader of a long list does not wait for more."""

T = TypeVar("T", bound=Identified)


class Foreign(RollcallError):
    """A chunk is not one of ours: another version's idea of an object, or damaged. The list is asked for again."""


class Packing(Generic[T]):
    """Objects as the bytes of a chunk, lines of JSON under gzip, and back. Joined chunks are a chunk."""

    def __init__(self, kind: Kind[T]) -> None:
        self._decoder = msgspec.json.Decoder(kind.type)
        self._encoder = msgspec.json.Encoder()

    def line(self, item: T) -> bytes:
        """One object as `packed` takes it."""
        return self._encoder.encode(item) + b"\n"

    def chunk(self, items: Iterable[T]) -> bytes:
        """These objects, b"" when there are none."""
        return packed(self._encoder.encode_lines(items))

    def items(self, *chunks: bytes) -> list[T]:
        """The objects of these chunks. Raises `Foreign`."""
        try:
            return [o for chunk in chunks for o in self._decoder.decode_lines(gzip.decompress(chunk))]
        except (msgspec.MsgspecError, OSError, EOFError, zlib.error) as error:
            raise Foreign(
                "What is kept of the directory cannot be read. Press F5 to ask for it again."
            ) from error


def packed(lines: bytes | bytearray) -> bytes:
    """Lines of objects as a chunk."""
    # the time would make equal chunks differ
    return gzip.compress(lines, _LEVEL, mtime=0) if lines else b""


def at_once(count: int) -> int:
    """How many chunks hold a thousand of so many objects: as many are handed on at once, so that the screen gets
    its turn while a large list is built.
    """
    return max(1, CHUNKS * _SLICE // max(count, 1))


def chunk_of(identifier: str) -> int:
    """The number of the chunk that an object belongs to."""
    return zlib.crc32(identifier.encode()) % CHUNKS
