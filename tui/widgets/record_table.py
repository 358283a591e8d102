"""The table of lists that are read: users, audit entries, processes."""

from collections.abc import Callable, Hashable, Iterable, Sequence
from typing import ClassVar, Unpack

from textual.binding import Binding, BindingType

from services.columns import Column
from services.record import Record
from tui.widgets.line_rows import TableOptions
from tui.widgets.line_table import LineTable
from tui.widgets.table_messages import FilterToggled, Marked, MoreWanted


class RecordTable(LineTable[Record]):
    """Rows to read, open and, with `markable`, mark.

    `row_class` names the component class a record is drawn with ("line-table--dim", "line-table--warning",
    "line-table--error" or ""), and must not be the only sign of what it means.
    """

    Marked = Marked
    MoreWanted = MoreWanted

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("space,insert", "mark", "Mark", id="table.mark"),
        Binding("tab", "mark_found", "Mark while searching", id="table.mark-found", show=False),
    ]

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        markable: bool = False,
        row_class: Callable[[Record], str] | None = None,
        open_on_filter: bool = False,
        **options: Unpack[TableOptions],
    ) -> None:
        super().__init__(columns, open_on_filter=open_on_filter, **options)
        self._markable = markable
        self._row_class = row_class
        self._marked: set[str] = set()
        self._asked_at = -1

    @property
    def marked(self) -> frozenset[str]:
        """The keys of the marked rows, also of those the filter hides."""
        return frozenset(self._marked)

    @property
    def opens(self) -> str:
        """What Enter does, in words."""
        many = len(self._marked)
        return "Open" if not many else "Open the marked one" if many == 1 else f"Open {many:,} together"

    def set_marked(self, keys: Iterable[str]) -> None:
        """These rows are marked now."""
        self._marked = set(keys)
        self._draw_all()
        self.post_message(Marked(self, self.marked))

    def ask_again(self) -> None:
        """The rows that come next are others, so that `MoreWanted` is posted for a number known before."""
        self._asked_at = -1

    def action_mark(self) -> None:
        """Marks or unmarks the row and goes on to the next, or does so for the whole range."""
        if not self._count():
            return
        span = self._span()
        keys = {row.key for row in self._rows_at(span)}
        if keys <= self._marked:
            self._marked -= keys
        else:
            self._marked |= keys
        alone = self._anchor is None
        self._draw_rows(span.start, span.stop - 1)
        self.post_message(Marked(self, self.marked))
        if alone:
            self.action_move(1)
        else:
            self._end_range()

    def action_mark_found(self) -> None:
        """The same while the filter is typed, where a blank is one of its text."""
        self.action_mark()
        self.post_message(FilterToggled(self, self.filter_hints()))

    def filter_hints(self) -> Sequence[tuple[str, str]]:
        """With marks also Tab, as in other finders; Enter is for the marked ones then."""
        (key, words), *rest = super().filter_hints()
        return (
            (key, self.opens if self._marked else words),
            *rest,
            *([("Tab", "Mark")] if self._markable else []),
        )

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Without marks, Space belongs to the screen; Tab is ours only while the filter is typed."""
        if action in ("mark", "range"):
            return self._markable
        if action == "mark_found":
            return self._markable and self._filter.open
        return super().check_action(action, parameters)

    def _is_marked(self, place: int) -> bool:
        return self._row(place).key in self._marked or super()._is_marked(place)

    def _line_classes(self, place: int) -> tuple[str, ...]:
        name = self._row_class(self._row(place)) if self._row_class else ""
        return (name,) if name else ()

    def _line_state(self, place: int) -> Hashable:
        return self._rows.view[place]

    def _announce(self) -> None:
        super()._announce()
        near = max(self._cursor, self._top + self._body()) + self._body() >= self._count()
        if near and self.total != self._asked_at and self.total:
            self._asked_at = self.total
            self.post_message(MoreWanted(self, self.total))
