"""The rows behind a table: which there are, in what order, and which of them the filter shows.

Knows nothing of the screen, so that every rule about order and filtering can be tried without one. Rows
are named by their index in `items`; `view` lists the indexes shown, in the order shown.
"""

from array import array
from bisect import bisect_right
from collections.abc import Callable, Iterable, Sequence
from typing import Generic, Protocol, TypeAlias, TypeVar

from services.matching import holds, in_ids, searched, with_ids, words_of


class Keyed(Protocol):
    """What every kind of row has."""

    @property
    def key(self) -> str:
        """Names the row."""
        ...

    @property
    def cells(self) -> tuple[str, ...]:
        """Its texts, in the order of the columns."""
        ...


T = TypeVar("T", bound=Keyed)
SortKey: TypeAlias = str | int


class RowList(Generic[T]):
    """Rows with an order and a filter. Sorting is stable: what ties keeps the order it had."""

    def __init__(self) -> None:
        self.items: list[T] = []
        self.view: Sequence[int] = range(0)
        self.text = ""
        self._order: Sequence[int] = range(0)
        self._position: dict[str, int] = {}
        self._haystack: list[str] = []
        self._with_ids = False
        self._accept: Callable[[T], bool] | None = None
        self._sort: Callable[[T], SortKey] | None = None
        self._backwards = False
        self._sort_keys: list[SortKey] = []
        self._stale = False
        """A row has another sort key than when it was put in its place."""
        self._in_view: frozenset[int] | None = None

    def replace(self, rows: Iterable[T]) -> None:
        """These are all rows now. A key that comes twice names the later row."""
        self.items = list(rows)
        self._position = {row.key: i for i, row in enumerate(self.items)}
        if len(self._position) != len(self.items):
            self.items = [self.items[i] for i in sorted(self._position.values())]
            self._position = {row.key: i for i, row in enumerate(self.items)}
        self._haystack = []
        self._order = range(len(self.items))
        self._sort_keys = []
        self._arrange()
        self._select(self._order)

    def extend(self, rows: Iterable[T]) -> None:
        """Further rows; one whose key is known already takes the place of the old one."""
        known = []
        first = len(self.items)
        for row in rows:
            index = self._position.setdefault(row.key, len(self.items))
            if index == len(self.items):
                self.items.append(row)
            else:
                known.append(row)
        self.update(known)
        if self._sort is None or self._stale or self._backwards or not first:
            self._append(first)
            self._arrange()
        elif first < len(self.items):
            self._merge(first)
        self._select(self._order)

    def update(self, rows: Iterable[T]) -> list[int]:
        """Puts rows in the place of those with the same key; unknown ones are left out. Returns indexes.

        Order and filter stay as they are, so that nothing moves under the operator's hand.
        """
        indexes = []
        for row in rows:
            index = self._position.get(row.key)
            if index is None:
                continue
            self.items[index] = row
            if index < len(self._haystack):
                self._haystack[index] = searched(row.cells)
                self._with_ids = self._with_ids or with_ids(self._haystack[index])
            if self._sort is not None and index < len(self._sort_keys):
                before, self._sort_keys[index] = self._sort_keys[index], self._sort(row)
                self._stale = self._stale or before != self._sort_keys[index]
            indexes.append(index)
        return indexes

    def index(self, key: str) -> int | None:
        """Where the row with this key stands in `items`."""
        return self._position.get(key)

    def get(self, key: str) -> T | None:
        """The row with this key."""
        index = self._position.get(key)
        return None if index is None else self.items[index]

    def place(self, key: str) -> int | None:
        """Where the row with this key stands in `view`; None when it is not shown."""
        index = self._position.get(key)
        if index is None:
            return None
        try:
            return self.view.index(index)
        except ValueError:
            return None

    def places(self, keys: Iterable[str]) -> list[int]:
        """Where in `view` the shown ones of these rows stand, in order."""
        indexes = {index for key in keys if (index := self._position.get(key)) is not None}
        if isinstance(self.view, range):
            return sorted(indexes)
        return [place for place, index in enumerate(self.view) if index in indexes]

    def shows(self, key: str) -> bool:
        """Whether the view holds this row."""
        index = self._position.get(key)
        if index is None:
            return False
        if isinstance(self.view, range):
            return index in self.view
        if self._in_view is None:
            self._in_view = frozenset(self.view)
        return index in self._in_view

    def filter(self, text: str, accept: Callable[[T], bool] | None) -> None:
        """Shows the rows that hold every word of the text and that `accept` accepts (None: any)."""
        narrower = text.startswith(self.text) and accept is None and self._accept is None
        # a word that grew long enough to mean an id is looked for in more than before
        narrower = narrower and sum(map(in_ids, words_of(text))) == sum(map(in_ids, words_of(self.text)))
        self.text, self._accept = text, accept
        self._select(self.view if narrower else self._order)

    def sort(self, key: Callable[[T], SortKey] | None, backwards: bool = False) -> None:
        """Orders the rows by `key`, on top of the order they have; None goes back to the order of arrival."""
        self._sort, self._backwards = key, backwards
        self._sort_keys = []
        if key is None:
            self._order = range(len(self.items))
        self._arrange()
        self._select(self._order)

    def prepare(self, at_most: int | None = None) -> bool:
        """Builds what the filter searches, ahead of the first key; for so many rows. Returns whether all is built."""
        start = len(self._haystack)
        more = [
            searched(row.cells) for row in self.items[start : None if at_most is None else start + at_most]
        ]
        self._haystack += more
        self._with_ids = self._with_ids or any(map(with_ids, more))
        return len(self._haystack) == len(self.items)

    def _append(self, first: int) -> None:
        if isinstance(self._order, range):
            self._order = range(len(self.items))
        else:
            self._order = _packed([*self._order, *range(first, len(self.items))])

    def _merge(self, first: int) -> None:
        """Puts the rows from `first` on among those that are in order: a page costs little beside all rows.

        The outcome is that of `_arrange`: a row that ties comes behind those that were there before.
        """
        self._take_keys()
        key = self._sort_keys.__getitem__
        new = sorted(range(first, len(self.items)), key=key)
        old, start = _packed(self._order), 0
        merged = _packed(())
        for index, place in zip(new, _places(old, new, key), strict=True):
            merged += old[start:place]
            merged.append(index)
            start = place
        merged += old[start:]
        self._order = merged

    def _take_keys(self) -> None:
        assert self._sort is not None  # noqa: S101 - both callers have looked
        self._sort_keys.extend(map(self._sort, self.items[len(self._sort_keys) :]))

    def _arrange(self) -> None:
        self._stale = False
        if self._sort is None:
            return
        self._take_keys()
        self._order = _packed(sorted(self._order, key=self._sort_keys.__getitem__, reverse=self._backwards))

    def _select(self, candidates: Sequence[int]) -> None:
        self._in_view = None
        words = words_of(self.text)
        if words:
            self.prepare()
        hay = self._haystack
        for word in sorted(words, key=len, reverse=True):
            # no call for every row: among 100,000 that would cost more than the search
            candidates = [i for i in candidates if word in hay[i]]
            if self._with_ids and not in_ids(word):
                candidates = [i for i in candidates if holds(hay[i], word)]
        if self._accept is not None:
            accept, items = self._accept, self.items
            candidates = [i for i in candidates if accept(items[i])]
        self.view = candidates


def _packed(indexes: Sequence[int]) -> "array[int]":
    """Indexes side by side: long stretches of them are copied without a look at each."""
    return indexes if isinstance(indexes, array) else array("I", indexes)


def _places(old: Sequence[int], new: Sequence[int], key: Callable[[int], SortKey]) -> list[int]:
    """Before which place of `old` each of `new` belongs, both being in order; the middle one halves the search."""
    places = [0] * len(new)
    parts = [(0, len(new), 0, len(old))]
    while parts:
        first, last, low, high = parts.pop()
        if first < last:
            middle = (first + last) // 2
            place = places[middle] = bisect_right(old, key(new[middle]), low, high, key=key)
            parts += ((first, middle, low, place), (middle + 1, last, place, high))
    return places
