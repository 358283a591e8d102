"""Matching: which rows a filter shows and how names are put in order; one rule for tables and exports."""

import re
from collections.abc import Sequence

_DIGITS = re.compile("[0-9]+")
_LENGTHS = [f"{length:02}" for length in range(100)]
_ID = re.compile("[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_ID_LENGTH = 36
_IDS = "\x00"
"""Stands before the ids; no cell holds it, as control characters are cleaned at the transport."""
_OF_AN_ID = 8
"""Characters of a word that may mean an id: the "3" of "App 3" stands in most ids, too."""


def words_of(text: str) -> list[str]:
    """What a row must hold, every one of them, to be shown under this filter."""
    return text.casefold().split()


def searched(cells: Sequence[str]) -> str:
    """What those words are looked for in: `holds` knows how."""
    ids = [cell for cell in cells if len(cell) == _ID_LENGTH and _ID.fullmatch(cell)]
    if not ids:
        return "\n".join(cells).casefold()
    return _IDS.join(("\n".join(cell for cell in cells if cell not in ids), "\n".join(ids))).casefold()


def in_ids(word: str) -> bool:
    """Whether the word is long enough to be looked for in ids, too."""
    return len(word) >= _OF_AN_ID


def holds(found: str, word: str) -> bool:
    """Whether what `searched` gave holds the word."""
    return word in (found if in_ids(word) else found.partition(_IDS)[0])


def with_ids(found: str) -> bool:
    """Whether there are ids in what `searched` gave."""
    return _IDS in found


def matches(words: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether a row with these cells holds every word."""
    found = searched(cells)
    return all(holds(found, word) for word in words)


def natural(text: str) -> str:
    """A key that sorts without regard to case and puts "Team 9" before "Team 10"."""
    return _DIGITS.sub(_number, text.casefold())


def _number(match: re.Match[str]) -> str:
    digits = match[0].lstrip("0")
    return _LENGTHS[min(len(digits), 99)] + digits
