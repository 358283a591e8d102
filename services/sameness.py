"""Whether two values of one property mean the same to a directory, however each is written."""

from datetime import UTC, datetime

from services.operation import Json

_NEVER = "0001-01-01"
"""How the profile store writes a date that nobody set."""


def same(one: Json, other: Json) -> bool:
    """Empty is empty, lists of texts have no order, and instants may have more or fewer digits."""
    one, other = settled(one), settled(other)
    return type(one) is type(other) and bool(one == other)


def settled(value: Json) -> Json:
    """The one form that stands for all ways to write this value."""
    if value in ("", [], {}) or (isinstance(value, str) and value.startswith(_NEVER)):
        return None
    if isinstance(value, list) and all(isinstance(item, str) for item in value):
        return sorted(value)
    if isinstance(value, str) and len(value) >= 20 and value[4:5] == "-" and value[10] == "T":
        return _instant(value)
    return value


def _instant(text: str) -> Json:
    try:
        moment = datetime.fromisoformat(text)
    except ValueError:
        return text
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z") if moment.tzinfo else text
