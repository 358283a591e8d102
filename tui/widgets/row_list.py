"""The rows behind a table: which there are, in what order, and which of them the filter shows.

Knows nothing of the screen, so that every rule about order and filtering can be tried without one. Rows
are named by their index in `items`; `view` lists the indexes shown, in the order shown. A hundred thousand
rows lie packed: what is asked of all of them is answered from what was noted when they came.
"""

from array import array
from collections.abc import Callable, Collection, Iterable, Sequence
from itertools import compress
from operator import and_
from typing import Generic, Protocol, TypeAlias, TypeVar

from services.matching import in_ids, words_of
from services.positions import Positions
from tui.widgets.haystack import Haystack
from tui.widgets.merging import packed, places_among
from tui.widgets.packed_rows import Celled, PackedRows
from tui.widgets.sort_keys import SortKeys


class Keyed(Celled, Protocol):
    """What every kind of row has."""

    @property
    def key(self) -> str:
        """Names the row."""
        ...


_AT_ONCE = 2_048
"""Rows that are unpacked at once."""

T = TypeVar("T", bound=Keyed)
SortKey: TypeAlias = str
Flags: TypeAlias = bytes | bytearray
"""A byte for each of `items`: 1 or 0."""


class RowList(Generic[T]):
    """Rows with an order and a filter. Sorting is stable: what ties keeps the order it had.

    `mark` gives a number below 256 for a row, which is kept at hand in `marks`. Up to `many` rows are sorted anew
    when further ones come; of more, the keys would take too much memory.
    """

    def __init__(
        self,
        mark: Callable[[T], int] | None = None,
        *,
        hashed: Callable[[str], int] = hash,
        many: int = 65_536,
    ) -> None:
        self._many = many
        self.items: PackedRows[T] = PackedRows()
        self.marks = bytearray()
        self.view: Sequence[int] = range(0)
        self.text = ""
        self._mark = mark
        self._order: range | array[int] = range(0)
        self._positions = Positions(self._key_at, hashed)
        self._found: dict[str, int] = {}
        """Where the rows stand that were asked for, which are few; to look at their keys costs an unpacking."""
        self._new: list[T] = []
        """Rows that are just being taken."""
        self._haystack = Haystack()
        self._choose: Callable[[], Flags] | None = None
        self._shown: Flags | None = None
        """None: every row is shown."""
        self._changed = False
        """A row has other cells than when the filter was applied."""
        self._sort: Callable[[T], SortKey] | None = None
        self._backwards = False
        self._sort_keys = SortKeys()
        self._stale = False
        """A row has another sort key than when it was put in its place."""
        self._coming = False
        """Further rows are expected."""

    def replace(self, rows: Iterable[T], *, more: bool = False) -> None:
        """These are all rows now, or with `more` the first ones. A key that comes twice names the later row."""
        rows = list(rows)
        self._coming = more
        if len({row.key for row in rows}) != len(rows):
            last = {row.key: number for number, row in enumerate(rows)}
            rows = [rows[number] for number in sorted(last.values())]
        self.items.clear()
        self.marks.clear()
        self._positions.clear()
        self._found.clear()
        self._haystack.clear()
        self._sort_keys.clear()
        self._take(rows)
        self._order = range(len(self.items))
        self._arrange()
        self._select()

    def successor(self) -> "RowList[T]":
        """An empty list in the same order, for rows that are to take the place of these."""
        found: RowList[T] = RowList(self._mark)
        found._sort, found._backwards = self._sort, self._backwards
        return found

    def succeed(self, before: "RowList[T]") -> None:
        """Takes on the order and the filter that the list before has by now."""
        if (self._sort, self._backwards) != (before._sort, before._backwards):
            self.sort(before._sort, before._backwards)
        self.filter(before.text, before._choose)

    def extend(self, rows: Iterable[T]) -> None:
        """Further rows; one whose key is known already takes the place of the old one."""
        self.take(rows)
        self.settle()

    def take(self, rows: Iterable[T]) -> bool:
        """The same, but that new ones are not in the view before `settle`: many at once cost less.

        Returns whether a row took the place of another one.
        """
        self._coming = True
        return bool(self.update(self._take(rows)))

    @property
    def unsettled(self) -> int:
        """How many rows the view does not know of yet."""
        return len(self.items) - len(self._order)

    def settle(self) -> None:
        """Puts the rows that were taken in their places."""
        first = len(self._order)
        if self._sort is None or self._stale or self._backwards or not first or len(self.items) <= self._many:
            self._append(first)
        elif self.unsettled:
            self._merge(first)
        self._select()

    def complete(self) -> None:
        """No further rows are expected: what makes room for them quickly is packed."""
        self._coming = False
        self._sort_keys.pack()

    def update(self, rows: Iterable[T]) -> list[int]:
        """Puts rows in the place of those with the same key; unknown ones are left out. Returns indexes.

        Order and filter stay as they are, so that nothing moves under the operator's hand.
        """
        changed = {}
        # in the order of the list: each block of rows is then unpacked once
        for row in sorted(rows, key=lambda row: self._positions.guess(row.key)):
            index = self._positions.find(row.key)
            if index is not None:
                changed[index] = row
        self.items.put(changed)
        self._changed = self._changed or bool(changed)
        for index, row in changed.items():
            if self._mark is not None:
                self.marks[index] = self._mark(row)
            if index < len(self._haystack):
                self._haystack.put(index, row.cells)
            if self._sort is not None and index < len(self._sort_keys):
                self._stale = self._sort_keys.put(index, self._sort(row)) or self._stale
        return list(changed)

    def index(self, key: str) -> int | None:
        """Where the row with this key stands in `items`."""
        index = self._found.get(key)
        if index is None:
            index = self._positions.find(key)
            if index is not None:
                self._found[key] = index
        return index

    def indexes(self, keys: Collection[str]) -> dict[str, int]:
        """Where the rows with these keys stand in `items`, those that there are."""
        # in the order of the list: each block of rows is then unpacked once
        for key in sorted((key for key in keys if key not in self._found), key=self._positions.guess):
            self.index(key)
        return {key: self._found[key] for key in keys if key in self._found}

    def get(self, key: str) -> T | None:
        """The row with this key."""
        index = self.index(key)
        return None if index is None else self.items[index]

    def place(self, key: str) -> int | None:
        """Where the row with this key stands in `view`; None when it is not shown."""
        index = self.index(key)
        if index is None or not self._shows(index):
            return None
        return self.view.index(index)

    def places(self, keys: Collection[str]) -> list[int]:
        """Where in `view` the shown ones of these rows stand, in order."""
        indexes = set(self.indexes(keys).values())
        if isinstance(self.view, range):
            return sorted(index for index in indexes if self._shows(index))
        return [place for place, index in enumerate(self.view) if index in indexes]

    def shows(self, key: str) -> bool:
        """Whether the view holds this row."""
        index = self.index(key)
        return index is not None and self._shows(index)

    def shown(self, keys: Collection[str]) -> set[str]:
        """Those of these rows that the view holds."""
        return {key for key, index in self.indexes(keys).items() if self._shows(index)}

    def filter(self, text: str, choose: Callable[[], Flags] | None) -> None:
        """Shows the rows that hold every word of the text and that `choose` chooses (None: all).

        `choose` is asked again when there are further rows.
        """
        narrower = (
            text.startswith(self.text) and choose is None and self._choose is None and not self._changed
        )
        # a word that grew long enough to mean an id is looked for in more than before
        narrower = narrower and sum(map(in_ids, words_of(text))) == sum(map(in_ids, words_of(self.text)))
        before = words_of(self.text) if narrower else []
        self.text, self._choose = text, choose
        self._select(before)

    def sort(self, key: Callable[[T], SortKey] | None, backwards: bool = False) -> None:
        """Orders the rows by `key`, on top of the order they have; None goes back to the order of arrival."""
        self._sort, self._backwards = key, backwards
        self._sort_keys.clear()
        if key is None:
            self._order = range(len(self.items))
        self._arrange()
        self._select()

    def prepare(self, at_most: int | None = None) -> bool:
        """Builds what the filter searches, ahead of the first key; for so many rows. Returns whether all is built."""
        start = len(self._haystack)
        end = len(self.items) if at_most is None else min(start + at_most, len(self.items))
        for first in range(start, end, _AT_ONCE):
            self._haystack.add(self.items.cells(first, min(first + _AT_ONCE, end)))
        return len(self._haystack) == len(self.items)

    def release(self) -> None:
        """Forgets what the filter searches, until it is needed again."""
        self._haystack.clear()

    def _take(self, rows: Iterable[T]) -> list[T]:
        """Takes the rows whose keys are new. Returns the others."""
        known = []
        first = len(self.items)
        new = self._new
        for row in rows:
            end = first + len(new)
            index = self._positions.setdefault(row.key, end)
            if index == end:
                new.append(row)
            elif index < first:
                known.append(row)
            else:
                new[index - first] = row
        if self._mark is not None:
            self.marks.extend(map(self._mark, new))
        if self._sort is not None and len(self._sort_keys) == first:
            self._sort_keys.extend(map(self._sort, new))
            if first > self._many:
                self._sort_keys.pack()
        self.items.extend(new)
        new.clear()
        return known

    def _key_at(self, index: int) -> str:
        first = len(self.items)
        return self.items[index].key if index < first else self._new[index - first].key

    def _append(self, first: int) -> None:
        """Puts the rows from `first` on behind the others, and all in order: quick, with much in memory meanwhile."""
        if first == len(self.items) and not self._stale:
            return
        if isinstance(self._order, range):
            self._order = range(len(self.items))
        else:
            self._order.extend(range(first, len(self.items)))
        self._arrange()

    def _merge(self, first: int) -> None:
        """Puts the rows from `first` on among those that are in order: the outcome is that of `_append`."""
        key = self._sort_keys.lookup()
        new = sorted(range(first, len(self.items)), key=key)
        old, start = packed(self._order), 0
        merged = packed(())
        for index, place in zip(new, places_among(old, list(map(key, new)), key), strict=True):
            merged += old[start:place]
            merged.append(index)
            start = place
        merged += old[start:]
        self._order = merged

    def _arrange(self) -> None:
        self._stale = False
        if self._sort is None:
            return
        if len(self._sort_keys) < len(self.items):
            self._sort_keys.extend(map(self._sort, self.items))
        # what is in order already costs one comparison a row
        self._order = packed(sorted(self._order, key=self._sort_keys.lookup(), reverse=self._backwards))
        if not self._coming:
            self._sort_keys.pack()

    def _shows(self, index: int) -> bool:
        return index < len(self._order) and (self._shown is None or bool(self._shown[index]))

    def _select(self, before: Sequence[str] = ()) -> None:
        """`before` are words that all rows of the view hold, and only they."""
        words = [word for word in words_of(self.text) if word not in before]
        candidates, shown = (self.view, self._shown) if before else (self._order, None)
        if words:
            self.prepare()
            shown = self._haystack.holding(words, shown)
        if self._choose is not None:
            chosen = self._choose()
            shown = chosen if shown is None else bytes(map(and_, shown, chosen))
        self._shown, self._changed = shown, False
        if shown is None:
            self.view = self._order
        elif words or self._choose is not None:
            self.view = packed(compress(candidates, map(shown.__getitem__, candidates)))
