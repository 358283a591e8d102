"""Merging: where rows that have come belong among those that are in order already."""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence

from tui.widgets.sort_keys import Encoded


def packed(indexes: Iterable[int]) -> "array[int]":
    """Indexes side by side: long stretches of them are copied without a look at each."""
    return indexes if isinstance(indexes, array) else array("I", indexes)


def places_among(old: Sequence[int], new: Sequence[Encoded], key: Callable[[int], Encoded]) -> list[int]:
    """Before which place of `old` each of `new` belongs, both being in order; the middle one halves the search."""
    places = [0] * len(new)
    parts = [(0, len(new), 0, len(old))]
    while parts:
        first, last, low, high = parts.pop()
        if first < last:
            middle = (first + last) // 2
            place = places[middle] = bisect_right(old, new[middle], low, high, key=key)
            parts += ((first, middle, low, place), (middle + 1, last, place, high))
    return places
