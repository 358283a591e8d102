"""Abilities: the control sequences beyond plain motions and looks that a terminal knows, by its terminfo entry."""

import re
from dataclasses import dataclass
from typing import Final

_PADDING: Final = re.compile(rb"\$<[\d.]+[*/]*>")
_FAMILIES: Final = (
    "xterm",
    "screen",
    "tmux",
    "linux",
    "rxvt",
    "putty",
    "konsole",
    "vte",
    "alacritty",
    "foot",
    "st-",
)


@dataclass(frozen=True, slots=True)
class Abilities:
    """Each is whether the terminal knows the sequence of that name in the form of ECMA-48."""

    erase_line: bool = True
    """EL, to the end of the line."""
    erase_cells: bool = True
    """ECH."""
    column: bool = True
    """CHA, to a column of the same line."""
    line: bool = True
    """VPA, to another line of the same column."""
    take_back: bool = True
    """Codes that end one attribute or colour of many."""
    margins: bool = True
    """DECSTBM, and that a line feed in the last line between the margins moves up what is there."""


FULL: Final = Abilities()
LEAST: Final = Abilities(False, False, False, False, False, False)
"""What Textual itself takes for granted and no more."""


def abilities(term: str) -> Abilities:
    """What terminfo says of this kind of terminal; where it says nothing, what its family knows."""
    import curses

    try:
        curses.setupterm(term or "unknown", 1)
    except curses.error:
        return FULL if term.startswith(_FAMILIES) else LEAST
    return Abilities(
        erase_line=_is("el", b"\x1b[K"),
        erase_cells=_is("ech", b"\x1b[%p1%dX"),
        column=_is("hpa", b"\x1b[%i%p1%dG"),
        line=_is("vpa", b"\x1b[%i%p1%dd"),
        take_back=_is("rmul", b"\x1b[24m"),
        margins=_is("csr", b"\x1b[%i%p1%d;%p2%dr") and _is("ind", b"\n"),
    )


def _is(name: str, sequence: bytes) -> bool:
    import curses

    return _PADDING.sub(b"", curses.tigetstr(name) or b"") == sequence
