"""Record: one row of a list that is read, such as a sign-in or a permission."""

from collections.abc import Mapping

import msgspec

from services.errors import InvalidInput

_NONE: Mapping[str, str] = {}
"""The facts of most records: two hundred thousand of them share it."""


class Record(msgspec.Struct, frozen=True, gc=False):
    """One row of a record tab; `details` are (label, value) pairs for its detail window.

    `facts` is what the actions on it need without loading the tab again. `name` is the title of its window,
    the second cell where it has none of its own.
    """

    key: str
    cells: tuple[str, ...]
    details: tuple[tuple[str, str], ...] = ()
    facts: Mapping[str, str] = msgspec.field(default_factory=lambda: _NONE)
    name: str = ""


def facts_of(record: Record | None) -> dict[str, str]:
    """What the row under the cursor brings to an action. Raises `InvalidInput` where there is no row."""
    if record is None:
        raise InvalidInput("No row is selected.")
    return dict(record.facts)
