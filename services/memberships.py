"""What a user is a member of, directly and through other groups."""

import asyncio
from collections.abc import Mapping

import msgspec

from services.operation import Request, Service
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User


class Memberships(msgspec.Struct, frozen=True):
    """Ids of the objects the user belongs to; `inherited` are those reached only through another group."""

    direct: Mapping[str, str]
    inherited: Mapping[str, str]


async def memberships(tenant: Tenant, user: User) -> Memberships:
    """Both readings of one user, live (`api-map.md` §3.4). Raises `RollcallError`."""
    direct, every = await asyncio.gather(
        _ids(tenant, user, "memberOf"), _ids(tenant, user, "transitiveMemberOf")
    )
    return Memberships(direct, {i: name for i, name in every.items() if i not in direct})


async def _ids(tenant: Tenant, user: User, relation: str) -> dict[str, str]:
    request = Request(
        Service.GRAPH,
        path=f"/users/{segment(user.id)}/{relation}",
        query=(("$select", "id,displayName"), ("$top", "999")),
    )
    found: dict[str, str] = {}
    async for page in tenant.pages(request):
        found.update((str(o["id"]), str(o.get("displayName") or "")) for o in page if "id" in o)
    return found
