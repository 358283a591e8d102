"""Everything a table tells its screen, named by what happened."""

from collections.abc import Sequence

from textual.message import Message
from textual.widget import Widget


class TableMessage(Message):
    """Base of all of them; `table` is who sent it."""

    def __init__(self, table: Widget) -> None:
        super().__init__()
        self.table = table

    @property
    def control(self) -> Widget:
        """The table, for `@on(..., "#selector")`."""
        return self.table


class KeyMessage(TableMessage):
    """Base of those about one row, by its key."""

    def __init__(self, table: Widget, key: str) -> None:
        super().__init__(table)
        self.key = key


class Highlighted(KeyMessage):
    """The cursor came to another row ("" when the table became empty)."""

    def can_replace(self, message: Message) -> bool:
        """Only the last of several moves matters."""
        return isinstance(message, Highlighted) and message.table is self.table


class Opened(KeyMessage):
    """Enter, or a double click."""


class DetailsRequested(KeyMessage):
    """F3."""


class FilterChanged(TableMessage):
    """The filter or the mode shows other rows now. `hidden_changes` counts staged changes it hides."""

    def __init__(self, table: Widget, text: str, shown: int, hidden_changes: int) -> None:
        super().__init__(table)
        self.text = text
        self.shown = shown
        self.hidden_changes = hidden_changes


class FilterToggled(TableMessage):
    """The line in which the filter is typed was opened, or closed: `hints` are the keys there, none once it is."""

    def __init__(self, table: Widget, hints: Sequence[tuple[str, str]]) -> None:
        super().__init__(table)
        self.hints = hints


class RowsShown(TableMessage):
    """The window came to rest; `keys` are its rows and those of the page after it."""

    def __init__(self, table: Widget, keys: tuple[str, ...]) -> None:
        super().__init__(table)
        self.keys = keys


class MoreWanted(TableMessage):
    """The cursor or window is within a page of the last of `have` rows. Posted once per number of rows."""

    def __init__(self, table: Widget, have: int) -> None:
        super().__init__(table)
        self.have = have


class Copied(TableMessage):
    """y or Y: `text` is for the clipboard; `whole_row` joins its cells by tabs."""

    def __init__(self, table: Widget, text: str, whole_row: bool) -> None:
        super().__init__(table)
        self.text = text
        self.whole_row = whole_row


class Marked(TableMessage):
    """Rows were marked or unmarked; `keys` are all that are marked now."""

    def __init__(self, table: Widget, keys: frozenset[str]) -> None:
        super().__init__(table)
        self.keys = keys


class Toggled(TableMessage):
    """Space on a cell or a range: (key, toggle, new value) of every cell to be staged.

    The table draws nothing until it is told by `stage`.
    """

    def __init__(self, table: Widget, cells: list[tuple[str, int, bool]]) -> None:
        super().__init__(table)
        self.cells = cells


class ToggleAllRequested(TableMessage):
    """`a`: as `Toggled`, for all that the filter shows. The screen asks first when they are many.

    No kind of `Toggled`: a handler of that would stage these cells too, without asking.
    """

    def __init__(self, table: Widget, cells: list[tuple[str, int, bool]]) -> None:
        super().__init__(table)
        self.cells = cells

    @property
    def count(self) -> int:
        """How many cells would change."""
        return len(self.cells)


class CellMessage(KeyMessage):
    """Base of those about one toggle of one row."""

    def __init__(self, table: Widget, key: str, toggle: int) -> None:
        super().__init__(table, key)
        self.toggle = toggle


class Locked(CellMessage):
    """A toggle that may not be flipped was to be flipped; `reason` is the sentence to show."""

    def __init__(self, table: Widget, key: str, toggle: int, reason: str) -> None:
        super().__init__(table, key, toggle)
        self.reason = reason


class BeforeAfterRequested(CellMessage):
    """`~` on a cell."""


class UndoRequested(TableMessage):
    """`u`: the (key, toggle) cells of the cursor or the range that are staged and are not to be."""

    def __init__(self, table: Widget, cells: list[tuple[str, int]]) -> None:
        super().__init__(table)
        self.cells = cells


class UndoAllRequested(TableMessage):
    """`U`: nothing of this tab is to stay staged."""


class ModeChanged(TableMessage):
    """`m`: which rows are shown: "all", "members" or "changed"."""

    def __init__(self, table: Widget, mode: str) -> None:
        super().__init__(table)
        self.mode = mode
