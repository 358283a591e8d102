"""Matching: which rows a filter shows and how names are put in order; one rule for tables and exports."""

import re
from collections.abc import Sequence

_DIGITS = re.compile("[0-9]+")


def words_of(text: str) -> list[str]:
    """What a row must hold, every one of them, to be shown under this filter."""
    return text.casefold().split()


def searched(cells: Sequence[str]) -> str:
    """What those words are looked for in."""
    return "\n".join(cells).casefold()


def matches(words: Sequence[str], cells: Sequence[str]) -> bool:
    """Whether a row with these cells holds every word."""
    found = searched(cells)
    return all(word in found for word in words)


def natural(text: str) -> str:
    """A key that sorts without regard to case and puts "Team 9" before "Team 10"."""
    return _DIGITS.sub(_number, text.casefold())


def _number(match: re.Match[str]) -> str:
    digits = match[0].lstrip("0")
    return f"{min(len(digits), 99):02}{digits}"
