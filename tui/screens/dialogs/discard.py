"""Discard: which staged changes are to go."""

from typing import Literal

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.widget import Widget
from textual.widgets import Button, Static

from tui.plain import plain
from tui.screens.dialogs.confirm import STEP_BINDINGS
from tui.screens.dialogs.dialog import Dialog, button, buttons


class Discard(Dialog[Literal["tab", "all"]]):
    """Dismisses with "tab", "all" or None. Nothing that was applied is touched."""

    DEFAULT_CSS = "Discard #what { height: auto; padding: 0 1; }"
    BINDINGS = STEP_BINDINGS
    HINTS = (("Tab", "Next"), ("Enter", "Press"), ("Esc", "Cancel"))

    def __init__(self, on_tab: int, in_all: int) -> None:
        super().__init__("Discard staged changes")
        self._on_tab = on_tab
        self._in_all = in_all

    def content(self) -> ComposeResult:
        """The question and the three answers."""
        with Vertical(id="what"):
            yield Static(
                plain("Which of the changes that are not applied yet are to go?\nThis cannot be undone."),
                markup=False,
            )
        yield buttons(
            button("Cancel", "cancel"),
            button(f"This tab ({self._on_tab:,})", "tab", disabled=not self._on_tab),
            button(f"All ({self._in_all:,})", "all", dangerous=True, disabled=not self._in_all),
        )

    def first_focus(self) -> Widget:
        """Cancel."""
        return self.query_one("#cancel")

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#tab")
    def _this_tab(self) -> None:
        self.dismiss("tab")

    @on(Button.Pressed, "#all")
    def _everything(self) -> None:
        self.dismiss("all")
