"""Positions: where each of very many keys stands in a list, in some fifteen bytes a key."""

from collections.abc import Callable, Iterator
from struct import Struct

_ENTRY = Struct("<qI")
"""A key's hash, and where the key stands."""
_entry = _ENTRY.pack
_HASH = 8
"""Bytes of the hash."""
_FULL = 24
"""Entries of a bucket, on average, before there is one bucket more."""


class Positions:
    """Indexes by key. The keys themselves are not kept: `key_at` tells the key at an index.

    What has a key's hash is only taken for it when `key_at` gives that very key, so that two keys with one hash
    are never mixed up. There may be up to 2**32 keys. `hashed` gives 64 bits with a sign, as `hash` does.
    """

    def __init__(self, key_at: Callable[[int], str], hashed: Callable[[str], int] = hash) -> None:
        self._key_at = key_at
        self._hashed = hashed
        self.clear()

    def __len__(self) -> int:
        return _FULL * len(self._buckets) - self._room

    def clear(self) -> None:
        """Forgets every key."""
        self._buckets = [b""]
        self._room = _FULL
        """How many more keys there may be before there is one bucket more."""
        self._mask = 1
        """Chooses the bucket; what would be in one that is not there yet is in the one it will be split off."""

    def setdefault(self, key: str, index: int) -> int:
        """Where the key stands: there from now on, if it is new."""
        hashed = self._hashed(key)
        number = hashed & self._mask
        if number >= len(self._buckets):
            number &= self._mask >> 1
        bucket = self._buckets[number]
        entry = _entry(hashed, index)
        # a find takes half as long as an "in"
        if bucket.find(entry[:_HASH]) >= 0 and (found := self.find(key)) is not None:
            return found
        self._buckets[number] = bucket + entry
        self._room -= 1
        if not self._room:
            self._split()
        return index

    def find(self, key: str) -> int | None:
        """Where the key stands; None where there is no such key."""
        for index in self._candidates(key):
            if self._key_at(index) == key:
                return index
        return None

    def guess(self, key: str) -> int:
        """Where the key stands if it is there: to look for many keys in the order of the list. -1: nowhere.

        `key_at` is not asked, so it may be wrong where two keys have one hash.
        """
        return next(self._candidates(key), -1)

    def _candidates(self, key: str) -> Iterator[int]:
        hashed = self._hashed(key)
        number = hashed & self._mask
        if number >= len(self._buckets):
            number &= self._mask >> 1
        bucket, wanted = self._buckets[number], _entry(hashed, 0)[:_HASH]
        at = bucket.find(wanted)
        while at >= 0:
            # the same bytes may stand across two entries
            if not at % _ENTRY.size:
                yield _ENTRY.unpack_from(bucket, at)[1]
            at = bucket.find(wanted, at + 1)

    def _split(self) -> None:
        """One bucket more, out of one that is there: no key waits while all the others are moved."""
        new, mask = len(self._buckets), self._mask
        old = new & mask >> 1
        parts: tuple[list[bytes], list[bytes]] = ([], [])
        for hashed, index in _ENTRY.iter_unpack(self._buckets[old]):
            parts[hashed & mask == new].append(_entry(hashed, index))
        self._buckets[old] = b"".join(parts[False])
        self._buckets.append(b"".join(parts[True]))
        self._room = _FULL
        if new == mask:
            self._mask = 2 * mask + 1
