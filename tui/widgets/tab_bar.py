"""TabBar: the tabs of the page on one line, the current one always in sight."""

from collections.abc import Collection, Mapping, Sequence
from typing import Unpack

from rich.cells import cell_len
from textual import events
from textual.message import Message
from textual.reactive import var

from tui.glyphs import Glyphs
from tui.plain import cut, printable
from tui.widgets.lines import Lines
from tui.widgets.looks import Naming, Piece

_LEAST_CUT = 5


def tab_label(title: str, count: int, current: bool, marks: Glyphs, barred: bool = False) -> str:
    """One tab as it stands in the line. Brackets take the room of spaces: switching shifts nothing."""
    text = f"{printable(title)} {marks.lock}" if barred else printable(title)
    text = f"{text} {marks.count}{count}" if count else text
    return f"{marks.open}{text}{marks.close}" if current else f" {text} "


def first_shown(widths: Sequence[int], current: int, width: int, first: int) -> int:
    """The first tab to show so that `current` is whole: as it was, else about half a line back."""
    if sum(widths) <= width:
        return 0
    if first <= current and sum(widths[first : current + 1]) <= width - 4:
        return first
    found = current
    while found and sum(widths[found - 1 : current + 1]) <= (width - 4) // 2:
        found -= 1
    return found


def tab_line(
    labels: Sequence[str],
    current: int,
    width: int,
    first: int,
    marks: Glyphs,
    barred: Collection[int] = (),
) -> tuple[list[Piece], list[tuple[int, int, int]]]:
    """The line, at most `width` cells, and where the tabs are in it as (tab, first cell, cells)."""
    pieces: list[Piece] = [(f"{marks.left} ", "dim")] if first else []
    x = 2 if first else 0
    places: list[tuple[int, int, int]] = []
    for index in range(first, len(labels)):
        last = index == len(labels) - 1
        size = cell_len(labels[index])
        room = width - x - (0 if last else 2)
        if size > room:
            legible = room >= _LEAST_CUT or index == current
            if legible:
                shown = cut(labels[index], room, marks.ellipsis)
                places.append((index, x, cell_len(shown)))
                pieces.append((shown, _look(index, current, barred)))
                x += cell_len(shown)
            if not (last and legible):
                pieces += [(" " * (width - x - 1), ""), (marks.right, "dim")]
            break
        pieces.append((labels[index], _look(index, current, barred)))
        places.append((index, x, size))
        x += size
    return pieces, places


def _look(index: int, current: int, barred: Collection[int]) -> str:
    return "strong" if index == current else "dim" if index in barred else ""


class TabBar(Lines):
    """One line of tab titles. It keeps no pages: its owner sets `current` and listens to `TabChosen`."""

    current: var[str] = var("", init=False)
    """Id of the current tab."""

    class TabChosen(Message):
        """A tab was clicked."""

        def __init__(self, tab: str) -> None:
            super().__init__()
            self.tab = tab
            """The tab's id, as given to `set_tabs`."""

    def __init__(self, **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._tabs: list[tuple[str, str]] = []
        self._barred: frozenset[str] = frozenset()
        self._counts: dict[str, int] = {}
        self._first = 0
        self._places: list[tuple[int, int, int]] = []

    def set_tabs(self, tabs: Sequence[tuple[str, str]], barred: Collection[str] = ()) -> None:
        """Show these tabs, as (id, title). The current one stays where it still exists, else the first is.

        `barred` are the ids of those on which there is nothing to see: dimmed, with a mark.
        """
        if (list(tabs), frozenset(barred)) == (self._tabs, self._barred):
            return
        self._tabs, self._barred = list(tabs), frozenset(barred)
        ids = [tab for tab, _ in tabs]
        if self.current not in ids:
            self.current = ids[0] if ids else ""
        self.redraw()

    def set_counts(self, counts: Mapping[str, int]) -> None:
        """How many changes each tab has; tabs that are not named have none."""
        self._counts = dict(counts)
        self.redraw()

    def neighbour(self, step: int) -> str:
        """Id of the tab `step` places on from the current one, round the ends; "" when there are no tabs."""
        ids = [tab for tab, _ in self._tabs]
        return ids[(ids.index(self.current) + step) % len(ids)] if self.current in ids else ""

    def watch_current(self) -> None:
        """Bring the current tab into sight."""
        self.redraw()

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The one line."""
        ids = [tab for tab, _ in self._tabs]
        at = ids.index(self.current) if self.current in ids else 0
        labels = [
            tab_label(title, self._counts.get(tab, 0), tab == self.current, self.glyphs, tab in self._barred)
            for tab, title in self._tabs
        ]
        if not labels:
            return [[]]
        self._first = first_shown([cell_len(label) for label in labels], at, width, self._first)
        barred = {number for number, tab in enumerate(ids) if tab in self._barred}
        pieces, self._places = tab_line(labels, at, width, self._first, self.glyphs, barred)
        return [pieces]

    def on_click(self, event: events.Click) -> None:
        """Choose the tab under the mouse."""
        offset = event.get_content_offset(self)
        for index, x, size in self._places:
            if offset is not None and x <= offset.x < x + size:
                self.post_message(self.TabChosen(self._tabs[index][0]))
