"""What text may go into a spreadsheet: nothing that it would calculate, and nothing that breaks its file."""

import re
import unicodedata

ROWS = 1_048_576
"""Rows of one sheet."""

CHARACTERS = 32_767
"""Of one cell, counted as Excel does, in UTF-16 units."""

_STARTS = frozenset("=+-@\u2212\t\r\n")
"""What makes a cell a formula, after compatibility forms (full-width, small, superscript) are folded."""

_AHEAD = " \"'`\u00b4\u2018\u2019\u201c\u201d\uff02\uff07"
"""What may stand before it: a spreadsheet or the program that feeds it takes these away."""

_LATER = re.compile(r"[;\t\r\n][\s\"'`´‘’“”＂＇]*(?=\S)")
"""Where a cell starts anew for a spreadsheet that divides at something else than the comma."""

_ILLEGAL = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f\ud800-\udfff\ufffe\uffff]")


def harmless(text: str) -> str:
    """The text of a CSV field with nothing in it that a spreadsheet would calculate.

    An apostrophe goes before what would be taken for a formula, also behind a semicolon or a line break: in
    many countries a spreadsheet divides there.
    """
    if _calculates(text.lstrip(_BLANKS)[:1]):
        text = f"'{text}"
    if _LATER.search(text):
        text = _LATER.sub(_stopped, text)
    return text


def legal(text: str) -> str:
    """The text of an XLSX cell: what XML cannot hold is replaced."""
    return _ILLEGAL.sub("\N{REPLACEMENT CHARACTER}", text) if _ILLEGAL.search(text) else text


def fitting(text: str) -> str:
    """As much of the text as a cell holds, with an ellipsis where something was cut."""
    if len(text) <= CHARACTERS // 2 or _units(text) <= CHARACTERS:
        return text
    cut = text.encode("utf-16-le")[: 2 * (CHARACTERS - 1)].decode("utf-16-le", "ignore")
    return f"{cut}…"


def _calculates(first: str) -> bool:
    return first in _STARTS or (bool(first) and unicodedata.normalize("NFKC", first)[:1] in _STARTS)


def _stopped(found: re.Match[str]) -> str:
    calculated = _calculates(found.string[found.end()])
    return f"{found[0]}'" if calculated else found[0]


def _units(text: str) -> int:
    return len(text) + sum(ord(character) > 0xFFFF for character in text)


_BLANKS = _AHEAD + "".join(map(chr, (*range(9, 14), 0x85, 0xA0, 0x1680, *range(0x2000, 0x200B), 0x2028, 0x2029,
                                     0x202F, 0x205F, 0x3000)))  # fmt: skip
