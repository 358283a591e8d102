"""The list that every screen uses: rows in a window, a filter, an order and the keys for them.

What is done with a row is the screen's business: the table posts messages.
"""

from collections.abc import Callable, Sequence
from typing import ClassVar, TypeVar, Unpack

from textual import events
from textual.binding import Binding, BindingType

from services.columns import Column
from services.matching import natural
from services.turns import give_way
from tui.background import start
from tui.widgets.cell_text import end_of, width_of
from tui.widgets.filter_line import FilterLine
from tui.widgets.line_rows import LineRows, TableOptions
from tui.widgets.line_view import CURSOR, Piece
from tui.widgets.row_list import Flags, Keyed, SortKey
from tui.widgets.table_messages import Copied, DetailsRequested, FilterChanged, FilterToggled, Opened

T = TypeVar("T", bound=Keyed)

_PREPARED = 2_048
"""Rows made ready for the filter at once: some milliseconds."""


class LineTable(LineRows[T]):
    """A table of keyed rows with a filter and an order.

    With `open_on_filter`, Enter in the filter opens the highlighted row instead of only closing its line.
    """

    Opened = Opened
    DetailsRequested = DetailsRequested
    FilterChanged = FilterChanged
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
        self, columns: Sequence[Column], *, open_on_filter: bool = False, **options: Unpack[TableOptions]
    ) -> None:
        super().__init__(columns, **options)
        self._filter = FilterLine()
        self._open_on_filter = open_on_filter
        self._sorted_by: tuple[bool, int] | None = None
        self._backwards = False

    @property
    def visible_columns(self) -> tuple[str, ...]:
        """Ids of the text columns that there is room for."""
        return tuple(self.columns[place.number].id for place in self._places.columns)

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
        room = max(1, width - len(count) - 1)
        tail = end_of("/" + self._filter.text, room)
        look = ("line-table--filter",)
        return [
            (tail, look),
            (" ", (*look, CURSOR)),
            (" " * (room - width_of(tail)) + count, ()),
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

    def _hit(self, place: int, x: int, clicks: int) -> None:
        if clicks > 1:
            self.action_open()

    # The filter.

    def action_filter(self) -> None:
        """Opens the line in which the filter is typed."""
        self._filter.open, self._filter.text = True, self.filter_text
        self.post_message(FilterToggled(self, self.filter_hints()))
        self._follow()
        self._draw_all()
        start(self, "prepare", self._prepare)

    async def _prepare(self) -> None:
        """In pieces: built at once for 100,000 rows, it would hold up the first letter that is typed."""
        while self._filter.open and not self._rows.prepare(_PREPARED):
            await give_way()

    def action_clear(self) -> None:
        """Ends the range, else clears the filter."""
        if self._anchor is not None:
            self._end_range()
        else:
            self.set_filter("")

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Esc with nothing to clear, and F3 without a row, belong to the screen."""
        if action == "details":
            return bool(self.cursor_key)
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
            self._rows.filter(text, self._choice())
        if self._filter.open:
            self._cursor = 0
            self._scroll(0)
            self._announce()
        else:
            self._spare()
        self._draw_all()
        self.post_message(FilterChanged(self, text, self.shown, self.hidden_changes))

    def _choice(self) -> Callable[[], Flags] | None:
        """Tells which rows the mode shows; None: any."""
        return None

    async def on_key(self, event: events.Key) -> None:
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
                self.post_message(FilterToggled(self, ()))
            else:
                self._draw_last()
        else:
            return
        event.stop()
        event.prevent_default()

    def filter_hints(self) -> Sequence[tuple[str, str]]:
        """The keys while the filter is typed: every letter is one of its text."""
        return (("Enter", "Open" if self._open_on_filter else "Keep it"), ("Esc", "Clear it"))

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
            self.post_message(FilterToggled(self, ()))
        if clear and self.filter_text:
            self.set_filter("")
        self._spare()

    def _spare(self) -> None:
        if not self.filter_text:
            self.rest()

    def rest(self) -> None:
        """Nobody looks: what the filter searches, as large as the rows, is given back until it is used again."""
        if not self._filter.open:
            self._rows.release()

    def on_hide(self) -> None:
        """Nobody looks."""
        self.rest()
