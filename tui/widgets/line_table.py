"""The list that every screen uses: rows, a filter, an order and the keys for them.

What is done with a row is the screen's business: the table posts messages.
"""

from collections.abc import Callable, Hashable, Iterable, Iterator, Sequence
from contextlib import contextmanager
from typing import ClassVar, Generic, TypeVar

from textual import events
from textual.binding import Binding, BindingType
from textual.timer import Timer

from services.tabs.tab import Column
from tui.widgets.cell_text import fit, width_of
from tui.widgets.filter_line import FilterLine
from tui.widgets.line_cursor import LineCursor
from tui.widgets.line_view import CURSOR, Piece
from tui.widgets.row_list import Keyed, RowList, SortKey, natural
from tui.widgets.table_layout import sample, wanted
from tui.widgets.table_messages import Copied, DetailsRequested, FilterChanged, Highlighted, Opened, RowsShown

T = TypeVar("T", bound=Keyed)


class LineTable(LineCursor, Generic[T]):
    """A table of keyed rows.

    `empty` is shown when there are no rows, `no_match` when the filter hides them all. `settle` is how many
    seconds the window must stand still before `RowsShown` names its rows. With `open_on_filter`, Enter in
    the filter opens the highlighted row instead of only closing the filter line.
    """

    Highlighted = Highlighted
    Opened = Opened
    DetailsRequested = DetailsRequested
    FilterChanged = FilterChanged
    RowsShown = RowsShown
    Copied = Copied

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("slash", "filter", "Filter", id="table.filter", key_display="/"),
        Binding("enter", "open", "Open", id="table.open"),
        Binding("f3", "details", "Details", id="table.details"),
        Binding("s", "sort", "Sort", id="table.sort"),
        Binding("S", "flip", "Sort the other way", id="table.flip", show=False),
        Binding("y", "copy(False)", "Copy the name", id="table.copy", show=False),
        Binding("Y", "copy(True)", "Copy the row", id="table.copy-row", show=False),
        Binding("escape", "clear", "Clear", id="table.clear", show=False),
    ]

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        ascii_only: bool = False,
        empty: str = "Nothing here",
        no_match: str = "Nothing matches the filter",
        settle: float = 0.1,
        open_on_filter: bool = False,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(columns, ascii_only=ascii_only, name=name, id=id, classes=classes)
        self.empty = empty
        self.no_match = no_match
        self._loading = ""
        self._rows: RowList[T] = RowList()
        self._filter = FilterLine()
        self._open_on_filter = open_on_filter
        self._sorted_by: tuple[bool, int] | None = None
        self._backwards = False
        self._measured = 0
        self._settle_after = settle
        self._settling: Timer | None = None
        self._last_shown: tuple[str, ...] = ()
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

    def set_rows(self, rows: Iterable[T]) -> None:
        """These are all rows now. The cursor stays on its row, and that row on its line of the window."""
        with self._steady():
            self._rows.replace(rows)
            self._measure()

    def extend(self, rows: Iterable[T]) -> None:
        """Further rows; one whose key is known takes the place of the old one."""
        with self._steady():
            self._rows.extend(rows)
            if self.total >= 4 * self._measured:
                self._measure()

    def update_rows(self, rows: Iterable[T]) -> None:
        """New values for rows that are there; nothing moves."""
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

    def _row(self, place: int) -> T:
        return self._rows.items[self._rows.view[place]]

    # What LineView draws.

    def _count(self) -> int:
        return len(self._rows.view)

    def _line_state(self, place: int) -> Hashable:
        return self._rows.view[place]

    def _cells(self, place: int) -> tuple[str, ...]:
        return self._row(place).cells

    def _note(self) -> str:
        return self.no_match if self.total else self._loading or self.empty

    def _sort_mark(self, lead: bool, number: int) -> str:
        if self._sorted_by != (lead, number):
            return ""
        return self._marks.falling if self._backwards else self._marks.rising

    def _body(self) -> int:
        return max(1, super()._body() - self._filter.open)

    def _bottom_pieces(self, width: int) -> list[Piece] | None:
        if not self._filter.open:
            return None
        hidden = f", {self.hidden_changes} changed hidden" if self.hidden_changes else ""
        count = f" {self.shown:,} of {self.total:,}{hidden}"
        room = max(2, width - len(count))
        text = "/" + self._filter.text
        tail = fit(text[-room:], room - 1, "") if width_of(text) >= room else text
        look = ("line-table--filter",)
        return [
            (tail, look),
            (" ", (*look, "line-table--cursor")),
            (" " * (room - 1 - len(tail)) + count, ()),
        ]

    # What the operator does.

    def action_open(self) -> None:
        """Enter."""
        if self.cursor_key:
            self.post_message(Opened(self, self.cursor_key))

    def action_details(self) -> None:
        """F3."""
        if self.cursor_key:
            self.post_message(DetailsRequested(self, self.cursor_key))

    def action_copy(self, whole_row: bool) -> None:
        """The name, or all cells joined by tabs."""
        row = self.cursor_row
        if row is not None:
            text = "\t".join(row.cells) if whole_row else "".join(row.cells[:1])
            self.post_message(Copied(self, text, whole_row))

    def action_sort(self) -> None:
        """By the next column: text columns, then toggles, then as the rows came."""
        stops: list[tuple[bool, int] | None] = [(False, place.number) for place in self._places.columns]
        stops += [(True, number) for number in range(len(self._lead_widths()))]
        stops.append(None)
        at = stops.index(self._sorted_by) if self._sorted_by in stops else -1
        self.sort(stops[(at + 1) % len(stops)] if self._sorted_by else stops[0])

    def action_flip(self) -> None:
        """The same column the other way round."""
        if self._sorted_by:
            self.sort(self._sorted_by, not self._backwards)

    def sort(self, by: tuple[bool, int] | None, backwards: bool = False) -> None:
        """Sorts by (is a toggle, its number); None goes back to the order in which the rows came."""
        self._sorted_by, self._backwards = by, backwards
        with self._steady():
            self._rows.sort(self._sort_key(*by) if by else None, backwards)
        self._draw_all()

    def _sort_key(self, lead: bool, number: int) -> Callable[[T], SortKey]:
        def text_key(row: T) -> SortKey:
            return natural(row.cells[number]) if number < len(row.cells) else ""

        return text_key

    def _header_hit(self, x: int) -> None:
        parts = [(True, p) for p in self._places.leads] + [(False, p) for p in self._places.columns]
        for lead, part in parts:
            if part.x <= x < part.end:
                by = (lead, part.number)
                self.sort(by, by == self._sorted_by and not self._backwards)

    def _hit(self, place: int, x: int) -> None:
        """A second click opens."""

    def on_click(self, event: events.Click) -> None:
        """A double click opens."""
        if event.chain == 2:
            self.action_open()

    # The filter.

    def action_filter(self) -> None:
        """Opens the line in which the filter is typed."""
        self._filter.open, self._filter.text = True, self.filter_text
        self._follow()
        self._draw_all()

    def action_clear(self) -> None:
        """Ends the range, else clears the filter."""
        if self._anchor is not None:
            self._end_range()
        else:
            self.set_filter("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Esc with nothing to clear belongs to the screen."""
        if action == "clear":
            return self._anchor is not None or bool(self.filter_text)
        return True

    def check_consume_key(self, key: str, character: str | None) -> bool:
        """While the filter is typed, letters are letters and not keys."""
        return self._filter.open and character is not None and character.isprintable()

    def set_filter(self, text: str) -> None:
        """Shows only rows whose cells hold every word of the text, without regard to case."""
        self._filter.text = text
        with self._steady():
            self._rows.filter(text, self._accept())
        if self._filter.open:
            self._cursor = 0
            self._scroll(0)
            self._announce()
        self._draw_all()
        self.post_message(FilterChanged(self, text, self.shown, self.hidden_changes))

    def _accept(self) -> Callable[[T], bool] | None:
        """Which rows the mode shows; None: any."""
        return None

    def on_key(self, event: events.Key) -> None:
        """Typing goes into the filter while it is open; what is not typing moves as ever."""
        if not self._filter.open:
            return
        if event.key in ("enter", "escape"):
            self._close_filter(clear=event.key == "escape")
            if event.key == "enter" and self._open_on_filter:
                self.action_open()
        elif self._filter.edit(event):
            if self._filter.text != self.filter_text:
                self.set_filter(self._filter.text)
            elif not self._filter.open:
                self._draw_all()
            else:
                self._draw_last()
        else:
            return
        event.stop()
        event.prevent_default()

    def on_paste(self, event: events.Paste) -> None:
        """Pasted text is typed text."""
        if self._filter.open:
            event.stop()
            self._filter.paste(event.text)
            self.set_filter(self._filter.text)

    def on_blur(self) -> None:
        """Leaving the table keeps what was typed."""
        self._close_filter()

    def _close_filter(self, clear: bool = False) -> None:
        if self._filter.open:
            self._filter.open = False
            self._draw_all()
        if clear and self.filter_text:
            self.set_filter("")

    # What is told when the window rests.

    def _cursor_moved(self) -> None:
        self._announce()

    def _announce(self) -> None:
        key = self.cursor_key
        if key != self._last_key:
            self._last_key = key
            self.post_message(Highlighted(self, key))
        if self._shown_keys() != self._last_shown and self.is_mounted:
            if self._settling is not None:
                self._settling.stop()
            self._settling = self.set_timer(self._settle_after, self._settled)

    def _shown_keys(self) -> tuple[str, ...]:
        last = min(self._top + 2 * self._body(), self._count())
        return tuple(self._row(place).key for place in range(self._top, last))

    def _settled(self) -> None:
        keys = self._shown_keys()
        if keys != self._last_shown:
            self._last_shown = keys
            self.post_message(RowsShown(self, keys))

    def on_resize(self) -> None:
        """Other widths, another window."""
        self._fit_layout()
        self._scroll(self._top)
        self._follow()
        self._draw_all()
        self._announce()
