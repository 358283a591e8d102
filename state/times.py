"""Times as they are stored: whole microseconds since 1970 in UTC, which sort, index and never round."""

from datetime import UTC, datetime, timedelta
from typing import overload

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


@overload
def stored(at: datetime) -> int: ...
@overload
def stored(at: None) -> None: ...
def stored(at: datetime | None) -> int | None:
    """The aware `at` in microseconds since 1970."""
    return None if at is None else (at - _EPOCH) // _MICROSECOND


@overload
def shown(at: int) -> datetime: ...
@overload
def shown(at: None) -> None: ...
def shown(at: int | None) -> datetime | None:
    """The stored time as an aware datetime in UTC."""
    return None if at is None else _EPOCH + timedelta(microseconds=at)
