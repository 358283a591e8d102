"""KeyBar: the bottom line, what the keys do in the component in focus."""

from collections.abc import Sequence
from typing import Unpack

import msgspec
from rich.cells import cell_len
from textual import events
from textual.message import Message

from tui.plain import printable
from tui.widgets.lines import Lines
from tui.widgets.looks import Naming, Piece


class Hint(msgspec.Struct, frozen=True):
    """A key and what it does; a disabled one stays in sight, dimmed."""

    key: str
    label: str
    enabled: bool = True


def hint_line(hints: Sequence[Hint], width: int, ellipsis: str) -> tuple[list[Piece], list[tuple[int, int]]]:
    """The hints that fit, as pieces, and where each is as (first cell, cells).

    The last hint leads out of the screen: it is kept, and those before it give way from the right. A hint
    that gave way has an empty place.
    """
    sizes = [cell_len(_text(hint)) for hint in hints]
    kept = fitting(sizes, width - cell_len(f"{ellipsis} "))
    if sum(sizes) <= width:
        kept = set(range(len(hints)))
    pieces: list[Piece] = []
    places: list[tuple[int, int]] = []
    x = 0
    for index, hint in enumerate(hints):
        if index not in kept:
            places.append((x, 0))
            continue
        if index - 1 not in kept and index:
            pieces.append((f"{ellipsis} ", "dim"))
            x += cell_len(f"{ellipsis} ")
        pieces += [
            (f" {printable(hint.key)}", "key" if hint.enabled else "dim"),
            (f" {printable(hint.label)} ", "" if hint.enabled else "dim"),
        ]
        places.append((x, sizes[index]))
        x += sizes[index]
    return pieces, places


def fitting(sizes: Sequence[int], width: int) -> set[int]:
    """The numbers of the last one and of as many of the first ones as fit beside it."""
    if not sizes:
        return set()
    kept, used = {len(sizes) - 1}, sizes[-1]
    for index, size in enumerate(sizes[:-1]):
        if used + size > width:
            break
        kept.add(index)
        used += size
    return kept


def _text(hint: Hint) -> str:
    return f" {printable(hint.key)} {printable(hint.label)} "


class KeyBar(Lines):
    """One line of hints, given by the screen for what is in focus."""

    class HintChosen(Message):
        """A hint was clicked: do what its key does."""

        def __init__(self, hint: Hint) -> None:
            super().__init__()
            self.hint = hint
            """The hint as it was given; it is enabled."""

    def __init__(self, **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._hints: list[Hint] = []
        self._places: list[tuple[int, int]] = []

    def show(self, hints: Sequence[Hint | tuple[str, str]]) -> None:
        """Show these hints, the most important first; a pair is an enabled (key, label)."""
        self._hints = [hint if isinstance(hint, Hint) else Hint(*hint) for hint in hints]
        self.redraw()

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The one line."""
        pieces, self._places = hint_line(self._hints, width, self.glyphs.ellipsis)
        return [pieces]

    def on_click(self, event: events.Click) -> None:
        """Choose the hint under the mouse."""
        offset = event.get_content_offset(self)
        for hint, (x, size) in zip(self._hints, self._places, strict=False):
            if offset is not None and x <= offset.x < x + size and hint.enabled:
                self.post_message(self.HintChosen(hint))
