"""Plain text for the terminal: never markup, never a control character and never of an unknown width."""

import re
import unicodedata

from rich.cells import cell_len, chop_cells, set_cell_size
from textual.content import Content

_JOINERS = "\u200c\u200d"
_SELECTOR = "\ufe0f"
_LOOSE = re.compile(f"(?<!\\S)[{_JOINERS}{_SELECTOR}]+|[{_JOINERS}]+(?!\\S)")
_HARMLESS = frozenset(("Zs", "Zl", "Zp"))


def _safe(character: str) -> str:
    if character.isprintable() or character in _JOINERS:
        return character
    if character in "\t\n\r" or unicodedata.category(character) in _HARMLESS:
        return " "
    return "\ufffd"


def printable(text: str) -> str:
    """One line without anything a terminal would obey.

    The services clean what a directory sends; this is the second lock, for all that reaches a cell. A joiner
    with nothing to join goes too, as it would take hold of what is drawn beside it.
    """
    if text.isprintable() and not text.startswith(_SELECTOR):
        return text
    return _LOOSE.sub("", "".join(map(_safe, text)))


def printable_lines(text: str) -> str:
    """The same for text of several lines: line ends stay."""
    return "\n".join(printable(line) for line in text.replace("\r\n", "\n").split("\n"))


def plain(text: str, style: str = "") -> Content:
    """Content for a stock widget: printable and never read as markup."""
    return Content.styled(printable_lines(text), style) if style else Content(printable_lines(text))


def cut(text: str, width: int, ellipsis: str = "…") -> str:
    """The text in at most `width` cells; what is cut off shows as an ellipsis."""
    if cell_len(text) <= width:
        return text
    if width <= 0:
        return ""
    return set_cell_size(text, width - cell_len(ellipsis)).rstrip() + ellipsis


def pad(text: str, width: int, ellipsis: str = "…") -> str:
    """The text in exactly `width` cells."""
    return set_cell_size(cut(text, width, ellipsis), width)


def wrap(text: str, width: int) -> list[str]:
    """The printable text in lines of at most `width` cells, broken at spaces where there are any."""
    width = max(2, width)
    found: list[str] = []
    for paragraph in printable_lines(text).split("\n"):
        line = ""
        for word in paragraph.split(" "):
            longer = f"{line} {word}" if line else word
            if cell_len(longer) <= width:
                line = longer
                continue
            if line:
                found.append(line)
            *whole, line = chop_cells(word, width) or [""]
            found.extend(whole)
        found.append(line)
    return found
