"""PickList: things to choose one of, narrowed down by what is typed elsewhere."""

import unicodedata
from collections.abc import Sequence
from typing import Unpack

import msgspec
from rich.cells import cell_len
from textual import events
from textual.geometry import Size

from tui.plain import pad, wrap
from tui.widgets.line_list import LineList
from tui.widgets.looks import Naming, Piece

_LEFT = 4
"""Cells before an item: the cursor, the mark of the current one and spaces."""
_HANG = 2
"""Cells by which the further lines of an item stand in."""


class Item(msgspec.Struct, frozen=True):
    """One thing to choose, its text in this `look`.

    With a `reason` it is in the list, dimmed, and cannot be chosen, unless it is `open`.
    """

    key: str
    text: str
    note: str = ""
    reason: str = ""
    open: bool = False
    look: str = ""

    @property
    def closed(self) -> bool:
        """Whether it is there only to be read."""
        return bool(self.reason) and not self.open

    @property
    def haystack(self) -> str:
        """What the filter looks in."""
        return folded(f"{self.text} {self.note}")


def folded(text: str) -> str:
    """The text as it is compared with what is typed: without case and without accents."""
    apart = unicodedata.normalize("NFKD", text.casefold())
    return "".join(character for character in apart if not unicodedata.combining(character))


def matching(items: Sequence[Item], typed: str) -> list[Item]:
    """The items in which every typed word occurs; those that begin with what was typed come first."""
    wanted = folded(typed).strip()
    words = wanted.split()
    found = [item for item in items if all(word in item.haystack for word in words)]
    return sorted(found, key=lambda item: (item.closed, not folded(item.text).startswith(wanted)))


class PickList(LineList):
    """One line an item, and more where a reason needs them: it is all there is to say about what cannot be chosen.

    The cursor starts on `current`, else on the first item that can be chosen. Once something is typed it is on what
    fits best, wherever `current` then stands: Enter takes what was asked for.
    """

    DEFAULT_CSS = "PickList { height: auto; max-height: 100%; }"

    def __init__(self, items: Sequence[Item], current: str = "", **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._all = list(items)
        self._items = list(items)
        self._current = current
        self._lines: list[tuple[Item, str]] = []
        """An item and its text, or what is left of its text after the lines above."""
        self._lines_at = 0

    def on_mount(self) -> None:
        """Put the cursor where it starts."""
        self._recount()

    def on_resize(self, event: events.Resize) -> None:
        """Reasons are broken anew; the cursor stays on its item."""
        if self._lines_at != self._room(self.content_size.width):
            self._recount(self.item)
        super().on_resize(event)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """Room for all items, however few of them are shown."""
        return sum(len(_texts(item, self._room(width))) for item in self._all)

    @property
    def item(self) -> Item | None:
        """The item with the cursor, when it can be chosen."""
        item = self._lines[self.cursor][0] if self.cursor < len(self._lines) else None
        return item if item and not item.closed else None

    def set_items(self, items: Sequence[Item]) -> None:
        """Show these items instead, unfiltered."""
        self._all = self._items = list(items)
        self._recount()

    def narrow(self, typed: str) -> None:
        """Show what matches the typed words."""
        self._items = matching(self._all, typed) if typed.strip() else self._all
        self._recount(self._items[0] if typed.strip() and self._items else None)

    def _recount(self, wanted: Item | None = None) -> None:
        self._lines_at = self._room(self.content_size.width)
        self._lines = [(item, text) for item in self._items for text in _texts(item, self._lines_at)]
        key = wanted.key if wanted else self._current
        at = next((index for index, (item, _) in enumerate(self._lines) if item.key == key), 0)
        self.set_count(len(self._lines), at)

    def _room(self, width: int) -> int:
        """Cells for a text that is broken; the scrollbar's stay free, whether there is one or not."""
        return width - _LEFT - _HANG - self.styles.scrollbar_size_vertical

    def _begins(self, index: int) -> bool:
        return not index or self._lines[index - 1][0] is not self._lines[index][0]

    def holds_cursor(self, index: int) -> bool:
        """Only what can be chosen, on its first line."""
        return not self._lines[index][0].closed and self._begins(index)

    def action_move(self, step: int) -> None:
        """Where nothing more can be chosen in that direction, what is there to be read comes into sight."""
        before = self.cursor
        super().action_move(step)
        if self.cursor == before:
            self.scroll_to(y=self.scroll_y + step, animate=False)

    def action_page(self, direction: int) -> None:
        """The same by a page."""
        before = self.cursor
        super().action_page(direction)
        if self.cursor == before:
            self.scroll_to(y=self.scroll_y + direction * max(1, self.size.height - 1), animate=False)

    @property
    def cursor_look(self) -> str:
        """As if in focus: the keys come from the filter line above."""
        return "cursor"

    def pieces_at(self, index: int, width: int) -> list[Piece]:
        """One item, or what is left of its reason."""
        item, told = self._lines[index]
        if not self._begins(index):
            return [(" " * (_LEFT + _HANG) + told, "dim")]
        mark = self.glyphs.cursor if index == self.cursor and not item.closed else " "
        here = self.glyphs.count if item.key == self._current else " "
        if item.reason:
            return [(f" {mark}{here} {told}", "dim")]
        if not item.note:
            return [(f" {mark}{here} ", ""), (told, item.look)]
        room = max(cell_len(told), width // 2 - 4) if width < 60 else max(28, width // 2)
        text = pad(told, room, self.glyphs.ellipsis)
        return [(f" {mark}{here} ", ""), (f"{text}  ", item.look), (item.note, "dim")]


def _texts(item: Item, room: int) -> list[str]:
    if not item.reason:
        return [item.text]
    told = f"{item.text}  ({item.reason})"
    return wrap(told, room) if 0 < room < cell_len(told) - _HANG else [told]
