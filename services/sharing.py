"""Sharing: one object in memory for a value that thousands of directory objects have in common."""

from collections.abc import Hashable, Iterable

import msgspec

_MOST = 20_000
"""Values that are kept: departments repeat, and a field in which they do not must not be held for good."""

_known: dict[Hashable, Hashable] = {}


def share(owner: msgspec.Struct, fields: Iterable[str]) -> None:
    """Gives these fields of a fresh struct the equal values that an earlier one brought."""
    for field in fields:
        value = getattr(owner, field)
        if value is None:
            continue
        known = _known.get(value)
        if known is not None:
            msgspec.structs.force_setattr(owner, field, known)
        elif len(_known) < _MOST:
            _known[value] = value
