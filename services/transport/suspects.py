"""Suspects: which texts of a JSON document need cleaning, found out without decoding it."""

import re

from services.clean import LIMIT, has_run

_MOST = 8
"""More of them, and it is quicker to look at each text."""
_ESCAPED = re.compile(rb'\\[^"\\/]')
_PLAIN = bytes(code for code in range(0x7F) if code != ord(":"))
"""What says nothing about whether a text is clean; a colon stands between one text and the next."""


def is_clean(content: bytes) -> bool:
    """Whether no text in this JSON needs cleaning; sometimes says no where one has to look closer."""
    return suspects(content) == [] and _is_utf8(content)


def suspects(content: bytes) -> list[bytes] | None:
    """Bytes of which every text in this JSON that needs cleaning holds one; None where each has to be looked at.

    A character that other ones break in two is not noticed: who decodes the text finds it (`mended`).
    """
    try:
        odd = content.translate(None, _PLAIN).decode()
    except UnicodeDecodeError:
        return None
    found = [] if odd.isprintable() else [char.encode() for char in set(odd) if not char.isprintable()]
    if b"\\" in content and _ESCAPED.search(content):
        found.append(b"\\")
    return None if len(found) > _MOST or has_run(odd) or _has_long_text(content) else found


def mended(content: bytes) -> bytes:
    """The same, with U+FFFD in the place of what is no UTF-8."""
    return content if _is_utf8(content) else content.decode(errors="replace").encode()


def _is_utf8(content: bytes) -> bool:
    try:
        content.decode()
    except UnicodeDecodeError:
        return False
    return True


def _has_long_text(content: bytes) -> bool:
    """Whether some string may be longer than clean() allows: half as many bytes without a bare quote."""
    block = LIMIT // 2
    for start in range(0, len(content) - block, block):
        found = content.find(b'"', start, start + block)
        while found > 0 and content[found - 1] == ord("\\"):
            found = content.find(b'"', found + 1, start + block)
        if found < 0:
            return True
    return False
