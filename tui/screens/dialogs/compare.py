"""Compare: how two users differ on one tab, and what of it to stage."""

from collections.abc import Sequence
from typing import Literal

from textual import on
from textual.app import ComposeResult
from textual.widget import Widget
from textual.widgets import Button

from tui.screens.dialogs.confirm import STEP_BINDINGS
from tui.screens.dialogs.dialog import Dialog, button, buttons
from tui.widgets.reader import Reader

_MOST = 200
"""Names listed of each kind; their number is told in full."""


class Compare(Dialog[Literal["add", "equal"]]):
    """Dismisses with "add" (what only the other has), "equal" (that, and without what only this user has)
    or None. The lists are names, already told apart into what can be changed here and what cannot."""

    TALL = True
    DEFAULT_CSS = "Compare > #box { width: 100%; } Compare Reader { height: 1fr; }"
    BINDINGS = STEP_BINDINGS
    HINTS = (("Tab", "Next"), ("Enter", "Press"), ("Esc", "Cancel, nothing is staged"))

    def __init__(
        self,
        names: tuple[str, str],
        missing: Sequence[str],
        surplus: Sequence[str],
        locked: Sequence[str],
        unknown: int = 0,
    ) -> None:
        super().__init__(f"{names[0]} compared with {names[1]}")
        self._names = names
        self._missing = missing
        self._surplus = surplus
        self._locked = locked
        self._unknown = unknown

    def content(self) -> ComposeResult:
        """What differs, and what to do about it."""
        mine, other = self._names
        left_out = f"{self._unknown:,} switches are not compared: they are looked up only for rows on screen."
        yield Reader(
            [
                *_part(f"Only {other} has", self._missing),
                *_part(f"Only {mine} has", self._surplus),
                *_part("Differs, but cannot be changed here", self._locked),
                *([("", left_out)] if self._unknown else []),
            ]
        )
        both = len(self._missing) + len(self._surplus)
        yield buttons(
            button("Cancel", "cancel"),
            button(f"Add {len(self._missing):,}", "add", disabled=not self._missing),
            button(f"Make equal ({both:,})", "equal", disabled=not both),
        )

    def first_focus(self) -> Widget:
        """Cancel."""
        return self.query_one("#cancel")

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Button.Pressed, "#add")
    def _add(self) -> None:
        self.dismiss("add")

    @on(Button.Pressed, "#equal")
    def _equal(self) -> None:
        self.dismiss("equal")


def _part(title: str, names: Sequence[str]) -> list[tuple[str, str]]:
    more = [("", f"  and {len(names) - _MOST:,} more")] if len(names) > _MOST else []
    return [(f"{title}: {len(names):,}", ""), *(("", f"  {name}") for name in names[:_MOST]), *more, ("", "")]
