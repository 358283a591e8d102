"""PickList: things to choose one of, narrowed down by what is typed elsewhere."""

import unicodedata
from collections.abc import Sequence
from typing import Unpack

import msgspec
from rich.cells import cell_len

from tui.plain import pad
from tui.widgets.line_list import LineList
from tui.widgets.looks import Naming, Piece


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
    """One line an item. The cursor starts on `current`, else on the first item that can be chosen.

    Once something is typed it is on what fits best, wherever `current` then stands: Enter takes what was asked for.
    """

    DEFAULT_CSS = "PickList { height: auto; max-height: 100%; }"

    def __init__(self, items: Sequence[Item], current: str = "", **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._all = list(items)
        self._items = list(items)
        self._current = current

    def on_mount(self) -> None:
        """Put the cursor where it starts."""
        self._recount()

    @property
    def item(self) -> Item | None:
        """The item with the cursor, when it can be chosen."""
        item = self._items[self.cursor] if self.cursor < len(self._items) else None
        return item if item and not item.closed else None

    def set_items(self, items: Sequence[Item]) -> None:
        """Show these items instead, unfiltered."""
        self._all = self._items = list(items)
        self._recount()

    def narrow(self, typed: str) -> None:
        """Show what matches the typed words."""
        if not typed.strip():
            self._items = self._all
            self._recount()
            return
        self._items = matching(self._all, typed)
        self.set_count(len(self._items), 0)

    def _recount(self) -> None:
        at = next((index for index, item in enumerate(self._items) if item.key == self._current), 0)
        self.set_count(len(self._items), at)

    def holds_cursor(self, index: int) -> bool:
        """Only what can be chosen."""
        return not self._items[index].closed

    @property
    def cursor_look(self) -> str:
        """As if in focus: the keys come from the filter line above."""
        return "cursor"

    def pieces_at(self, index: int, width: int) -> list[Piece]:
        """One item."""
        item = self._items[index]
        mark = self.glyphs.cursor if index == self.cursor and not item.closed else " "
        here = self.glyphs.count if item.key == self._current else " "
        if item.reason:
            return [(f" {mark}{here} {item.text}  ({item.reason})", "dim")]
        if not item.note:
            return [(f" {mark}{here} ", ""), (item.text, item.look)]
        room = max(cell_len(item.text), width // 2 - 4) if width < 60 else max(28, width // 2)
        text = pad(item.text, room, self.glyphs.ellipsis)
        return [(f" {mark}{here} ", ""), (f"{text}  ", item.look), (item.note, "dim")]
