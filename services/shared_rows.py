"""Shared: one tab of switches for several users at once: of how many of them each switch is on."""

from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence

import msgspec

from services.columns import Column
from services.comparison import rows_of
from services.operation import Json
from services.tabs.tab import NOT_KNOWN, Row, ToggleTab
from services.tenant import Tenant
from services.user import User

VARIES = "varies"
"""What a cell says that is not the same for all of them."""
HELD = Column("held", "On for", least=9)
_VARIOUS = "Locked for each of them, for different reasons: F3 tells them"
_NOT_LISTED = "not in this user's list"

Seen = Callable[[User, Row], Row]
"""The row as it is for this user, with what was written a moment ago."""


class SharedRow(Row, frozen=True, gc=False):
    """A row for several users: `held` tells of how many each switch is on, and `on` whether it is of all.

    A switch is locked where it is for each of them; else it is set for those for whom it can be.
    """

    held: tuple[int, ...] = ()


class Shared:
    """The rows of one tab for each of several users. What is as for the first of them is kept once."""

    def __init__(self, tab: ToggleTab, users: Sequence[User]) -> None:
        self._tab = tab
        self._users = users
        self._first: dict[str, Row] = {}
        self._others: list[dict[str, Row | None]] = []
        """Of each further user the rows that are other than the first one's; None where there is no such row."""

    async def read(self, tenant: Tenant, seen: Seen) -> AsyncIterator[int]:
        """Reads one user after the other, and tells how many there are by then. Raises `RollcallError`."""
        others: list[dict[str, Row | None]] = []
        first: dict[str, Row] = {}
        for number, user in enumerate(self._users):
            rows = {row.key: seen(user, row) for row in await rows_of(tenant, self._tab, user)}
            if not number:
                first = rows
            else:
                # what another of them has and the first one lacks is a row, too
                first |= {key: _absent(row) for key, row in rows.items() if key not in first}
                others.append(_differing(first, rows))
            yield number + 1
        self._first, self._others = first, others

    def rows(self) -> Iterator[SharedRow]:
        """Every row, for all of them."""
        return map(self.row, self._first)

    def row(self, key: str) -> SharedRow:
        """The row with this key, for all of them. Raises `KeyError`."""
        each = [row for _, row in self.of(key)]
        first = each[0]
        toggles = range(len(self._tab.toggles))
        states = [[row.on[number] for row in each if not _is_absent(row)] for number in toggles]
        return SharedRow(
            key,
            first.name,
            _cells(each, [sum(map(bool, some)) for some in states], len(each)),
            tuple(None if None in some else all(some) for some in states),
            _locks(each, toggles),
            {},
            tuple(sum(map(bool, some)) for some in states),
        )

    def of(self, key: str) -> list[tuple[User, Row]]:
        """Each user with their own row. Raises `KeyError`."""
        first = self._first[key]
        rows = [first, *(other.get(key, first) for other in self._others)]
        return [
            (user, _absent(first) if row is None else row)
            for user, row in zip(self._users, rows, strict=True)
        ]

    def __contains__(self, key: str) -> bool:
        return key in self._first

    def put(self, found: Mapping[str, Sequence[Row]]) -> None:
        """What was found out about rows of each user, by their id."""
        for number, user in enumerate(self._users):
            for row in found.get(user.id, ()):
                if number:
                    self._others[number - 1][row.key] = row
                elif row.key in self._first:
                    for other in self._others:
                        # they may have been the same up to now
                        other.setdefault(row.key, self._first[row.key])
                    self._first[row.key] = row


def widened(tab: ToggleTab) -> ToggleTab:
    """The tab with a column that tells of how many of them a switch is on, and without what is for one user."""
    return msgspec.structs.replace(
        tab,
        toggles=tuple(msgspec.structs.replace(toggle, counted="on for someone in") for toggle in tab.toggles),
        columns=(tab.columns[0], HELD, *tab.columns[1:]),
        opens=None,
        actions=(),
        export=False,
    )


def settable(
    tab: ToggleTab, rows: Sequence[tuple[User, Row]], toggle: int, value: bool, staged: Mapping[str, Json]
) -> tuple[list[tuple[User, Row]], dict[str, str]]:
    """For whom a row's switch is to be set, and who must be left out, by name, with the reason.

    `staged` are the values of this switch that are staged, by the user's id.
    """
    found: list[tuple[User, Row]] = []
    left: dict[str, str] = {}
    added = sum(row.on[toggle] is False and staged.get(user.id) is True for user, row in rows)
    for user, row in rows:
        before = row.on[toggle]
        if staged.get(user.id, before) is value:
            continue
        room = tab.room(row) if tab.room and value and before is False else None
        if reason := row.lock(toggle) or (NOT_KNOWN if before is None else ""):
            left[user.name] = reason
        elif room is not None and added >= room:
            left[user.name] = f"only {room:,} free"
        else:
            found.append((user, row))
            added += room is not None
    return found, left


def _differing(first: Mapping[str, Row], rows: Mapping[str, Row]) -> dict[str, Row | None]:
    found: dict[str, Row | None] = {key: row for key, row in rows.items() if row != first[key]}
    return found | dict.fromkeys(first.keys() - rows.keys())


def _absent(row: Row) -> Row:
    """The row for somebody in whose list it is not."""
    return msgspec.structs.replace(
        row, on=(False,) * len(row.on), locks=(_NOT_LISTED,) * len(row.on), facts={}
    )


def _is_absent(row: Row) -> bool:
    return _NOT_LISTED in row.locks


def _cells(each: Sequence[Row], held: Sequence[int], users: int) -> tuple[str, ...]:
    name, *rest = zip(*(row.cells for row in each), strict=True)
    told = [texts[0] if all(text == texts[0] for text in texts) else VARIES for texts in rest]
    return (name[0], f"{' '.join(map(str, held))} of {users}", *told)


def _locks(each: Sequence[Row], toggles: range) -> tuple[str, ...]:
    """Why a switch can be set for none of them."""
    found = []
    for number in toggles:
        reasons = dict.fromkeys(row.lock(number) for row in each)
        found.append("" if "" in reasons else next(iter(reasons)) if len(reasons) == 1 else _VARIOUS)
    return tuple(found) if any(found) else ()
