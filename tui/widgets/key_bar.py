"""KeyBar: the bottom line, what the keys do in the component in focus."""

from collections.abc import Sequence
from typing import Unpack

import msgspec
from rich.cells import cell_len
from textual import events
from textual.message import Message

from tui.plain import cut, printable
from tui.widgets.lines import Lines
from tui.widgets.looks import Naming, Piece


class Hint(msgspec.Struct, frozen=True):
    """A key and what it does; a disabled one stays in sight, dimmed."""

    key: str
    label: str
    enabled: bool = True


def hint_line(hints: Sequence[Hint], width: int, ellipsis: str) -> tuple[list[Piece], list[tuple[int, int]]]:
    """The hints that fit, as pieces, and where each is as (first cell, cells)."""
    pieces: list[Piece] = []
    places: list[tuple[int, int]] = []
    x = 0
    for index, hint in enumerate(hints):
        key, label = printable(hint.key), printable(hint.label)
        size = cell_len(f" {key} {label} ")
        last = index == len(hints) - 1
        if x + size > width - (0 if last else 1):
            pieces.append((cut(ellipsis, max(0, width - x)), "dim"))
            break
        pieces += [
            (f" {key}", "key" if hint.enabled else "dim"),
            (f" {label} ", "" if hint.enabled else "dim"),
        ]
        places.append((x, size))
        x += size
    return pieces, places


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
