"""Entry: the input line, without blinking, and with nothing pasted into it that a terminal would obey."""

from typing import Unpack

from textual import events
from textual.widgets import Input

from tui.plain import printable
from tui.widgets.looks import Naming


class Entry(Input):
    """A one-line input for typed text."""

    def __init__(self, value: str = "", *, placeholder: str = "", **naming: Unpack[Naming]) -> None:
        super().__init__(
            printable(value), printable(placeholder), compact=True, select_on_focus=False, **naming
        )
        self.cursor_blink = False

    def on_paste(self, event: events.Paste) -> None:
        """Take the first line of what was pasted, made printable."""
        event.prevent_default()
        event.stop()
        lines = event.text.strip().splitlines()
        if lines:
            self.replace(printable(lines[0]), *sorted(self.selection))
