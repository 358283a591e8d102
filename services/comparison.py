"""Comparison: how two users differ on one tab of switches."""

from collections.abc import Iterable, Sequence

import msgspec

from services.tabs.tab import Row, ToggleTab
from services.tenant import Tenant
from services.user import User

Cell = tuple[str, int]
"""Row key and the number of the switch."""


class Comparison(msgspec.Struct, frozen=True):
    """Cells that differ: `missing` are on for the other user only, `surplus` for this user only.

    `locked` differ too, and cannot be changed here. `unknown` is how many cells of rows that both have were
    not compared, as one of the values is not known yet.
    """

    missing: tuple[Cell, ...] = ()
    surplus: tuple[Cell, ...] = ()
    locked: tuple[Cell, ...] = ()
    unknown: int = 0


async def rows_of(tenant: Tenant, tab: ToggleTab, user: User) -> list[Row]:
    """All rows of the tab for this user, as it is listed. Raises `RollcallError`."""
    found: dict[str, Row] = {}
    async for page in tab.load(tenant, user):
        if page.replace:
            found = {}
        found.update((row.key, row) for row in page.rows if isinstance(row, Row))
    return list(found.values())


def compared(mine: Iterable[Row], others: Sequence[Row]) -> Comparison:
    """How the rows differ; `mine` hold what is staged as if it were so."""
    theirs = {row.key: row for row in others}
    missing: list[Cell] = []
    surplus: list[Cell] = []
    locked: list[Cell] = []
    unknown = 0
    for row in mine:
        other = theirs.get(row.key)
        if other is None:
            continue
        for number, (here, there) in enumerate(zip(row.on, other.on, strict=True)):
            if here is None or there is None:
                unknown += 1
            elif here is not there:
                kind = locked if row.lock(number) else missing if there else surplus
                kind.append((row.key, number))
    return Comparison(tuple(missing), tuple(surplus), tuple(locked), unknown)
