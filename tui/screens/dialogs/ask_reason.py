"""AskReason: why a process is started, where the profile wants that told, such as a ticket number."""

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Button, Input

from services.errors import InvalidInput
from services.reason import reason_of
from tui.screens.dialogs.confirm import STEP_BINDINGS
from tui.screens.dialogs.dialog import Dialog, button, buttons
from tui.widgets.entry import Entry


class AskReason(Dialog[str]):
    """Dismisses with what was typed, never empty. `asked` are the profile's words, `last` what was told before."""

    DEFAULT_CSS = """
    AskReason Entry { margin: 0 1; }
    """
    BINDINGS = STEP_BINDINGS
    HINTS = (("Enter", "Start"), ("Tab", "Next"), ("Esc", "Cancel"))

    def __init__(self, asked: str, last: str) -> None:
        super().__init__(asked)
        self._asked = asked
        self._last = last

    def content(self) -> ComposeResult:
        """The input and the buttons."""
        yield Entry(self._last)
        yield buttons(button("Cancel", "cancel"), button("Start", "start"))

    def first_focus(self) -> Widget:
        """The input, where Enter starts."""
        return self.query_one(Entry)

    def on_mount(self) -> None:
        """Says what it is for."""
        super().on_mount()
        self._check()

    @on(Input.Changed)
    def _check(self) -> None:
        try:
            reason_of(self._asked, self.query_one(Entry).value)
        except InvalidInput as error:
            self.query_one("#start").disabled = True
            self.say(error.sentence, "dim")
        else:
            self.query_one("#start").disabled = False
            self.say("It is stored with the process.", "dim")

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#start")
    def _start(self) -> None:
        try:
            reason = reason_of(self._asked, self.query_one(Entry).value)
        except InvalidInput:
            self.app.bell()
        else:
            self.dismiss(reason)
