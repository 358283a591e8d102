"""The characters that carry meaning, once for Unicode terminals and once for ASCII ones: the one alphabet table."""

import msgspec
from textual.dom import DOMNode

ASCII_CLASS = "-ascii"
"""Put this class on the app, and every widget and dialog draws in ASCII."""


class Glyphs(msgspec.Struct, frozen=True, kw_only=True):
    """The marks of one alphabet. Each is one cell wide, so that a mark never moves what stands beside it.

    The ends of the bar may be empty.
    """

    cursor: str
    marked: str
    changed: str
    lock: str
    on: str = "x"
    off: str = " "
    some: str = "-"
    """A switch that is on for some of several users."""
    unknown: str
    rising: str
    falling: str
    running: str
    succeeded: str
    attention: str
    dot: str
    count: str
    ellipsis: str
    broken: str
    """Stands for a character that must not reach the terminal."""
    arrow: str
    left: str
    right: str
    open: str
    close: str
    rule: str
    bar_open: str = ""
    bar_full: str
    bar_empty: str
    bar_close: str = ""


UNICODE = Glyphs(
    cursor="▸",
    marked="•",
    changed="✎",
    lock="⊘",
    unknown="·",
    rising="▴",
    falling="▾",
    running="▶",
    succeeded="✓",
    attention="!",
    dot="·",
    count="•",
    ellipsis="…",
    broken="\ufffd",
    arrow="→",
    left="◂",
    right="▸",
    open="‹",
    close="›",
    rule="─",
    bar_full="█",
    bar_empty="░",
)
ASCII = Glyphs(
    cursor=">",
    marked="+",
    changed="*",
    lock="L",
    unknown="?",
    rising="^",
    falling="v",
    running=">",
    succeeded="+",
    attention="!",
    dot="-",
    count="*",
    ellipsis="~",
    broken="?",
    arrow=">",
    left="<",
    right=">",
    open="<",
    close=">",
    rule="-",
    bar_open="[",
    bar_full="#",
    bar_empty=".",
    bar_close="]",
)


_ORNAMENTS = str.maketrans(
    {UNICODE.dot: ASCII.dot, UNICODE.arrow: ASCII.arrow, UNICODE.ellipsis: ASCII.ellipsis}
)


def in_alphabet(text: str, used: Glyphs) -> str:
    """The text with the ornaments that sentences are joined by in the characters of this alphabet."""
    return text.translate(_ORNAMENTS) if used is ASCII else text


def alphabet(ascii_only: bool) -> Glyphs:
    """The set for this terminal."""
    return ASCII if ascii_only else UNICODE


def glyphs(node: DOMNode) -> Glyphs:
    """The marks that this widget's or screen's app draws with."""
    return alphabet(node.app.has_class(ASCII_CLASS))
