"""The directory's reports (sign-ins, audits): page by page, within five requests in ten seconds."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from services.operation import Json, Request, Service
from services.tenant import Tenant
from services.transport.urls import odata_string
from services.user import User


async def report_pages(tenant: Tenant, request: Request) -> AsyncIterator[list[dict[str, Json]]]:
    """The records, a page for each time the caller comes back; all reports of a tenant share one pace.

    Raises `RollcallError`.
    """
    pages = tenant.pages(request)
    while True:
        await tenant.reports.turn()
        page = await anext(pages, None)
        if page is None:
            tenant.reports.give_back()
            return
        yield page


def audits_of(user: User, now: datetime, days: int, activity: str = "") -> Request:
    """What was done to a user in the last `days`, newest first; only one kind of activity where it is named."""
    parts = [
        f"targetResources/any(t:t/id eq '{odata_string(user.id)}')",
        f"activityDateTime ge {since(now, days)}",
    ]
    if activity:
        parts.append(f"activityDisplayName eq '{odata_string(activity)}'")
    return Request(
        Service.GRAPH,
        path="/auditLogs/directoryAudits",
        query=(("$filter", " and ".join(parts)), ("$top", "100")),
    )


def since(now: datetime, days: int) -> str:
    """The moment so many days ago, as a filter writes it."""
    return (now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def initiator(by: dict[str, Json]) -> str:
    """Who did it: a person or a program."""
    user, app = by.get("user") or {}, by.get("app") or {}
    return str(user.get("userPrincipalName") or user.get("displayName") or app.get("displayName") or "")
