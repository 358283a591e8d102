"""Details: everything that is known about one row, to read and to copy."""

from collections.abc import Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.screens.dialogs.dialog import Dialog
from tui.widgets.key_bar import Hint
from tui.widgets.reader import Reader


class Details(Dialog[None]):
    """Pairs of label and value. `request_id` is what the service's support asks for, one key away."""

    DEFAULT_CSS = "Details > #box { width: 100%; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("y", "copy_value", "Copy value", id="details.copy", show=False),
        Binding("Y", "copy_all", "Copy all", id="details.copy-all", show=False),
        Binding("r", "copy_request_id", "Copy request-id", id="details.copy-request-id", show=False),
        Binding("f3,q", "close", "Close", id="details.close", show=False),
    ]

    def __init__(self, title: str, pairs: Sequence[tuple[str, str]], request_id: str = "") -> None:
        super().__init__(title)
        self._pairs = [(label, value or "-") for label, value in pairs]
        self._request_id = request_id
        if request_id:
            self._pairs.append(("request-id", request_id))

    def content(self) -> ComposeResult:
        """The pairs."""
        yield Reader(self._pairs)

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The request-id has a hint when there is one."""
        return (
            ("y", "Copy value"),
            ("Y", "Copy all"),
            Hint("r", "Copy request-id", bool(self._request_id)),
            ("Esc", "Close"),
        )

    def first_focus(self) -> Widget:
        """The text."""
        return self.query_one(Reader)

    def action_copy_value(self) -> None:
        """Copy the value with the cursor."""
        self.copy_text(self.query_one(Reader).block[1], "The value")

    def action_copy_all(self) -> None:
        """Copy all pairs, one a line."""
        self.copy_text("\n".join(f"{label}: {value}" for label, value in self._pairs), "All of it")

    def action_copy_request_id(self) -> None:
        """Copy the request-id."""
        if self._request_id:
            self.copy_text(self._request_id, "The request-id")
