"""PasteList: a pasted list of names or ids, one a line."""

from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Button, TextArea

from tui.screens.dialogs.dialog import Dialog, button, buttons
from tui.widgets.text_box import TextBox


def entries(text: str) -> list[str]:
    """The lines with something in them, trimmed (quotes and a trailing comma or semicolon too), each once."""
    lines = (line.strip().rstrip(",;").strip().strip('"').strip() for line in text.splitlines())
    return list(dict.fromkeys(line for line in lines if line))


class PasteList(Dialog[list[str]]):
    """Dismisses with the list; what is found for it is the screen's to say."""

    TALL = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "take", "Bring in", id="paste.take", show=False, priority=True),
    ]
    HINTS = (("F2", "Bring in"), ("Tab", "Next"), ("Esc", "Cancel"))

    def __init__(self, title: str = "Paste names or ids, one a line") -> None:
        super().__init__(title)

    def content(self) -> ComposeResult:
        """The text area and the buttons."""
        yield TextBox()
        yield buttons(button("Cancel", "cancel"), button("Bring in", "take", disabled=True))

    def first_focus(self) -> Widget:
        """Where the list goes."""
        return self.query_one(TextBox)

    @on(TextArea.Changed)
    def _counted(self) -> None:
        count = len(entries(self.query_one(TextBox).text))
        self.query_one("#take").disabled = not count
        self.say(f"{count} {'entry' if count == 1 else 'entries'}" if count else "", "dim")

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#take")
    def action_take(self) -> None:
        """Bring the list in."""
        found = entries(self.query_one(TextBox).text)
        if found:
            self.dismiss(found)
        else:
            self.app.bell()
