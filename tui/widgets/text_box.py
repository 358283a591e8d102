"""TextBox: several lines of text, typed or to be selected, with nothing in it that a terminal would obey."""

from typing import Unpack

from textual import events
from textual.widgets import TextArea

from tui.plain import printable_lines
from tui.widgets.looks import Naming


class TextBox(TextArea):
    """A plain text area; Tab leaves it."""

    DEFAULT_CSS = "TextBox { border: none; padding: 0 1; height: 1fr; }"

    def __init__(self, text: str = "", *, read_only: bool = False, **naming: Unpack[Naming]) -> None:
        super().__init__(
            printable_lines(text), read_only=read_only, compact=True, tab_behavior="focus", **naming
        )
        self.cursor_blink = False

    def on_paste(self, event: events.Paste) -> None:
        """Take what was pasted, made printable."""
        event.prevent_default()
        event.stop()
        if not self.read_only:
            self.replace(printable_lines(event.text), *sorted(self.selection))
