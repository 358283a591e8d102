"""SummaryBars: what a list comes to, as bars above it: side by side where there is room."""

from itertools import zip_longest
from typing import Unpack

from rich.cells import cell_len
from textual import events

from services.summary import Bar, Chart, Summary
from tui.plain import pad, wrap
from tui.widgets.lines import Lines
from tui.widgets.looks import Naming, Piece, fit, width_of
from tui.widgets.progress import bar_cells

_BESIDE = 36
"""Cells that a chart needs beside another one."""

_LEAST, _MOST = 6, 32
"""Cells of a bar."""

_GAP = 2


class SummaryBars(Lines):
    """Bars and sentences; nothing at all while there is no summary. All text is untrusted."""

    DEFAULT_CSS = "SummaryBars { height: 0; max-height: 60%; padding: 0 1; }"

    def __init__(self, **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._summary = Summary()

    def show(self, summary: Summary) -> None:
        """Show this one."""
        self._summary = summary
        self._fit_height(self.content_size.width or self.screen.size.width - self.gutter.width)
        self.redraw()

    def on_resize(self, event: events.Resize) -> None:
        """Other widths take other heights."""
        self._fit_height(self.content_size.width)
        super().on_resize(event)

    def _fit_height(self, width: int) -> None:
        self.styles.height = len(self.lines_at(width))

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The charts, then the sentences."""
        charts = self._summary.charts
        room = (width - _GAP * (len(charts) - 1)) // max(1, len(charts))
        if len(charts) > 1 and room >= _BESIDE:
            blocks = [self._chart(chart, room) for chart in charts]
            lines = [_beside(row, room) for row in zip_longest(*blocks, fillvalue=[])]
        else:
            lines = [line for chart in charts for line in self._chart(chart, width)]
        notes = [text for note in self._summary.notes for text in wrap(note, width)]
        return [*lines, *([(text, "warning")] for text in notes)]

    def _chart(self, chart: Chart, width: int) -> list[list[Piece]]:
        used = self.glyphs
        full, rest = chart.parts
        legend = f"  {used.bar_full} {full} {used.bar_empty} {rest}" if full else ""
        label = max((cell_len(bar.label) for bar in chart.bars), default=0)
        words = max((cell_len(bar.shown) for bar in chart.bars), default=0)
        ends = cell_len(used.bar_open + used.bar_close)
        # two for the mark, one between the parts
        label = min(label, width // 2)
        room = max(_LEAST, min(_MOST, width - label - words - ends - 4))
        lines = [self._bar(bar, label, room) for bar in chart.bars]
        return [[(chart.title, "section"), (legend, "dim")], *lines]

    def _bar(self, bar: Bar, label: int, room: int) -> list[Piece]:
        used = self.glyphs
        whole = _cells(room, bar.most, bar.of)
        filled = min(whole, bar_cells(max(1, whole), int(bar.of), int(bar.value)))
        blank = " " * (room - whole)
        mark = used.attention if bar.level else " "
        return [
            (pad(bar.label, label, used.ellipsis) + " " + used.bar_open, ""),
            (used.bar_full * filled, bar.level or "info"),
            (used.bar_empty * (whole - filled), "dim"),
            (blank + used.bar_close + " ", ""),
            (mark + " ", bar.level),
            (bar.shown, bar.level),
        ]


def _cells(room: int, most: float, of: float) -> int:
    """Cells of the whole of a bar: something where there is something."""
    if most <= 0 or of <= 0:
        return 0
    return max(1, min(room, round(room * of / most)))


def _beside(parts: tuple[list[Piece], ...], room: int) -> list[Piece]:
    found: list[Piece] = []
    for number, part in enumerate(parts):
        found += [(" " * _GAP, "")] if number else []
        found += fit(part, room) if width_of(part) else [(" " * room, "")]
    return found
