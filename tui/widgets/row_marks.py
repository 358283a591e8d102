"""Marks: which switches of a row are on, as one byte a row, so that nobody looks at 100,000 rows to count them."""

from collections.abc import Sequence
from functools import lru_cache

_MOST = 8
"""Switches a row may have: each is a bit."""
_ON = [bytes(mark >> toggle & 1 for mark in range(256)) for toggle in range(_MOST)]
_ANY = bytes(mark > 0 for mark in range(256))


@lru_cache(256)
def mark_of(values: Sequence[bool | None]) -> int:
    """The mark of a row whose switches stand so."""
    return sum(1 << toggle for toggle, value in enumerate(values) if value)


def on(marks: bytearray, toggle: int) -> bytearray:
    """1 for each row in which this switch is on, else 0."""
    return marks.translate(_ON[toggle])


def any_on(marks: bytearray) -> bytearray:
    """1 for each row in which any switch is on, else 0."""
    return marks.translate(_ANY)
