"""OptionLine: one line with a few choices side by side, of which one holds; the arrows and Space change it."""

from collections.abc import Sequence
from typing import ClassVar, Unpack

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message

from tui.plain import pad
from tui.widgets.lines import Lines
from tui.widgets.looks import Naming, Piece

_LABEL = 9


class OptionLine(Lines, can_focus=True):
    """`options` are (value, text); with only one of them there is nothing to choose and no focus."""

    DEFAULT_CSS = "OptionLine { height: 1; padding: 0 1; }"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("left,h", "choose(-1)", "Previous choice", id="option.previous", show=False),
        Binding("right,l,space", "choose(1)", "Next choice", id="option.next", show=False),
    ]

    class Chosen(Message):
        """Another option holds now."""

        def __init__(self, line: "OptionLine") -> None:
            super().__init__()
            self.line = line

        @property
        def control(self) -> "OptionLine":
            """The line, for `@on(..., "#selector")`."""
            return self.line

    def __init__(
        self, label: str, options: Sequence[tuple[str, str]], value: str = "", **naming: Unpack[Naming]
    ) -> None:
        super().__init__(**naming)
        self._label = label
        self._options = list(options)
        self._at = next((n for n, (known, _) in enumerate(options) if known == value), 0)
        self.can_focus = len(self._options) > 1

    @property
    def value(self) -> str:
        """What is chosen."""
        return self._options[self._at][0]

    def lines_at(self, width: int) -> list[list[Piece]]:
        """The label, and every option with whether it holds."""
        pieces: list[Piece] = [(pad(self._label, _LABEL), "strong")]
        for number, (_, text) in enumerate(self._options):
            holds = number == self._at
            look = "cursor" if holds and self.has_focus else "strong" if holds else ""
            pieces += [(f"({'x' if holds else ' '}) {text}", look), ("  ", "")]
        return [pieces]

    def action_choose(self, step: int) -> None:
        """The option beside the one that holds; round the end."""
        self._take((self._at + step) % len(self._options))

    def watch_has_focus(self, focused: bool) -> None:
        """Shows whether the keys work here; told by Textual once it is so."""
        super().watch_has_focus(focused)
        self.redraw()

    def on_click(self, event: events.Click) -> None:
        """The option under the mouse holds."""
        offset = event.get_content_offset(self)
        x = _LABEL
        for number, (_, text) in enumerate(self._options):
            end = x + 4 + cell_len(text)
            if offset is not None and x <= offset.x < end:
                self._take(number)
            x = end + 2

    def _take(self, number: int) -> None:
        if number != self._at:
            self._at = number
            self.redraw()
            self.post_message(self.Chosen(self))
