"""Time spans as the profile file has them, such as "30m" or "2h"."""

import re
from datetime import timedelta

LONGEST = timedelta(hours=12)
WORDS = 'how long writing stays open once it was opened, such as "30m" or "2h", at most "12h"'

_SPAN = re.compile(r"([1-9]\d{0,3})(m|h)")


def span(text: str) -> timedelta | None:
    """How long "30m" or "2h" is; None for no such window (""). Raises `ValueError`."""
    if not text:
        return None
    found = _SPAN.fullmatch(text)
    length = timedelta(minutes=int(found[1]) * (60 if found[2] == "h" else 1)) if found else LONGEST * 2
    if length > LONGEST:
        raise ValueError(text)
    return length
