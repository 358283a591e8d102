"""Reading: what Textual writes to its driver, taken apart into text, motions, looks and all else."""

import re
from collections.abc import Iterator
from enum import Enum, auto
from typing import Final


class Kind(Enum):
    """What a piece of output is; in brackets what its text is."""

    TEXT = auto()
    """Characters to be shown (they)."""
    MOVE = auto()
    """The cursor is put somewhere ("row;column", from 1)."""
    LOOK = auto()
    """SGR (its parameters, all of them such as `looks` knows)."""
    NEXT_LINE = auto()
    LINK = auto()
    """OSC 8 (parameters, a semicolon, the address)."""
    ASIDE = auto()
    """Goes to the terminal and changes nothing on the screen: a bell, the clipboard, a mode, a question."""
    TOGETHER = auto()
    """The begin or end of synchronised output, around each frame."""
    ENTER = auto()
    """To the alternate screen."""
    LEAVE = auto()
    """From the alternate screen."""
    PICTURE = auto()
    """Sixels, drawn to the right of the cursor and below."""
    UNKNOWN = auto()
    """Whatever it is, the screen is not known after it (the whole rest)."""


_ST: Final = r"(?:\x07|\x1b\\)"
_COLOUR: Final = r"[34]8;(?:5;\d+|2;\d+;\d+;\d+)"
_PARAMETER: Final = rf"(?:{_COLOUR}|[34][0-79]|9[0-7]|10[0-7]|2[1-57-9]|5[1-5]|\d?)"
_PATTERNS: Final = (
    (Kind.TEXT, r"[^\x00-\x1f\x7f-\x9f]+"),
    (Kind.LOOK, rf"\x1b\[({_PARAMETER}(?:;{_PARAMETER})*)m"),
    (Kind.MOVE, r"\x1b\[(\d+;\d+)H"),
    (Kind.NEXT_LINE, r"\r?\n"),
    (Kind.TOGETHER, r"\x1b\[\?2026[hl]"),
    (Kind.ENTER, r"\x1b\[\?1049h"),
    (Kind.LEAVE, r"\x1b\[\?1049l"),
    (Kind.LINK, rf"\x1b\]8;([^\x00-\x1f\x7f]*){_ST}"),
    (
        Kind.ASIDE,
        # DECCOLM, origin mode and the other ways to the alternate screen are none of these
        rf"\x07|\x1b\][^\x00-\x1f\x7f]*{_ST}|\x1b_[^\x1b]*\x1b\\|\x1b\[\?(?!(?:3|6|47|1047|1048|1049)[hl])\d+[hl]"
        r"|\x1b\[\?\d+\$p|\x1b\[[<>=]\d*u|\x1b\[5n",
    ),
    (Kind.PICTURE, r"\x1bP[^\x1b]*\x1b\\"),
    (Kind.UNKNOWN, r"(?s:.)+"),
)
_PIECE: Final = re.compile("|".join(f"(?P<{kind.name}>{pattern})" for kind, pattern in _PATTERNS))
_INNER: Final = {Kind.LOOK, Kind.MOVE, Kind.LINK}
_KINDS: Final = {
    number: (kind, number + 1 if kind in _INNER else 0)
    for kind in Kind
    for number in [_PIECE.groupindex[kind.name]]
}


def pieces(text: str) -> Iterator[tuple[Kind, str]]:
    """The pieces in their order; joined, nothing of the text is missing but what `Kind` leaves out."""
    for match in _PIECE.finditer(text):
        kind, inner = _KINDS[match.lastindex or 0]
        yield kind, match[inner]
