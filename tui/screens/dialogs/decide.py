"""Decide: what became of a step, said by the operator with all that is known about it in sight."""

from collections.abc import Sequence

from textual import on
from textual.app import ComposeResult
from textual.containers import VerticalScroll
from textual.widget import Widget
from textual.widgets import Button

from tui.screens.dialogs.confirm import STEP_BINDINGS
from tui.screens.dialogs.dialog import Dialog, button, buttons
from tui.widgets.reader import Reader


class Decide(Dialog[bool]):
    """Dismisses with True for done, False for not done, None while it stays open. That has the focus."""

    DEFAULT_CSS = """
    Decide > #box { width: 100%; }
    Decide #facts { height: auto; max-height: 14; }
    """
    BINDINGS = STEP_BINDINGS
    HINTS = (("Tab", "Next"), ("Enter", "Press"), ("Esc", "Leave it open"))

    def __init__(self, facts: Sequence[tuple[str, str]]) -> None:
        super().__init__("What became of it?")
        self._facts = facts

    def content(self) -> ComposeResult:
        """What is known, and the answers."""
        with VerticalScroll(id="facts"):
            yield Reader(self._facts)
        yield buttons(
            button("Leave it open", "open"),
            button("It was done", "done"),
            button("It was not done", "not-done"),
        )

    def first_focus(self) -> Widget:
        """Nothing is said by accident."""
        return self.query_one("#open")

    @on(Button.Pressed)
    def _pressed(self, event: Button.Pressed) -> None:
        self.dismiss({"done": True, "not-done": False}.get(event.button.id or ""))
