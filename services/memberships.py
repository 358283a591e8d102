"""What a user is a member of, directly and through other groups."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from services.errors import RollcallError
from services.operation import Json, Request, Service
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User


class Memberships(msgspec.Struct, frozen=True):
    """Ids and names of the objects the user belongs to; `inherited` are those reached only through others.

    `ways` says through which, by id, where that was asked for and could be told.
    """

    direct: Mapping[str, str]
    inherited: Mapping[str, str]
    ways: Mapping[str, str] = {}


async def memberships(tenant: Tenant, user: User) -> Memberships:
    """Both readings of one user, live (`api-map.md` §3.4). Raises `RollcallError`."""
    direct, every = await asyncio.gather(
        _ids(tenant, user, "memberOf"), _ids(tenant, user, "transitiveMemberOf")
    )
    return Memberships(direct, {i: name for i, name in every.items() if i not in direct})


async def with_ways(tenant: Tenant, held: Memberships, groups: Sequence[str]) -> Memberships:
    """The same, with the names of the groups that bring the user into each of these.

    Nobody can be asked that directly: the first page of each group's members is held against what the user
    belongs to. Where a group cannot be read, or its nested groups stand further down, nothing is told.
    """
    found = await asyncio.gather(*(_first_members(tenant, group) for group in groups))
    mine = {**held.inherited, **held.direct}
    ways = {}
    for group, members in zip(groups, found, strict=True):
        if names := [mine[member] or member for member in members if member in mine]:
            ways[group] = ", ".join(names)
    return msgspec.structs.replace(held, ways=ways)


async def _first_members(tenant: Tenant, group: str) -> list[str]:
    request = Request(
        Service.GRAPH,
        path=f"/groups/{segment(group)}/members",
        query=(("$select", "id"), ("$top", "999")),
    )
    try:
        page: list[dict[str, Json]] = await anext(tenant.pages(request), [])
    except RollcallError:
        # the row is locked either way; only which group it is stays untold
        return []
    return [str(o["id"]).lower() for o in page if "id" in o]


async def _ids(tenant: Tenant, user: User, relation: str) -> dict[str, str]:
    request = Request(
        Service.GRAPH,
        path=f"/users/{segment(user.id)}/{relation}",
        query=(("$select", "id,displayName"), ("$top", "999")),
    )
    found: dict[str, str] = {}
    async for page in tenant.pages(request):
        found.update((str(o["id"]).lower(), str(o.get("displayName") or "")) for o in page if "id" in o)
    return found
