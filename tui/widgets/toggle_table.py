"""The table of every toggle tab: rows with switches that are staged from the keyboard.

It does not own what is staged. It posts what the operator wants, and draws what `stage`, `unstage` and
`set_staged` say; a cell shows its staged value if it has one, else the value that was loaded.
"""

from collections.abc import Callable, Hashable, Iterable, Mapping, Sequence
from typing import ClassVar, Unpack

from textual.binding import Binding, BindingType

from services.columns import Column
from services.tabs.tab import NOT_KNOWN, Row, Toggle
from tui.widgets.cell_text import width_of
from tui.widgets.line_rows import TableOptions
from tui.widgets.line_table import LineTable
from tui.widgets.line_view import Piece
from tui.widgets.row_list import Flags, SortKey
from tui.widgets.row_marks import any_on, mark_of, on
from tui.widgets.staged_cells import StagedCells
from tui.widgets.table_messages import (
    BeforeAfterRequested,
    Locked,
    ModeChanged,
    ToggleAllRequested,
    Toggled,
    UndoAllRequested,
    UndoRequested,
)

CHANGED = "line-table--changed"
LOCKED = "line-table--locked"
MODES = ("all", "members", "changed")
_CELL = 5
"""`[x]`, a blank and the mark."""
_WIDEST_TITLE = 12


