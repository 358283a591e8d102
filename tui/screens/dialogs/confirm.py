"""Confirm: a question before something that is hard to take back."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from tui.plain import plain
from tui.screens.dialogs.dialog import Dialog, button, buttons
from tui.widgets.entry import Entry

STEP_BINDINGS: list[BindingType] = [
    Binding("left,up", "app.focus_previous", "Previous", id="dialog.previous", show=False),
    Binding("right,down", "app.focus_next", "Next", id="dialog.next", show=False),
]
"""Arrows go from button to button."""


class Confirm(Dialog[bool]):
    """Dismisses with True when confirmed, else with False or None.

    Cancel has the focus. With `type_to_confirm` that text (for several objects: their number) must be typed
    first, and the input has the focus, where Enter alone does nothing.
    """

    DEFAULT_CSS = """
    Confirm #lines { height: auto; max-height: 12; padding: 0 1; }
    Confirm #ask { height: auto; padding: 1 1 0 1; }
    Confirm Entry { margin: 0 1; }
    """
    BINDINGS = STEP_BINDINGS
    HINTS = (("Tab", "Next"), ("Enter", "Press"), ("Esc", "Cancel"))

    def __init__(
        self,
        title: str,
        body: Sequence[str],
        confirm: str,
        *,
        dangerous: bool = False,
        type_to_confirm: str | None = None,
    ) -> None:
        super().__init__(title)
        self._body = list(body)
        self._confirm = confirm
        self._dangerous = dangerous
        self._wanted = type_to_confirm

    def content(self) -> ComposeResult:
        """The lines, what to type, the buttons."""
        with VerticalScroll(id="lines", can_focus=len(self._body) > 8):
            yield Static(plain("\n".join(self._body)), markup=False)
        if self._wanted is not None:
            yield Static(plain(f"Type {self._wanted} to go on:"), id="ask", markup=False)
            yield Entry()
        yield buttons(
            button("Cancel", "cancel"),
            button(self._confirm, "confirm", dangerous=self._dangerous, disabled=self._wanted is not None),
        )

    def first_focus(self) -> Widget:
        """Cancel, or the input that asks for more than a key."""
        return self.query_one("#cancel") if self._wanted is None else self.query_one(Entry)

    def _typed_right(self) -> bool:
        if self._wanted is None:
            return True
        typed = self.query_one(Entry).value.strip()
        # a number may be typed as the lines above write it
        return self._wanted in (typed, typed.replace(",", ""))

    @on(Input.Changed)
    def _typed(self) -> None:
        self.query_one("#confirm").disabled = not self._typed_right()
        self.say("")

    @on(Input.Submitted)
    def _entered(self) -> None:
        if self._typed_right():
            self.dismiss(True)
        else:
            self.app.bell()
            self.say(f"Only {self._wanted} goes on; Esc cancels.", "error")

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(False)

    @on(Button.Pressed, "#confirm")
    def _confirmed(self) -> None:
        if self._typed_right():
            self.dismiss(True)
