"""TextView: a longer text to read and to copy."""

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.screens.dialogs.dialog import Dialog
from tui.widgets.reader import Reader


class TextView(Dialog[None]):
    """Text to read."""

    DEFAULT_CSS = "TextView > #box { width: 100%; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("Y,y", "copy_all", "Copy all", id="text.copy", show=False),
        Binding("q", "close", "Close", id="text.close", show=False),
    ]
    HINTS = (("y", "Copy all"), ("Esc", "Close"))

    def __init__(self, title: str, text: str) -> None:
        super().__init__(title)
        self._text = text

    def content(self) -> ComposeResult:
        """The text, wrapped."""
        yield Reader([("", self._text)])

    def first_focus(self) -> Widget:
        """The text."""
        return self.query_one(Reader)

    def action_copy_all(self) -> None:
        """Copy the text."""
        self.copy_text(self._text, "The text")