class ToggleTable(LineTable[Row]):
    """Rows of switches. Locked and unknown cells are never toggled; they post `Locked` with the reason."""

    Toggled = Toggled
    ToggleAllRequested = ToggleAllRequested
    Locked = Locked
    UndoRequested = UndoRequested
    UndoAllRequested = UndoAllRequested
    BeforeAfterRequested = BeforeAfterRequested
    ModeChanged = ModeChanged

    COMPONENT_CLASSES: ClassVar[set[str]] = {CHANGED, LOCKED}
    DEFAULT_CSS = """
    ToggleTable {
        & > .line-table--changed { color: $warning; text-style: bold; }
        & > .line-table--locked { text-style: dim; }
    }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space", "switch", "Toggle", id="table.switch"),
        Binding("a", "toggle_all", "Toggle all shown", id="table.toggle-all"),
        Binding("m", "mode", "Members, changed, all", id="table.mode"),
        Binding("u", "undo", "Undo", id="table.undo"),
        Binding("U", "undo_all", "Undo the tab", id="table.undo-all", show=False),
        Binding("n", "changed(1)", "Next change", id="table.next-change", show=False),
        Binding("N", "changed(-1)", "Previous change", id="table.previous-change", show=False),
        Binding(
            "tilde", "before_after", "Before/after", id="table.before-after", key_display="~", show=False
        ),
        Binding("left,h", "cell(-1)", "Previous switch", id="table.left", show=False),
        Binding("right,l", "cell(1)", "Next switch", id="table.right", show=False),
    ]

    def __init__(
        self,
        columns: Sequence[Column],
        toggles: Sequence[Toggle],
        *,
        readonly: str = "",
        **options: Unpack[TableOptions],
    ) -> None:
        """`readonly` is the reason why no cell may be toggled at all ("" when they may)."""
        super().__init__(columns, **options)
        self.toggles = tuple(toggles)
        self.readonly = readonly
        self._staged = StagedCells()
        self._toggle = 0
        self._mode = MODES[0]

    # Counts and state.

    def on_count(self, toggle: int) -> int:
        """Rows in which this switch is on, staged values counted, values that are not known not."""
        marks, bit = self._rows.marks, 1 << toggle
        count = on(marks, toggle).count(1)
        for key, index in self._rows.indexes(self._staged.rows()).items():
            value = self._staged.of(key).get(toggle)
            if value is not None:
                count += self._counts(key, toggle, value) - bool(marks[index] & bit)
        return count

    def _counts(self, key: str, toggle: int, value: bool) -> bool:
        """Whether a cell with this staged value is one that is on."""
        return value

    @property
    def changed_count(self) -> int:
        """Staged cells, also of rows that are not here."""
        return len(self._staged)

    @property
    def hidden_changes(self) -> int:
        """Staged cells that are not shown."""
        shown = self._rows.shown(self._staged.rows())
        return sum(len(self._staged.of(key)) for key in self._staged.rows() if key not in shown)

    @property
    def mode(self) -> str:
        """Which rows are shown: one of `MODES`."""
        return self._mode

    @property
    def cursor_toggle(self) -> int:
        """The number of the switch under the cursor."""
        return self._toggle

    def value(self, row: Row, toggle: int) -> bool | None:
        """What the cell shows: the staged value, else the loaded one."""
        return self._staged.of(row.key).get(toggle, row.on[toggle])

    def is_staged(self, key: str, toggle: int) -> bool:
        """Whether the cell holds a staged change."""
        return toggle in self._staged.of(key)

    # What the screen tells.

    def set_staged(self, staged: Mapping[str, Mapping[int, bool]]) -> None:
        """These are all staged cells now: key -> {toggle: value}."""
        cells = self._staged.replace(staged)
        # a mode that shows what is staged must not go on hiding what was found to be staged only now
        if self._mode != MODES[0]:
            known = self._rows.indexes({key for key, _ in cells if key in self._staged})
            if len(self._rows.shown(known)) < len(known):
                self.set_filter(self.filter_text)
        self._draw_cells(cells)

    def stage(self, cells: Iterable[tuple[str, int, bool]]) -> None:
        """These (key, toggle, value) cells are staged now."""
        self._draw_cells(self._staged.add(cells))

    def unstage(self, cells: Iterable[tuple[str, int]]) -> None:
        """These (key, toggle) cells are staged no more."""
        self._draw_cells(self._staged.remove(cells))

    def _draw_cells(self, cells: Sequence[tuple[str, int]]) -> None:
        """Only the switches that changed, and only those in the window."""
        wanted = set(cells)
        for place in range(self._top, min(self._top + self._body(), self._count())):
            key = self._row(place).key
            for part in self._places.leads:
                if (key, part.number) in wanted:
                    self._draw_part(place, part)
        if self._filter.open:
            self._draw_last()

    # Drawing.

    def _lead_widths(self) -> list[int]:
        return [max(_CELL, min(width_of(t.title) + 1, _WIDEST_TITLE)) for t in self.toggles]

    def _lead_titles(self) -> list[str]:
        return [t.title for t in self.toggles]

    def _line_state(self, place: int) -> Hashable:
        row = self._row(place)
        toggle = self._toggle if place == self._cursor else -1
        return self._rows.view[place], toggle, tuple(self._staged.of(row.key).items())

    def _lead_pieces(self, place: int, bar: tuple[str, ...]) -> list[Piece]:
        row = self._row(place)
        pieces: list[Piece] = []
        for part in self._places.leads:
            number = part.number
            staged = self.is_staged(row.key, number)
            locked = bool(self._lock(row, number))
            mark = self._marks.changed if staged else self._marks.lock if locked else " "
            look: tuple[str, ...] = (CHANGED,) if staged else (LOCKED,) if locked else ()
            if place != self._cursor or number == self._toggle:
                look += bar
            text = f"[{self._switch(row, number)}] {mark}"
            pieces.append((text, look))
            gap = bar if place != self._cursor or len(self.toggles) == 1 else ()
            pieces.append((" " * (part.width - _CELL + 1), gap))
        return pieces

    def _switch(self, row: Row, number: int) -> str:
        value = self.value(row, number)
        if value is None:
            return self._marks.unknown
        return self._marks.on if value else self._marks.off

    # What the operator does.

    def action_switch(self) -> None:
        """Flips the cell, or sets the whole range to one value."""
        if not self._count():
            return
        span = self._span()
        cells = self._flipped(span)
        if cells:
            self.post_message(Toggled(self, cells))
        elif reason := self._lock(self._row(span.start), self._toggle):
            self.post_message(Locked(self, self.cursor_key, self._toggle, reason))
        if self._anchor is not None:
            self._end_range()

    def action_toggle_all(self) -> None:
        """Asks the screen to set all that the filter shows to one value."""
        cells = self._flipped(range(self._count()))
        if cells:
            self.post_message(ToggleAllRequested(self, cells))

    def _flipped(self, places: range) -> list[tuple[str, int, bool]]:
        """All on, unless all are on already: then all off. What is locked or not known is left alone."""
        toggle = self._toggle
        indexes = self._rows.view[places.start : places.stop]
        # of a hundred thousand rows only this is held at once
        free = {
            index: (row.key, self.value(row, toggle))
            for index, row in self._rows.items.each(indexes)
            if not self._lock(row, toggle)
        }
        target = not all(value for _, value in free.values())
        found = (free[index] for index in indexes if index in free)
        return [(key, toggle, target) for key, value in found if value is not target]

    def _lock(self, row: Row, toggle: int) -> str:
        if self.readonly:
            return self.readonly
        return row.lock(toggle) or (NOT_KNOWN if self.value(row, toggle) is None else "")

    def action_undo(self) -> None:
        """Takes back the cell, or every staged cell of the range."""
        keys = [row.key for row in self._rows_at(self._span())] if self._count() else []
        if self._anchor is None:
            cells = [(key, self._toggle) for key in keys if self.is_staged(key, self._toggle)]
        else:
            cells = [(key, toggle) for key in keys for toggle in self._staged.of(key)]
            self._end_range()
        if cells:
            self.post_message(UndoRequested(self, cells))

    def action_undo_all(self) -> None:
        """Takes back the whole tab, also what the filter hides."""
        if self._staged:
            self.post_message(UndoAllRequested(self))

    def action_before_after(self) -> None:
        """Shows what the cell was and will be."""
        if self.cursor_key:
            self.post_message(BeforeAfterRequested(self, self.cursor_key, self._toggle))

    def action_changed(self, step: int) -> None:
        """Goes to the next or previous shown row with a change, round the end."""
        places = self._rows.places(self._staged.rows())
        if not places:
            return
        beyond = [place for place in places[::step] if (place - self._cursor) * step > 0]
        self._go(beyond[0] if beyond else places[::step][0])

    def action_cell(self, step: int) -> None:
        """The next switch of the row."""
        toggle = max(0, min(self._toggle + step, len(self.toggles) - 1))
        if toggle != self._toggle:
            self._toggle = toggle
            self._draw_rows(self._cursor, self._cursor)

    def action_mode(self) -> None:
        """All rows, members only, changed only."""
        self.set_mode(MODES[(MODES.index(self._mode) + 1) % len(MODES)])

    def set_mode(self, mode: str) -> None:
        """Shows all rows, those with a switch on (loaded or staged), or those with a staged change."""
        self._mode = mode
        self.post_message(ModeChanged(self, mode))
        self.set_filter(self.filter_text)

    def _marking(self) -> Callable[[Row], int]:
        """Bit n: the switch n is on."""
        return lambda row: mark_of(row.on)

    def _choice(self) -> Callable[[], Flags] | None:
        return None if self._mode == MODES[0] else self._chosen

    def _chosen(self) -> Flags:
        """Which rows have a staged change or, with "members", a switch that is on."""
        marks = self._rows.marks
        chosen = any_on(marks) if self._mode == "members" else bytearray(len(marks))
        for index in self._rows.indexes(self._staged.rows()).values():
            chosen[index] = 1
        return chosen

    def _sort_key(self, lead: bool, number: int) -> Callable[[Row], SortKey]:
        if not lead:
            return super()._sort_key(lead, number)
        order = {True: "0", False: "1", None: "2"}
        return lambda row: order[self.value(row, number)]

    def _hit(self, place: int, x: int, clicks: int) -> None:
        for part in self._places.leads:
            if part.x <= x < part.x + _CELL:
                self.action_cell(part.number - self._toggle)
                self.action_switch()
                return
        super()._hit(place, x, clicks)
