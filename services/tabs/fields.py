"""How the properties tabs read, show and check their fields."""

import re
from collections.abc import Callable
from datetime import date

from services.errors import InvalidInput
from services.operation import Json

SYNCED = "Synchronised from Active Directory: change it there"

Check = Callable[[str], Json]


def text_of(value: Json) -> str:
    """A directory value as one line of text."""
    if value is None:
        return ""
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return str(value)


def up_to(length: int, *, required: bool = False) -> Check:
    """Text of at most `length` characters; nothing typed clears the value, which Graph wants as null."""

    def check(typed: str) -> Json:
        text = typed.strip()
        if not text and required:
            raise InvalidInput("This must not be empty: the directory does not let it be cleared.")
        if len(text) > length:
            raise InvalidInput(f"At most {length} characters; this has {len(text)}.")
        return text or None

    return check


def matching(pattern: str, sentence: str, *, required: bool = False, upper: bool = False) -> Check:
    """Text that matches the whole of `pattern`, else the sentence."""

    def check(typed: str) -> Json:
        text = typed.strip()
        text = text.upper() if upper else text
        if not text and not required:
            return None
        if not re.fullmatch(pattern, text):
            raise InvalidInput(sentence)
        return text

    return check


def many(item: Check, most: int) -> Check:
    """Values with commas between them, each checked by `item`; nothing typed is an empty list."""

    def check(typed: str) -> Json:
        values = [item(part) for part in typed.split(",") if part.strip()]
        if len(values) > most:
            raise InvalidInput(f"At most {most} here; these are {len(values)}.")
        return values

    return check


def day(typed: str) -> Json:
    """A date typed as YYYY-MM-DD, as the midnight in UTC that Graph stores."""
    text = typed.strip()
    if not text:
        return None
    try:
        return f"{date.fromisoformat(text).isoformat()}T00:00:00Z"
    except ValueError:
        raise InvalidInput("A date is written as 2026-12-31 (year, month, day).") from None


def shown_day(value: Json) -> str:
    """A stored instant as its day."""
    return str(value)[:10] if value else ""
