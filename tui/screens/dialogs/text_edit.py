"""TextEdit: a text of several lines, checked as it is typed."""

from collections.abc import Callable
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget
from textual.widgets import Button, TextArea

from services.errors import InvalidInput
from services.operation import Json
from tui.screens.dialogs.dialog import Dialog, button, buttons
from tui.widgets.text_box import TextBox


class TextEdit(Dialog[str]):
    """Dismisses with the text, which may be empty. `check` raises `InvalidInput`; then it cannot be kept."""

    TALL = True
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f2", "keep", "Keep", id="text.keep", show=False, priority=True),
    ]
    HINTS = (("F2", "Keep"), ("Tab", "Next"), ("Esc", "Cancel"))

    def __init__(self, title: str, text: str, check: Callable[[str], Json] | None) -> None:
        super().__init__(title)
        self._text = text
        self._check = check

    def content(self) -> ComposeResult:
        """The text area and the buttons."""
        yield TextBox(self._text)
        yield buttons(button("Cancel", "cancel"), button("Keep", "keep"))

    def first_focus(self) -> Widget:
        """The text, with the cursor at its end."""
        box = self.query_one(TextBox)
        box.move_cursor(box.document.end)
        return box

    def _objection(self) -> str:
        try:
            if self._check is not None:
                self._check(self.query_one(TextBox).text)
        except InvalidInput as error:
            return error.sentence
        return ""

    @on(TextArea.Changed)
    def _changed(self) -> None:
        objection = self._objection()
        self.query_one("#keep").disabled = bool(objection)
        self.say(objection, "error")

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#keep")
    def action_keep(self) -> None:
        """Keeps the text."""
        if self._objection():
            self.app.bell()
        else:
            self.dismiss(self.query_one(TextBox).text)
