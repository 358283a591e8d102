"""LineList: a cursor over lines that are drawn on demand, cheap in bytes: a move repaints two lines."""

from typing import ClassVar, Unpack

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Size
from textual.message import Message
from textual.reactive import var
from textual.scroll_view import ScrollView
from textual.strip import Strip

from tui.glyphs import Glyphs, glyphs, in_alphabet
from tui.widgets.looks import LOOKS, Naming, Piece, fit, looks_css, strip


class LineList(ScrollView, can_focus=True):
    """A vertical list. Heirs give the lines through `pieces_at` and say which may hold the cursor.

    Leaving the window jumps half a page, as a jump now and then costs far less than a scroll each time.
    """

    COMPONENT_CLASSES: ClassVar[set[str]] = set(LOOKS)
    DEFAULT_CSS = "LineList { overflow-x: hidden; height: 1fr; }\n" + looks_css("LineList")
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="list.up", show=False),
        Binding("down,j", "move(1)", "Down", id="list.down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="list.page-up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="list.page-down", show=False),
        Binding("home,g", "end(-1)", "First", id="list.first", show=False),
        Binding("end,G", "end(1)", "Last", id="list.last", show=False),
        Binding("enter", "choose", "Choose", id="list.choose", show=False),
    ]

    cursor: var[int] = var(0, init=False)
    """Index of the line with the cursor."""

    class LineChosen(Message):
        """Enter was pressed on a line, or a second click went to it."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index
            """The line's index."""

    class CursorMoved(Message):
        """The cursor is on another line now."""

        def __init__(self, index: int) -> None:
            super().__init__()
            self.index = index
            """The line's index."""

    def __init__(self, **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._count = 0

    @property
    def count(self) -> int:
        """How many lines there are."""
        return self._count

    @property
    def glyphs(self) -> Glyphs:
        """The marks of this app's alphabet."""
        return glyphs(self)

    def pieces_at(self, index: int, width: int) -> list[Piece]:
        """One line, cut or padded to `width` afterwards."""
        return []

    def holds_cursor(self, index: int) -> bool:
        """May the cursor stand on this line?"""
        return True

    def set_count(self, count: int, cursor: int | None = None) -> None:
        """There are `count` lines now; all are drawn again. The cursor goes to `cursor` or stays near."""
        self._count = count
        self.virtual_size = Size(self.scrollable_content_region.width, count)
        wanted = self.cursor if cursor is None else cursor
        self.cursor = self._near(min(max(0, wanted), max(0, count - 1)), 1)
        self.refresh()
        self.call_after_refresh(self._reveal)

    def on_resize(self, event: events.Resize) -> None:
        """Keep the cursor in sight."""
        self.virtual_size = Size(self.scrollable_content_region.width, self._count)
        self._reveal()

    def watch_cursor(self, old: int, new: int) -> None:
        """Repaint the two lines, or jump when the new one is out of sight."""
        self.refresh_line(old)
        self.refresh_line(new)
        self._reveal()
        self.post_message(self.CursorMoved(new))

    def _reveal(self) -> None:
        height = self.scrollable_content_region.height
        top = round(self.scroll_y)
        if not height or top <= self.cursor < top + height:
            if self.cursor <= self._near(0, 1) and top:
                self.scroll_to(y=0, animate=False)
            return
        above = height // 2 if self.cursor < top else height - height // 2 - 1
        self.scroll_to(y=max(0, self.cursor - above) if self.cursor > self._near(0, 1) else 0, animate=False)

    def _near(self, index: int, step: int) -> int:
        """The nearest line that may hold the cursor, looking in the direction of `step` first."""
        for direction in (step, -step):
            at = index
            while 0 <= at < self._count:
                if self.holds_cursor(at):
                    return at
                at += direction
        return 0

    def action_move(self, step: int) -> None:
        """Move the cursor by one line that may hold it."""
        at = self.cursor + step
        while 0 <= at < self._count:
            if self.holds_cursor(at):
                self.cursor = at
                return
            at += step

    def action_page(self, direction: int) -> None:
        """Move the cursor by one page."""
        step = direction * max(1, self.scrollable_content_region.height - 1)
        self.cursor = self._near(min(max(0, self.cursor + step), max(0, self._count - 1)), direction)

    def action_end(self, direction: int) -> None:
        """Move the cursor to the first or last line."""
        self.cursor = self._near(0 if direction < 0 else max(0, self._count - 1), -direction)

    def action_choose(self) -> None:
        """Tell that the line with the cursor was chosen."""
        if self._count:
            self.post_message(self.LineChosen(self.cursor))

    def on_click(self, event: events.Click) -> None:
        """The first click moves the cursor, one on the cursor chooses."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        index = offset.y + round(self.scroll_y)
        if not (0 <= index < self._count and self.holds_cursor(index)):
            return
        if index == self.cursor:
            self.action_choose()
        self.cursor = index

    def on_focus(self) -> None:
        """The cursor looks different in focus."""
        self.refresh_line(self.cursor)

    def on_blur(self) -> None:
        """The cursor looks different out of focus."""
        self.refresh_line(self.cursor)

    @property
    def cursor_look(self) -> str:
        """The look of the line with the cursor."""
        return "cursor" if self.has_focus else "cursor-away"

    def render_line(self, y: int) -> Strip:
        """One line, for the compositor."""
        width = self.scrollable_content_region.width
        index = y + round(self.scroll_y)
        if index >= self._count:
            return Strip.blank(width, self.rich_style)
        used = self.glyphs
        made = [(in_alphabet(text, used), name) for text, name in self.pieces_at(index, width)]
        pieces = fit(made, width, used.ellipsis)
        if index == self.cursor and self.holds_cursor(index):
            pieces = [("".join(text for text, _ in pieces), self.cursor_look)]
        return strip(self, pieces, width)
