"""Help: what the keys and marks of a screen are, and what each tab is for."""

from collections.abc import Iterator, Sequence
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widget import Widget

from tui.screens.dialogs.dialog import Dialog
from tui.widgets.reader import Block, Reader


class Help(Dialog[None]):
    """Three lists: keys and marks as (key or mark, meaning), tabs as (title, about)."""

    TALL = True
    DEFAULT_CSS = "Help > #box { width: 100%; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f1,question_mark,q", "close", "Close", id="help.close", show=False),
    ]
    HINTS = (("Up Down PgUp PgDn", "Read"), ("Esc", "Close"))

    def __init__(
        self,
        title: str,
        keys: Sequence[tuple[str, str]],
        marks: Sequence[tuple[str, str]],
        tabs: Sequence[tuple[str, str]] = (),
    ) -> None:
        super().__init__(f"Help: {title}")
        self._parts = (("Keys", keys), ("Marks", marks), ("Tabs", tabs))

    def _blocks(self) -> Iterator[Block]:
        for heading, lines in self._parts:
            if lines:
                yield (heading, "")
                yield from ((label, text or "-") for label, text in lines)
                yield ("", "")

    def content(self) -> ComposeResult:
        """The lists."""
        yield Reader(list(self._blocks()))

    def first_focus(self) -> Widget:
        """The text."""
        return self.query_one(Reader)
