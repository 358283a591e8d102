"""Lines: a few fixed lines of text that repaint only the cells that changed."""

from typing import ClassVar, Unpack

from textual import events
from textual.geometry import Region
from textual.strip import Strip
from textual.widget import Widget

from tui.glyphs import Glyphs, glyphs, in_alphabet
from tui.widgets.looks import LOOKS, Naming, Piece, changed_span, fit, looks_css, strip


class Lines(Widget):
    """A widget whose lines are made by `lines_at`; call `redraw` when what they show has changed."""

    COMPONENT_CLASSES: ClassVar[set[str]] = set(LOOKS)
    DEFAULT_CSS = "Lines { height: 1; width: 1fr; }\n" + looks_css("Lines")

    def __init__(self, **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._drawn: list[list[Piece]] = []

    @property
    def glyphs(self) -> Glyphs:
        """The marks of this app's alphabet."""
        return glyphs(self)

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The lines to show in this many cells; they are cut or padded afterwards."""
        return []

    def redraw(self) -> None:
        """Show what `lines_at` says now, repainting the cells that differ."""
        size = self.content_size
        if not size.width:
            return
        fitted = self._fitted(size.width, size.height)
        drawn, self._drawn = self._drawn, fitted
        if len(drawn) != len(fitted):
            self.refresh()
            return
        left, top = self.gutter.left, self.gutter.top
        regions = [
            Region(left + span[0], top + y, span[1], 1)
            for y, (old, new) in enumerate(zip(drawn, fitted, strict=True))
            if (span := changed_span(old, new))
        ]
        if regions:
            self.refresh(*regions)

    def _fitted(self, width: int, height: int) -> list[list[Piece]]:
        lines = self.lines_at(width)[:height]
        lines += [[]] * (height - len(lines))
        used = self.glyphs
        return [
            fit([(in_alphabet(text, used), name) for text, name in line], width, used.ellipsis)
            for line in lines
        ]

    def on_resize(self, event: events.Resize) -> None:
        """Fit the lines to the new size."""
        self._drawn = []
        self.redraw()

    def render_line(self, y: int) -> Strip:
        """One drawn line, for the compositor."""
        width = self.content_size.width
        if y >= len(self._drawn):
            return Strip.blank(width, self.rich_style)
        return strip(self, self._drawn[y], width)
