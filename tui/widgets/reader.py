"""Reader: text in wrapped lines to read through, each of which may belong to something that can be copied."""

from collections.abc import Sequence
from typing import TypeAlias, Unpack

from rich.cells import cell_len
from textual import events
from textual.geometry import Size

from tui.plain import cut, pad, wrap
from tui.widgets.line_list import LineList
from tui.widgets.looks import Naming, Piece

Block: TypeAlias = tuple[str, str]
"""A label and the text beside it. Without a text it is a heading; without a label it is all text."""

_MOST_LABEL = 24


class Reader(LineList):
    """Blocks below one another, labels in a column of their own."""

    DEFAULT_CSS = "Reader { height: auto; max-height: 100%; }"

    def __init__(self, blocks: Sequence[Block], **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self.blocks = list(blocks)
        self._wrapped: list[tuple[int, list[Piece]]] = []
        self._wrapped_at = 0

    @property
    def block(self) -> Block:
        """The block with the cursor; two empty strings when there is none."""
        if self.cursor >= len(self._wrapped):
            return ("", "")
        return self.blocks[self._wrapped[self.cursor][0]]

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        """As many lines as the text takes at this width."""
        self._wrap(self._room(width))
        return len(self._wrapped)

    def on_resize(self, event: events.Resize) -> None:
        """Wrap to the new width."""
        self._wrap(self._room(self.content_size.width))
        self.set_count(len(self._wrapped))

    def _room(self, width: int) -> int:
        """The scrollbar's cells stay free, as nobody knows before wrapping whether there will be one."""
        return width - self.styles.scrollbar_size_vertical

    def _wrap(self, width: int) -> None:
        if width == self._wrapped_at:
            return
        self._wrapped_at = width
        labels = [cell_len(label) for label, text in self.blocks if label and text]
        column = min(max(labels, default=0), _MOST_LABEL, width // 2)
        self._wrapped = [
            (index, pieces)
            for index, block in enumerate(self.blocks)
            for pieces in self._lines_of(block, column, width)
        ]

    def _lines_of(self, block: Block, column: int, width: int) -> list[list[Piece]]:
        label, text = block
        if not label:
            return [[(f" {line}", "")] for line in wrap(text, width - 1)]
        if not text:
            return [[(f" {cut(label, width - 1, self.glyphs.ellipsis)}", "section")]]
        first, *more = wrap(text, width - column - 3)
        head = f" {pad(label, column, self.glyphs.ellipsis)}  "
        return [[(head, "key"), (first, "")], *([(" " * (column + 3), ""), (line, "")] for line in more)]

    def pieces_at(self, index: int, width: int) -> list[Piece]:
        """One wrapped line."""
        return self._wrapped[index][1]
