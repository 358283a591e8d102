"""CopyText: text that was copied, to select by hand or to save where the terminal takes no clipboard."""

import asyncio
import os
import tempfile
from pathlib import Path
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.plain import printable_lines
from tui.screens.dialogs.dialog import Dialog
from tui.widgets.text_box import TextBox


def save_text(text: str, folder: Path) -> Path:
    """Write the text to a new file that only its owner can read. Raises `OSError`."""
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    number, name = tempfile.mkstemp(prefix="copied-", suffix=".txt", dir=folder)
    with os.fdopen(number, "w", encoding="utf-8") as file:
        file.write(text)
    return Path(name)


class CopyText(Dialog[None]):
    """Sends the text by OSC 52, shows it for selection, and saves it to `folder` on request."""

    DEFAULT_CSS = "CopyText > #box { width: 100%; } CopyText TextBox { height: auto; max-height: 14; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "save", "Save to a file", id="copy.save", show=False),
        Binding("y", "again", "Copy again", id="copy.again", show=False),
        Binding("q", "close", "Close", id="copy.close", show=False),
    ]
    HINTS = (("s", "Save to a file"), ("y", "Copy again"), ("Esc", "Close"))

    def __init__(self, text: str, folder: Path, title: str = "Copied") -> None:
        super().__init__(title)
        self._text = printable_lines(text)
        self._folder = folder

    def content(self) -> ComposeResult:
        """The text."""
        yield TextBox(self._text, read_only=True)

    def on_mount(self) -> None:
        """Send it."""
        self.action_again()

    def first_focus(self) -> Widget:
        """The text, where Shift and the arrows select."""
        return self.query_one(TextBox)

    def action_again(self) -> None:
        """Send it to the clipboard."""
        self.copy_text(self._text, "This")

    async def action_save(self) -> None:
        """Save it and say where."""
        try:
            path = await asyncio.to_thread(save_text, self._text, self._folder)
        except OSError as error:
            self.say(f"It could not be saved in {self._folder}: {error.strerror or error}.", "error")
        else:
            self.say(f"Saved to {path}")
