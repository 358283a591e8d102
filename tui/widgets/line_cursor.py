"""How a table's cursor moves: by rows, pages and the mouse, and how it draws a range behind it."""

from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType

from tui.widgets.line_view import HEADER, LineView

WHEEL = 3


class LineCursor(LineView):
    """The moving part of a table.

    A cursor that leaves the window takes it along by half a page: on a slow line a held key then costs two
    bars a row, and a full repaint only every half page.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up,k", "move(-1)", "Up", id="table.up", show=False),
        Binding("down,j", "move(1)", "Down", id="table.down", show=False),
        Binding("shift+up,K", "move(-1, True)", "Extend up", id="table.extend-up", show=False),
        Binding("shift+down,J", "move(1, True)", "Extend down", id="table.extend-down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="table.page-up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="table.page-down", show=False),
        Binding("home", "go(0)", "First row", id="table.first", show=False),
        Binding("end,G", "go(-1)", "Last row", id="table.last", show=False),
        Binding("g", "first", "First row (gg)", id="table.gg", show=False),
        Binding("v", "range", "Range", id="table.range", show=False),
    ]

    _moved = False
    """The operator has chosen a row; before that, rows may come in above the first."""
    _anchor: int | None = None
    """Where the range began."""
    _extending = False
    """After `v` every move extends."""
    _half_gg = False

    def _cursor_moved(self) -> None:
        """Called after every move."""

    def _hit(self, place: int, x: int, clicks: int) -> None:
        """A click on a row, at this cell; the second of a double click says 2."""

    def _header_hit(self, x: int) -> None:
        """A click on the header, at this cell."""

    def action_move(self, rows: int, extend: bool = False) -> None:
        """Moves by so many rows."""
        self._go(self._cursor + rows, extend)

    def action_page(self, pages: int) -> None:
        """Moves by pages; the window goes along, so that the cursor keeps its line."""
        step = pages * self._body()
        if self._count():
            self._scroll(self._top + step)
            self._go(self._cursor + step)

    def action_go(self, place: int) -> None:
        """Goes to a row by its place; -1 is the last."""
        self._go(place if place >= 0 else self._count() - 1)

    def action_first(self) -> None:
        """The second of two g goes to the first row."""
        if self._half_gg:
            self._go(0)
        self._half_gg = not self._half_gg

    def action_range(self) -> None:
        """Begins a range at the cursor, or ends it."""
        if self._anchor is None and self._count():
            self._anchor, self._extending = self._cursor, True
            self._draw_rows(self._cursor, self._cursor)
        else:
            self._end_range()

    def _span(self) -> range:
        """The places of the range, or of the cursor alone."""
        anchor = self._cursor if self._anchor is None else self._anchor
        return range(min(anchor, self._cursor), max(anchor, self._cursor) + 1)

    def _end_range(self) -> None:
        span = self._span()
        self._anchor, self._extending = None, False
        self._draw_rows(span.start, span.stop - 1)

    def _is_marked(self, place: int) -> bool:
        return self._anchor is not None and place in self._span()

    def _go(self, place: int, extend: bool = False) -> None:
        """Puts the cursor on a row, moves the window if it must, and draws what that changed."""
        if not self._count():
            return
        place = max(0, min(place, self._count() - 1))
        extend = extend or self._extending
        if extend and self._anchor is None:
            self._anchor = self._cursor
        elif not extend and self._anchor is not None:
            self._end_range()
        before, self._cursor, self._moved = self._cursor, place, True
        if not self._follow():
            self._draw_move(before, place, extend)
        self._cursor_moved()

    def _draw_move(self, before: int, after: int, extend: bool) -> None:
        if extend:
            self._draw_rows(min(before, after), max(before, after))
        elif before != after:
            self._draw_rows(before, before)
            self._draw_rows(after, after)

    def _follow(self) -> bool:
        """Brings the cursor's row into the window. Returns whether the window moved."""
        body = self._body()
        half = max(1, body // 2)
        if self._cursor < self._top:
            return self._scroll(min(self._top - half, self._cursor))
        if self._cursor >= self._top + body:
            return self._scroll(max(self._top + half, self._cursor - body + 1))
        return False

    async def on_key(self, event: events.Key) -> None:
        """Runs the table's own bindings here, in the order of the keys.

        Textual runs them when the key has bubbled to the app, and by then the next keys of a burst have
        reached the table already: "/eng" typed over a slow line would run `e`, `n` and `g` as commands.
        """
        if event.key != "g":
            self._half_gg = False
        active = self.screen.active_bindings.get(event.key)
        if active is not None and active.node is self and active.enabled:
            event.stop()
            event.prevent_default()
            await self.app.run_action(active.binding.action, self)

    def on_mouse_scroll_down(self, event: events.MouseScrollDown) -> None:
        """The wheel moves the window; the cursor stays in it."""
        self._wheel(event, WHEEL)

    def on_mouse_scroll_up(self, event: events.MouseScrollUp) -> None:
        """The wheel moves the window; the cursor stays in it."""
        self._wheel(event, -WHEEL)

    def _wheel(self, event: events.MouseEvent, lines: int) -> None:
        event.stop()
        if self._scroll(self._top + lines):
            inside = max(self._top, min(self._cursor, self._top + self._body() - 1))
            if inside != self._cursor:
                self._go(inside)
            else:
                self._cursor_moved()

    def on_click(self, event: events.Click) -> None:
        """Moves the cursor; with Shift it extends the range."""
        offset = event.get_content_offset(self)
        if offset is None:
            return
        place = offset.y - HEADER + self._top
        if offset.y < HEADER:
            self._header_hit(offset.x)
        elif offset.y < HEADER + self._body() and place < self._count():
            self._go(place, event.shift)
            self._hit(place, offset.x, event.chain)

    def on_focus(self) -> None:
        """The bar shows where the keys go."""
        self._draw_bar()

    def on_blur(self) -> None:
        """The bar shows where the keys go."""
        self._draw_bar()

    def _draw_bar(self) -> None:
        self._strips.clear()
        self._draw_rows(self._cursor, self._cursor)
