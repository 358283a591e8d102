"""How a table is put on the screen: a header, a window of lines, one strip of few segments per line.

It draws on Textual's line API and keeps its own scroll position: no scrollbars and no virtual size, because
each of them costs a layout or a repaint of the whole table for every page that arrives.
"""

from collections.abc import Hashable, Sequence
from typing import ClassVar, TypeAlias

from rich.segment import Segment
from rich.style import Style
from textual.app import RenderResult
from textual.cache import LRUCache
from textual.geometry import Region
from textual.reactive import reactive
from textual.strip import Strip
from textual.widget import Widget

from services.columns import Column
from tui.glyphs import Glyphs, alphabet
from tui.widgets.cell_text import fit
from tui.widgets.column_fit import GAP
from tui.widgets.table_layout import GUTTER, Layout, Place, lay_out

Piece: TypeAlias = tuple[str, tuple[str, ...]]
"""Text, and the component classes it is drawn with, later ones over earlier ones."""
HEADER = 1
CURSOR = "line-table--cursor"
CURSOR_BLURRED = "line-table--cursor-blurred"
MARKED = "line-table--marked"
_STRIPS = 512
_HINT = 4


class LineView(Widget, can_focus=True, inherit_bindings=False):
    """The drawing half of a table; `LineTable` says what the lines are.

    Nothing rests on colour alone: the cursor is a character and reverse video, a marked row a character.
    """

    ALLOW_SELECT = False
    COMPONENT_CLASSES: ClassVar[set[str]] = {
        "line-table--header",
        CURSOR,
        CURSOR_BLURRED,
        MARKED,
        "line-table--dim",
        "line-table--warning",
        "line-table--error",
        "line-table--note",
        "line-table--filter",
    }
    DEFAULT_CSS = """
    LineView {
        width: 1fr;
        height: 1fr;
        overflow: hidden hidden;
        & > .line-table--header { text-style: bold underline; }
        & > .line-table--cursor { text-style: reverse; }
        & > .line-table--cursor-blurred { text-style: bold; }
        & > .line-table--marked { color: $accent; text-style: bold; }
        & > .line-table--dim { text-style: dim; }
        & > .line-table--warning { color: $warning; }
        & > .line-table--error { color: $error; text-style: bold; }
        & > .line-table--note { text-style: dim; }
        & > .line-table--filter { text-style: bold; }
    }
    """

    ascii_only: reactive[bool] = reactive(False)
    """Draw marks that every terminal has."""

    def __init__(
        self,
        columns: Sequence[Column],
        *,
        ascii_only: bool = False,
        name: str | None = None,
        id: str | None = None,  # noqa: A002
        classes: str | None = None,
    ) -> None:
        super().__init__(name=name, id=id, classes=classes)
        self.columns = tuple(columns)
        self.set_reactive(LineView.ascii_only, ascii_only)
        self._marks: Glyphs = alphabet(ascii_only)
        self._layout_cache_key: tuple[int, tuple[int, ...]] | None = None
        self._places: Layout = Layout((), (), 0, 0)
        self._wants: list[int] = [column.least for column in self.columns]
        self._top = 0
        self._cursor = 0
        self._strips: LRUCache[Hashable, Strip] = LRUCache(_STRIPS)
        self._styles_by_class: dict[tuple[str, ...], Style] = {}

    # What the lines are: filled in by LineTable and its kinds.

    def _count(self) -> int:
        raise NotImplementedError

    def _line_state(self, place: int) -> Hashable:
        """Everything that this line's look depends on, beside what `_forget_strips` follows."""
        raise NotImplementedError

    def _cells(self, place: int) -> tuple[str, ...]:
        raise NotImplementedError

    def _line_classes(self, place: int) -> tuple[str, ...]:
        return ()

    def _is_marked(self, place: int) -> bool:
        return False

    def _lead_widths(self) -> list[int]:
        return []

    def _lead_titles(self) -> list[str]:
        return []

    def _lead_pieces(self, place: int, bar: tuple[str, ...]) -> list[Piece]:
        return []

    def _bottom_pieces(self, width: int) -> list[Piece] | None:
        """The line under the rows, when there is one."""
        return None

    def _note(self) -> str:
        """What stands in place of rows when there are none."""
        return ""

    def _sort_mark(self, lead: bool, number: int) -> str:
        return ""

    # Drawing.

    def render(self) -> RenderResult:
        """Never used: lines are drawn one by one."""
        return ""

    def render_line(self, y: int) -> Strip:
        """One line of the table, always exactly as wide as the table."""
        width, height = self.size
        if y == 0:
            return self._strip(self._header_pieces(width), width)
        bottom = self._bottom_pieces(width) if y == height - 1 else None
        if bottom is not None:
            return self._strip(bottom, width)
        place = y - HEADER + self._top
        if place < self._count():
            return self._row_strip(place, width)
        if place == 0 and self._note():
            note = fit("  " + self._note(), width, self._marks.ellipsis, self._marks.broken)
            return self._strip([(note, ("line-table--note",))], width)
        return Strip.blank(width, self._style(()))

    def _row_strip(self, place: int, width: int) -> Strip:
        state = (self._line_state(place), place == self._cursor, self._is_marked(place))
        strip = self._strips.get(state)
        if strip is None:
            strip = self._strips[state] = self._strip(self._row_pieces(place), width)
        return strip

    def _row_pieces(self, place: int) -> list[Piece]:
        bar: tuple[str, ...] = ()
        classes = self._line_classes(place)
        at_cursor, marked = place == self._cursor, self._is_marked(place)
        if marked:
            bar += (MARKED,)
        if at_cursor:
            bar += (CURSOR if self.has_focus else CURSOR_BLURRED,)
        glyphs = (self._marks.cursor if at_cursor else " ") + (self._marks.marked if marked else " ")
        pieces: list[Piece] = [(glyphs, classes + bar), *self._lead_pieces(place, classes + bar)]
        cells = self._cells(place)
        for column in self._places.columns:
            text = cells[column.number] if column.number < len(cells) else ""
            fitted = fit(text, column.width, self._marks.ellipsis, self._marks.broken)
            pieces.append((fitted, classes + bar if column.number == 0 else classes))
            pieces.append((" " * GAP, classes))
        return pieces

    def _header_pieces(self, width: int) -> list[Piece]:
        titles = self._lead_titles()
        text = " " * GUTTER
        for place in self._places.leads:
            title = titles[place.number]
            text += fit(title + self._sort_mark(True, place.number), place.width, self._marks.ellipsis) + " "
        for place in self._places.columns:
            title = self.columns[place.number].title + self._sort_mark(False, place.number)
            text += fit(title, place.width, self._marks.ellipsis) + " " * GAP
        text = fit(text, width, "", "")
        if not text[-_HINT - 1 :].strip():
            text = text[:-_HINT] + self._position_hint().rjust(_HINT)
        return [(text, ("line-table--header",))]

    def _position_hint(self) -> str:
        last = self._last_top()
        if last == 0:
            return ""
        if self._top in (0, last):
            return "Top" if self._top == 0 else "End"
        return f"{self._top * 100 // last}%"

    def _strip(self, pieces: Sequence[Piece], width: int) -> Strip:
        """Joins pieces of one look, so that the terminal gets as few colour changes as there are looks."""
        segments: list[Segment] = []
        text, classes = "", pieces[0][1]
        for more, look in pieces:
            if look == classes:
                text += more
                continue
            segments.append(Segment(text, self._style(classes)))
            text, classes = more, look
        segments.append(Segment(text, self._style(classes)))
        return Strip(segments).adjust_cell_length(width, self._style(()))

    def _style(self, classes: tuple[str, ...]) -> Style:
        style = self._styles_by_class.get(classes)
        if style is None:
            style = self.rich_style
            for name in classes:
                style += self.get_component_rich_style(name, partial=True)
            self._styles_by_class[classes] = style
        return style

    # What has to be drawn again.

    def notify_style_update(self) -> None:
        """Colours changed: nothing drawn before is right any more."""
        super().notify_style_update()
        self._styles_by_class.clear()
        self._strips.clear()

    def watch_ascii_only(self, ascii_only: bool) -> None:
        """Other marks."""
        self._marks = alphabet(ascii_only)
        self._draw_all()

    def _fit_layout(self) -> None:
        width = self.size.width
        self._places = lay_out(self.columns, self._lead_widths(), self._wants, width)
        self._strips.clear()

    def _draw_all(self) -> None:
        self._strips.clear()
        self.refresh(Region(0, 0, *self.size))

    def _draw_rows(self, first: int, last: int) -> None:
        """The bars of these rows; what stands right of a bar never changes with cursor or range."""
        first, last = max(first, self._top), min(last, self._top + self._body() - 1)
        if first <= last:
            y = HEADER + first - self._top
            self.refresh(Region(0, y, self._places.bar, last - first + 1))

    def _draw_part(self, place: int, part: Place) -> None:
        if self._top <= place < self._top + self._body():
            self.refresh(Region(part.x, HEADER + place - self._top, part.width, 1))

    def _draw_last(self) -> None:
        self.refresh(Region(0, max(0, self.size.height - 1), self.size.width, 1))

    def _body(self) -> int:
        """How many rows the window holds."""
        return max(1, self.size.height - HEADER)

    def _last_top(self) -> int:
        return max(0, self._count() - self._body())

    def _scroll(self, top: int) -> bool:
        """Moves the window; everything in it is drawn again. Returns whether it moved."""
        top = max(0, min(top, self._last_top()))
        if top == self._top:
            return False
        self._top = top
        self.refresh(Region(0, 0, *self.size))
        return True
