"""Choice: one of several values; typing narrows them down."""

from collections.abc import Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Input

from tui.screens.dialogs.dialog import Dialog
from tui.widgets.entry import Entry
from tui.widgets.pick_list import Item, PickList


class Pick(Dialog[str]):
    """A filter line above a list; dismisses with the key of the chosen item."""

    DEFAULT_CSS = """
    Pick > #box { height: auto; }
    Pick Entry { margin: 0 1; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "move(-1)", "Up", id="pick.up", show=False),
        Binding("down", "move(1)", "Down", id="pick.down", show=False),
        Binding("pageup", "page(-1)", "Page up", id="pick.page-up", show=False),
        Binding("pagedown", "page(1)", "Page down", id="pick.page-down", show=False),
    ]
    LEAST_LINES: ClassVar[int] = 1
    MOST_LINES: ClassVar[int] = 14
    HINTS = (("Type", "to filter"), ("Up Down", "Move"), ("Enter", "Choose"), ("Esc", "Cancel"))

    def __init__(self, title: str, items: Sequence[Item], current: str = "") -> None:
        super().__init__(title)
        self._items = list(items)
        self._current = current

    def content(self) -> ComposeResult:
        """The filter line and the list."""
        yield Entry(placeholder="Type any part of the name")
        yield PickList(self._items, self._current)

    def on_mount(self) -> None:
        """The list takes no focus: its keys come through the filter line. Its height stays as it is."""
        items = self.query_one(PickList)
        items.can_focus = False
        if self._items:
            items.styles.min_height, items.styles.max_height = self.LEAST_LINES, self.MOST_LINES
        else:
            items.styles.height = self.LEAST_LINES

    def first_focus(self) -> Widget:
        """The filter line."""
        return self.query_one(Entry)

    def look_for(self, typed: str) -> None:
        """Show what was typed for."""
        items = self.query_one(PickList)
        items.narrow(typed)
        self.say("" if items.count else "Nothing matches.", "dim")

    def action_move(self, step: int) -> None:
        """Move the list's cursor."""
        self.query_one(PickList).action_move(step)

    def action_page(self, direction: int) -> None:
        """Move the list's cursor by a page."""
        self.query_one(PickList).action_page(direction)

    @on(Input.Changed)
    def _typed(self, event: Input.Changed) -> None:
        self.look_for(event.value)

    @on(Input.Submitted)
    @on(PickList.LineChosen)
    def _chosen(self) -> None:
        item = self.query_one(PickList).item
        if item is None:
            self.app.bell()
        else:
            self.dismiss(item.key)


class Choice(Pick):
    """One of `options`, given as (value, label); the current one is marked. Dismisses with the value."""

    def __init__(self, title: str, options: Sequence[tuple[str, str]], current: str = "") -> None:
        super().__init__(title, [Item(value, label) for value, label in options], current)
