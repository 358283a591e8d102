"""Makes directory text fit a table cell: printable, never markup, and exactly as wide as the cell.

Width is counted one character at a time, and what only some terminals join into one picture (emoji
sequences, skin tones, variation selectors) is taken apart first: otherwise the columns to the right
stand in different places on different terminals.
"""

import re

from rich.cells import cell_len, get_character_cell_size

_JOINING = re.compile("[\u200d\ufe00-\ufe0f\U0001f3fb-\U0001f3ff\U000e0020-\U000e007f]+")
_NON_JOINER = "\u200c"
_CHARACTERS_PER_CELL = 4
"""A flood of combining marks is cut here; no script stacks more on one base."""


def printable(text: str, broken: str = "\ufffd") -> str:
    """Text with everything a terminal might obey, or draw at an unknown width, replaced or left out."""
    if text.isascii() and text.isprintable():
        return text
    text = _JOINING.sub("", text)
    if text.isprintable():
        return text
    return "".join(c if c.isprintable() or c == _NON_JOINER else broken for c in text)


def width_of(text: str) -> int:
    """How many cells the text takes once it is printable."""
    return len(text) if text.isascii() else cell_len(printable(text))


def fit(text: str, width: int, ellipsis: str = "…", broken: str = "\ufffd") -> str:
    """The text in exactly `width` cells: padded, or cut and ended with the ellipsis."""
    if width <= 0:
        return ""
    text = printable(text[: width * _CHARACTERS_PER_CELL + 1], broken)
    if text.isascii():
        return text.ljust(width) if len(text) <= width else text[: width - 1] + ellipsis
    kept: list[str] = []
    used = whole = 0
    for character in text:
        whole += get_character_cell_size(character)
        if whole > width:
            return "".join(kept) + " " * (width - 1 - used) + ellipsis
        if whole < width:
            kept.append(character)
            used = whole
    return text + " " * (width - whole)


def end_of(text: str, width: int) -> str:
    """As much of the end of the text as `width` cells hold, for a line that is being typed."""
    text = printable(text[-width * _CHARACTERS_PER_CELL :])
    while text and width_of(text) > width:
        text = text[1:]
    return text
