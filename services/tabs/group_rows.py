"""The rows that every tab of groups shares: the tenant's groups joined with one user's memberships."""

import asyncio
from collections.abc import AsyncGenerator, AsyncIterator, Callable, Iterable, Mapping
from contextlib import aclosing
from datetime import datetime

from services.age import age
from services.columns import Column
from services.group import Group, GroupKind
from services.memberships import Memberships, memberships, with_ways
from services.tabs.tab import Page, Row, Toggle
from services.tenant import Tenant
from services.turns import give_way
from services.user import User

MEMBER = Toggle("member", "Member", "member of")

COLUMNS = (
    Column("displayName", "Name", least=20),
    Column("description", "Description", least=16),
    Column("mail", "Mail", least=16, wide=True),
    Column("source", "Source", width=8),
)

_ON: Mapping[bool | None, tuple[bool | None]] = {on: (on,) for on in (True, False, None)}
"""The switches of a row with one switch: a hundred thousand rows share three of them."""
_SLICE = 500
"""Rows handed on at once: to put them among the others must not hold up a key."""
_GRACE = 0.25
"""Seconds that the rows after the first wait for the memberships."""

INHERITED = "Member through another group: change it there"
_NAMED = 20
"""For how many of the user's inherited groups it is found out through which other they come."""


def cells(group: Group) -> tuple[str, ...]:
    """The text of a group's row, as `COLUMNS` orders it."""
    return (group.name, group.description or "", group.mail or "", group.source)


def member_lock(group: Group, held: Memberships | None) -> str:
    """Why this user's membership of the group cannot be flipped; "" when it can."""
    if group.lock:
        return group.lock
    if held is None or group.id not in held.inherited:
        return ""
    way = held.ways.get(group.id)
    return f"Member through the group {way}: change its members" if way else INHERITED


def is_member(group: Group, held: Memberships | None) -> bool | None:
    """Whether the user belongs to the group, directly or not; None while that is not known."""
    if held is None:
        return None
    return group.id in held.direct or group.id in held.inherited


def member_row(group: Group, held: Memberships | None) -> Row:
    """A group's row on a tab with the one switch "Member"."""
    lock = member_lock(group, held)
    return Row(group.id, group.name, cells(group), _ON[is_member(group, held)], (lock,) if lock else ())


def of_kind(
    tenant: Tenant, user: User, kind: GroupKind, row: Callable[[Group, Memberships | None], Row] = member_row
) -> AsyncIterator[Page]:
    """The rows of one kind, as `matching` brings them."""
    return matching(tenant, user, lambda group: group.kind is kind, row)


async def matching(
    tenant: Tenant,
    user: User,
    wanted: Callable[[Group], bool],
    row: Callable[[Group, Memberships | None], Row] = member_row,
) -> AsyncIterator[Page]:
    """Rows as they arrive: the cached groups first, then what changed; memberships are always read live.

    The first rows come at once, with switches that are not known yet if need be.
    """
    reading = asyncio.ensure_future(memberships(tenant, user))
    rows = _Rows(wanted, row)
    try:
        # the second time it goes on with what the first one has brought so far, now that the memberships are known
        for _ in range(2):
            async for page in rows.listed(tenant, reading):
                yield page
                await give_way()
            if not rows.stopped:
                break
        held = await reading
        if rows.unknown:
            async for page in rows.known(tenant, held):
                yield page
                await give_way()
        if rows.inherited:
            named = await with_ways(tenant, held, [group.id for group in rows.inherited])
            again = [row(g, named) for g in rows.inherited if g.id in named.ways]
            # a row with a switch that was found out meanwhile must not lose it
            yield Page([r for r in again if None not in r.on], note=rows.note)
    finally:
        reading.cancel()


class _Rows:
    """The rows of the groups that are wanted, as far as they have come. The groups themselves are not kept."""

    def __init__(
        self, wanted: Callable[[Group], bool], row: Callable[[Group, Memberships | None], Row]
    ) -> None:
        self._wanted = wanted
        self._row = row
        self._patient = True
        self._begin()
        self.note = ""
        self.stopped = False
        """The memberships came after rows that had to do without: those are better listed once more."""

    def _begin(self) -> None:
        self._count = 0
        self.unknown = False
        """Rows were given whose switches are not known."""
        self.inherited: list[Group] = []
        """Some of the groups that the user is in through another, for which it is told through which."""

    async def listed(
        self, tenant: Tenant, reading: "asyncio.Future[Memberships]"
    ) -> AsyncGenerator[Page, None]:
        """The rows in pieces that grow with what is there; an empty one says that all are here for now.

        A table that puts each piece in its order then does work that grows with the rows, not with the rows
        times the pages.
        """
        waiting: list[Row] = []
        self.stopped = False
        async with aclosing(tenant.groups.listing()) as listings:
            async for listing in listings:
                self.note = listing.note
                if listing.first:
                    self._begin()
                    waiting = []
                held = await self._held(reading)
                if self.unknown and held is not None:
                    self.stopped = True
                    return
                fresh = self._rows(listing.objects, held)
                waiting += fresh
                if listing.first or not fresh or len(waiting) >= min(_SLICE, self._count // 4):
                    note = listing.note or _age(listing.as_of, tenant.clock.now())
                    yield Page(waiting, replace=listing.first, note=note)
                    waiting = []
                    if not fresh and not listing.first:
                        yield Page(waiting, note=note)
        yield Page(waiting, note=self.note)

    async def known(self, tenant: Tenant, held: Memberships) -> AsyncIterator[Page]:
        """All rows once more, of the groups as they are known by now."""
        self._begin()
        first = True
        async for groups in tenant.groups.known():
            yield Page(self._rows(groups, held), replace=first, note=self.note)
            first = False

    async def _held(self, reading: "asyncio.Future[Memberships]") -> Memberships | None:
        if self.unknown and self._patient:
            # the other rows are better built once than twice
            await asyncio.wait({reading}, timeout=_GRACE)
            self._patient = False
        return reading.result() if reading.done() else None

    def _rows(self, groups: Iterable[Group], held: Memberships | None) -> list[Row]:
        fresh = [group for group in groups if self._wanted(group)]
        self._count += len(fresh)
        if held is None:
            self.unknown = self.unknown or bool(fresh)
        elif len(self.inherited) < _NAMED:
            self.inherited += [g for g in fresh if g.id in held.inherited and not g.lock]
            del self.inherited[_NAMED:]
        return [self._row(group, held) for group in fresh]


def _age(as_of: datetime | None, now: datetime) -> str:
    return f"{age(as_of, now)} · refreshing" if as_of else ""
