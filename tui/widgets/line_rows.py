"""The rows of a table: given, continued, replaced and renewed while the operator moves among them."""

from collections.abc import Callable, Collection, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import Generic, TypedDict, TypeVar, Unpack

from textual.timer import Timer

from services.columns import Column
from tui.widgets.line_cursor import LineCursor
from tui.widgets.row_list import Keyed, RowList
from tui.widgets.table_layout import sample, wanted
from tui.widgets.table_messages import Highlighted, RowsShown

T = TypeVar("T", bound=Keyed)


_GATHER = 0.25
"""Seconds for which further rows are gathered before they are put in their places."""
_FEW = 2_000
"""Rows with which it is not worth it."""


class TableOptions(TypedDict, total=False):
    """What every table can be given.

    `empty` is shown when there are no rows, `no_match` when the filter hides them all. `settle` is how many
    seconds the window must stand still before `RowsShown` names its rows. The rest is Textual's.
    """

    ascii_only: bool
    empty: str
    no_match: str
    settle: float
    name: str | None
    id: str | None
    classes: str | None


class LineRows(LineCursor, Generic[T]):
    """The part of a table that holds rows. They may come in pages, in any number, at any time."""

    Highlighted = Highlighted
    RowsShown = RowsShown

    def __init__(self, columns: Sequence[Column], **options: Unpack[TableOptions]) -> None:
        super().__init__(
            columns,
            ascii_only=options.get("ascii_only", False),
            name=options.get("name"),
            id=options.get("id"),
            classes=options.get("classes"),
        )
        self.empty = options.get("empty", "Nothing here")
        self.no_match = options.get("no_match", "Nothing matches the filter")
        self._loading = ""
        self._rows: RowList[T] = RowList(self._marking())
        self._coming: RowList[T] | None = None
        """Rows that are to take the place of those that are there."""
        self._gathering: Timer | None = None
        self._measured = 0
        self._settle_after = options.get("settle", 0.1)
        self._settling: Timer | None = None
        self._last_shown: Sequence[int] = ()
        self._last_key = ""

    # Rows.

    @property
    def rows(self) -> Sequence[T]:
        """All rows, in the order they came."""
        return self._rows.items

    @property
    def total(self) -> int:
        """How many rows there are."""
        return len(self._rows.items)

    @property
    def shown(self) -> int:
        """How many rows the filter shows."""
        return len(self._rows.view)

    @property
    def filter_text(self) -> str:
        """What is typed into the filter."""
        return self._rows.text

    @property
    def hidden_changes(self) -> int:
        """How many staged changes the filter hides."""
        return 0

    @property
    def cursor_key(self) -> str:
        """The key of the row under the cursor; "" when there is none."""
        return self._row(self._cursor).key if self._cursor < self._count() else ""

    @property
    def cursor_row(self) -> T | None:
        """The row under the cursor."""
        return self._row(self._cursor) if self._cursor < self._count() else None

    @property
    def loading_note(self) -> str:
        """Stands in the empty table while rows are on their way ("Loading groups")."""
        return self._loading

    @loading_note.setter
    def loading_note(self, note: str) -> None:
        self._loading = note
        if not self._count():
            self._draw_all()

    def row(self, key: str) -> T | None:
        """The row with this key."""
        return self._rows.get(key)

    def known(self, keys: Collection[str]) -> Collection[str]:
        """Those of these keys of which there is a row."""
        return self._rows.indexes(keys).keys()

    def rows_of(self, keys: Collection[str]) -> Iterator[T]:
        """The rows with these keys, those that there are, in the order they came: the way to look at many."""
        for _, row in self._rows.items.each(self._rows.indexes(keys).values()):
            yield row

    def set_rows(self, rows: Iterable[T], *, more: bool = False) -> None:
        """These are all rows now. The cursor stays on its row, and that row on its line of the window.

        With `more`, further ones follow, and `all_here` after the last. The rows that are there stay until as many
        have come: with the first thousand alone the cursor would be on another row, for the next key to change.
        """
        self._coming = None
        if more and self.total:
            self._coming = self._rows.successor()
            self.extend(rows)
            return
        # what was found out about the rows before is not known of these, though their keys are the same
        self._last_shown = ()
        with self._steady():
            self._rows.replace(rows, more=more)
            self._measure()

    def all_here(self) -> None:
        """All rows that follow have come."""
        if self._coming is not None:
            self._change_over()
        elif self._rows.unsettled:
            self._settle_rows()
        self._rows.complete()

    def _change_over(self) -> None:
        """Those that have come take the place of those that are there."""
        coming, self._coming = self._coming, None
        if coming is None:
            return
        self._last_shown = ()
        with self._steady():
            before, self._rows = self._rows, coming
            coming.settle()
            coming.succeed(before)
            self._measure()

    def extend(self, rows: Iterable[T]) -> None:
        """Further rows; one whose key is known takes the place of the old one."""
        if self._coming is not None:
            self._coming.take(rows)
            if len(self._coming.items) >= self.total:
                self._change_over()
            return
        window = self._window()
        if self._rows.take(rows) and window != self._window():
            self._draw_all()
        if self._gathering is None or self.total < _FEW:
            self._settle_rows()
        if self._gathering is None and self.is_mounted:
            self._gathering = self.set_timer(_GATHER, self._gathered)

    def _gathered(self) -> None:
        self._gathering = None
        if self._rows.unsettled:
            self.extend(())

    def _settle_rows(self) -> None:
        with self._steady():
            self._rows.settle()
            if self.total >= 4 * self._measured:
                self._measure()

    def update_rows(self, rows: Iterable[T]) -> None:
        """New values for rows that are there; nothing moves."""
        rows = list(rows)
        if self._coming is not None:
            self._coming.update(rows)
        if self._rows.update(rows):
            self._draw_all()

    def move_to(self, key: str) -> bool:
        """Puts the cursor on the row with this key. Returns False when it is not shown."""
        place = self._rows.place(key)
        if place is not None:
            self._go(place)
        return place is not None

    @contextmanager
    def _steady(self) -> Iterator[None]:
        """Keeps the operator's place while rows come, go or change order."""
        key, line = self.cursor_key, self._cursor - self._top
        window = self._window()
        yield
        place = self._rows.place(key) if key and self._moved else None
        self._cursor = max(0, min(self._cursor if place is None else place, self._count() - 1))
        self._top = max(0, min(self._cursor - line, self._last_top()))
        self._anchor, self._extending = None, False
        if not window or window != self._window():
            self._draw_all()
        self._announce()

    def _window(self) -> list[T]:
        """What is on the screen, compared by identity of rows: a page that lands outside repaints nothing."""
        return [self._row(p) for p in range(self._top, min(self._top + self._body() + 1, self._count()))]

    def _measure(self) -> None:
        self._measured = max(1, self.total)
        self._wants = wanted(self.columns, [row.cells for row in sample(self._rows.items)])
        self._fit_layout()
        self._draw_all()

    def _marking(self) -> Callable[[T], int] | None:
        """Gives a number below 256 for a row, to be at hand without a look at the row."""
        return None

    def _row(self, place: int) -> T:
        return self._rows.items[self._rows.view[place]]

    def _rows_at(self, places: range) -> list[T]:
        """The rows of these lines, for a look at many of them."""
        return self._rows.items.at(self._rows.view[places.start : places.stop])

    # What LineView draws.

    def _count(self) -> int:
        return len(self._rows.view)

    def _line_state(self, place: int) -> Hashable:
        return self._rows.view[place]

    def _cells(self, place: int) -> tuple[str, ...]:
        return self._row(place).cells

    def _note(self) -> str:
        return self.no_match if self.total else self._loading or self.empty

    # What is told when the window rests.

    def _cursor_moved(self) -> None:
        self._announce()

    def _announce(self) -> None:
        key = self.cursor_key
        if key != self._last_key:
            self._last_key = key
            self.post_message(Highlighted(self, key))
        if self.is_mounted and self._near() != self._last_shown:
            self._tell_at_rest()

    def _tell_at_rest(self) -> None:
        if self._settling is not None:
            self._settling.stop()
            self._settling = None
        if self._settle_after > 0:
            self._settling = self.set_timer(self._settle_after, self._settled)
        else:
            self.call_after_refresh(self._settled)

    def _near(self) -> Sequence[int]:
        """The rows of this page and the next, by their place among all: to look at them is left until it rests."""
        return tuple(self._rows.view[self._top : self._top + 2 * self._body()])

    def _settled(self) -> None:
        near = self._near()
        if near != self._last_shown:
            self._last_shown = near
            self.post_message(RowsShown(self, tuple(self._rows.items[index].key for index in near)))

    def on_resize(self) -> None:
        """Other widths, another window."""
        self._fit_layout()
        self._scroll(self._top)
        self._follow()
        self._draw_all()
        self._announce()
