"""The rows that every tab of groups shares: the tenant's groups joined with one user's memberships."""

import asyncio
from collections.abc import AsyncIterator, Callable, Iterator, Mapping, Sequence
from datetime import datetime

from services.group import Group, GroupKind
from services.memberships import Memberships, memberships, with_ways
from services.tabs.tab import Column, Page, Row, Toggle
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

    The first rows come at once, with switches that are not known yet if need be. Further ones come in pieces
    that grow with what is there: a table that puts each piece in its order then does work that grows with
    the rows, not with the rows times the pages.
    """
    reading = asyncio.ensure_future(memberships(tenant, user))
    shown: list[Group] = []
    waiting: list[Row] = []
    unknown = patient = True
    told = ""
    try:
        async for listing in tenant.groups.listing():
            told = listing.note
            if listing.first:
                shown, waiting, unknown = [], [], False
            elif unknown and patient:
                # the other rows are better built once than twice
                await asyncio.wait({reading}, timeout=_GRACE)
                patient = False
            held = reading.result() if reading.done() else None
            if unknown and held is not None:
                for page in _again(shown, held, row, told):
                    yield page
                    await give_way()
                waiting, unknown = [], False
            fresh = [g for g in listing.objects if wanted(g)]
            shown += fresh
            waiting += [row(g, held) for g in fresh]
            unknown = unknown or (held is None and bool(fresh))
            if listing.first or not fresh or len(waiting) >= min(_SLICE, len(shown) // 4):
                note = listing.note or _age(listing.as_of, tenant.clock.now())
                yield Page(waiting, replace=listing.first, note=note)
                waiting = []
            await give_way()
        yield Page(waiting, note=told)
        held = await reading
        if unknown:
            for page in _again(shown, held, row, told):
                yield page
                await give_way()
        locked = [g for g in shown if g.id in held.inherited and not g.lock][:_NAMED]
        if locked:
            named = await with_ways(tenant, held, [group.id for group in locked])
            again = [row(g, named) for g in locked if g.id in named.ways]
            # a row with a switch that was found out meanwhile must not lose it
            yield Page([r for r in again if None not in r.on], note=told)
    finally:
        reading.cancel()


def _again(
    shown: Sequence[Group],
    held: Memberships,
    row: Callable[[Group, Memberships | None], Row],
    note: str,
) -> Iterator[Page]:
    for start in range(0, len(shown), _SLICE):
        yield Page([row(g, held) for g in shown[start : start + _SLICE]], replace=start == 0, note=note)


def _age(as_of: datetime | None, now: datetime) -> str:
    if as_of is None:
        return ""
    minutes = int((now - as_of).total_seconds() // 60)
    return f"as of {minutes} min ago · refreshing" if minutes else "as of a moment ago · refreshing"
