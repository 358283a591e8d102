"""SortKeys: what the rows of a table are ordered by, all in one piece of memory."""

from array import array
from collections.abc import Callable, Iterable
from typing import TypeAlias

Encoded: TypeAlias = bytes | bytearray


class SortKeys:
    """Texts by index, as UTF-8, whose order is that of the texts."""

    def __init__(self) -> None:
        self.clear()

    def clear(self) -> None:
        """No keys."""
        self._text = bytearray()
        self._bounds = array("I", (0,))
        """Where each key begins, and where the last one ends."""
        self._other: dict[int, bytes] = {}
        """Keys in place of the ones in `_text`."""

    def __len__(self) -> int:
        return len(self._bounds) - 1

    def lookup(self) -> Callable[[int], Encoded]:
        """Gives the key of a row by its index, as long as none is put in the place of another."""
        text, bounds, other = self._text, self._bounds, self._other
        if not other:
            return lambda index: text[bounds[index] : bounds[index + 1]]
        return lambda index: other[index] if index in other else text[bounds[index] : bounds[index + 1]]

    def extend(self, keys: Iterable[str]) -> None:
        """Keys of further rows."""
        text, bounds = self._text, self._bounds
        for key in keys:
            text += key.encode("utf-8", "surrogatepass")
            bounds.append(len(text))

    def put(self, index: int, key: str) -> bool:
        """Another key for a row. Returns whether it is another one."""
        encoded = key.encode("utf-8", "surrogatepass")
        if self.lookup()(index) == encoded:
            return False
        self._other[index] = encoded
        return True
