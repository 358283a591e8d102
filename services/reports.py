"""The directory's reports (sign-ins, audits): page by page."""

from collections.abc import AsyncIterator
from datetime import datetime, timedelta

from services.errors import NotPermitted
from services.operation import Json, Request, Service
from services.tenant import Tenant
from services.transport.urls import odata_string
from services.user import User

NO_PREMIUM = "This tenant has no Entra ID P1 or P2 licence: without one the directory shows no {what}."
_NO_PREMIUM = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"


async def report_pages(tenant: Tenant, request: Request, what: str) -> AsyncIterator[list[dict[str, Json]]]:
    """The records of a report (`what`, for a sentence), a page for each time the caller comes back.

    Raises `RollcallError`; `NotPermitted` with a sentence of its own where the tenant lacks the licence.
    """
    try:
        async for page in tenant.pages(request):
            yield page
    except NotPermitted as error:
        if error.code != _NO_PREMIUM:
            raise
        sentence = NO_PREMIUM.format(what=what)
        raise NotPermitted(
            sentence, request_id=error.request_id, status=error.status, code=error.code
        ) from None


def audits_of(user: User, now: datetime, days: int, activity: str = "", top: int = 100) -> Request:
    """What was done to a user in the last `days`, newest first; only one kind of activity where it is named."""
    parts = [
        f"targetResources/any(t:t/id eq '{odata_string(user.id)}')",
        f"activityDateTime ge {since(now, days)}",
    ]
    if activity:
        parts.append(f"activityDisplayName eq '{odata_string(activity)}'")
    return _audits(parts, top)


def audits_by(user: User, now: datetime, days: int, top: int = 100) -> Request:
    """What a user did in the last `days`, newest first."""
    parts = [f"initiatedBy/user/id eq '{odata_string(user.id)}'", f"activityDateTime ge {since(now, days)}"]
    return _audits(parts, top)


def sign_ins_of(user: User, now: datetime, days: int, *more: str, top: int = 100) -> Request:
    """How a user signed in during the last `days`, newest first; `more` are further parts of the filter."""
    parts = [f"userId eq '{odata_string(user.id)}'", f"createdDateTime ge {since(now, days)}", *more]
    query = (("$filter", " and ".join(parts)), ("$top", str(top)))
    return Request(Service.GRAPH, path="/auditLogs/signIns", query=query)


def _audits(parts: list[str], top: int) -> Request:
    query = (("$filter", " and ".join(parts)), ("$top", str(top)))
    return Request(Service.GRAPH, path="/auditLogs/directoryAudits", query=query)


def since(now: datetime, days: int) -> str:
    """The moment so many days ago, as a filter writes it."""
    return (now - timedelta(days=days)).strftime("%Y-%m-%dT%H:%M:%SZ")


def initiator(by: dict[str, Json]) -> str:
    """Who did it: a person or a program."""
    user, app = by.get("user") or {}, by.get("app") or {}
    return str(user.get("userPrincipalName") or user.get("displayName") or app.get("displayName") or "")
