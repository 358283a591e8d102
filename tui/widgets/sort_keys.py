"""SortKeys: what the rows of a table are ordered by; packed into one piece of memory once all are there."""

from array import array
from collections.abc import Callable, Iterable
from itertools import accumulate
from typing import TypeAlias

Encoded: TypeAlias = bytes | bytearray
_ENCODING = ("utf-8", "surrogatepass")


class SortKeys:
    """Texts by index, as UTF-8, whose order is that of the texts.

    They are compared most quickly, and take most memory, until they are packed.
    """

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """No keys."""
        self._text = bytearray()
        self._bounds = array("I", (0,))
        """Where each packed key begins, and where the last one ends."""
        self._other: dict[int, bytes] = {}
        """Keys in place of packed ones."""
        self._loose: list[bytes] = []
        """Those behind the packed ones."""

    def __len__(self) -> int:
        return self._packed + len(self._loose)

    def lookup(self) -> Callable[[int], Encoded]:
        """Gives the key of a row by its index, as long as none is put in the place of another or packed."""
        if not self._packed:
            return self._loose.__getitem__
        text, bounds, loose, packed = self._text, self._bounds, self._loose, self._packed
        other = self._other

        def key(index: int) -> Encoded:
            if index >= packed:
                return loose[index - packed]
            found = other.get(index) if other else None
            return text[bounds[index] : bounds[index + 1]] if found is None else found

        return key

    def extend(self, keys: Iterable[str]) -> None:
        """Keys of further rows."""
        self._loose.extend([key.encode(*_ENCODING) for key in keys])

    def put(self, index: int, key: str) -> bool:
        """Another key for a row. Returns whether it is another one."""
        encoded = key.encode(*_ENCODING)
        if self.lookup()(index) == encoded:
            return False
        if index < self._packed:
            self._other[index] = encoded
        else:
            self._loose[index - self._packed] = encoded
        return True

    def pack(self) -> None:
        """Nobody compares them for a while, or they are too many to lie about."""
        if self._loose:
            self._bounds.extend(accumulate(map(len, self._loose), initial=self._bounds.pop()))
            self._text += b"".join(self._loose)
            self._loose = []

    @property
    def _packed(self) -> int:
        return len(self._bounds) - 1
