"""Administrative units: the parts of a tenant that roles are limited to and groups are put into."""

from services.operation import Request, Service
from services.tenant import Tenant
from services.transport.urls import segment

_GROUP = "#microsoft.graph.group"


async def units(tenant: Tenant) -> dict[str, str]:
    """Display name by id, of every unit. Raises `RollcallError`."""
    request = Request(
        Service.GRAPH,
        path="/directory/administrativeUnits",
        query=(("$select", "id,displayName"), ("$top", "999")),
    )
    found: dict[str, str] = {}
    async for page in tenant.pages(request):
        found.update((str(o["id"]), str(o.get("displayName") or o["id"])) for o in page if "id" in o)
    return found


async def members(tenant: Tenant, unit: str) -> set[str]:
    """Ids of the groups in a unit. Raises `RollcallError`."""
    request = Request(
        Service.GRAPH,
        path=f"/directory/administrativeUnits/{segment(unit)}/members",
        query=(("$select", "id"), ("$top", "999")),
    )
    return {
        str(o["id"]) async for page in tenant.pages(request) for o in page if o.get("@odata.type") == _GROUP
    }
