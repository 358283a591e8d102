"""Identity Protection: a user's risk, its history and its detections, kept for a while."""

from datetime import datetime

from services.errors import NotFound
from services.operation import Json, Request, Service
from services.reports import since
from services.tenant import Tenant
from services.transport.urls import odata_string, segment

_PATH = "/identityProtection"


async def risky_user(tenant: Tenant, user: str) -> dict[str, Json] | None:
    """The directory's opinion of a user, None where they never were at risk. Raises `RollcallError`."""

    async def ask() -> dict[str, Json] | None:
        try:
            found = await tenant.read(Request(Service.GRAPH, path=f"{_PATH}/riskyUsers/{segment(user)}"))
        except NotFound:
            return None
        return found if isinstance(found, dict) else None

    return await tenant.kept.get(f"riskyUsers/{user}", ask)


async def history(tenant: Tenant, user: str) -> list[dict[str, Json]]:
    """How the opinion came about, nothing where there is none. Raises `RollcallError`."""

    async def ask() -> list[dict[str, Json]]:
        request = Request(Service.GRAPH, path=f"{_PATH}/riskyUsers/{segment(user)}/history")
        try:
            return [item async for page in tenant.pages(request) for item in page]
        except NotFound:
            return []

    return await tenant.kept.get(f"history/{user}", ask)


async def detections(tenant: Tenant, user: str, now: datetime, days: int) -> list[dict[str, Json]]:
    """What was detected of a user in the last `days`. Raises `RollcallError`."""

    async def ask() -> list[dict[str, Json]]:
        parts = (f"userId eq '{odata_string(user)}'", f"detectedDateTime ge {since(now, days)}")
        request = Request(
            Service.GRAPH,
            path=f"{_PATH}/riskDetections",
            query=(("$filter", " and ".join(parts)), ("$top", "500")),
        )
        return [item async for page in tenant.pages(request) for item in page]

    return await tenant.kept.get(f"riskDetections/{user}/{days}", ask)
