"""Users of the tenant, as the users page and its searches ask for them."""

import msgspec

from services import identity_protection, local_users
from services.errors import NotFound, NotPermitted, Rejected, RollcallError
from services.operation import Json, Request, Service
from services.people_rows import Insight
from services.tenant import Tenant
from services.transport.urls import odata_string, segment
from services.user import FIELDS_OF_DELETED, PAGE_FIELDS, User, of_json


async def find(tenant: Tenant, identifier: str) -> User:
    """One user by id or UPN with all the page's header needs; one in the recycle bin by id; a Local one by either.

    Raises `RollcallError`.
    """
    request = Request(Service.GRAPH, path=f"/users/{segment(identifier)}", query=(("$select", PAGE_FIELDS),))
    try:
        return of_json(await tenant.read(request))
    except NotFound:
        found = None if "@" in identifier else await _in_recycle_bin(tenant, identifier)
        found = found or await local_users.find(tenant, identifier)
        if found is None:
            raise
        return found


async def _in_recycle_bin(tenant: Tenant, identity: str) -> User | None:
    """The deleted user with this id; None where there is none, or none that the operator may see."""
    # without $select: what is in there is of any kind, so the service knows no user's fields here
    request = Request(Service.GRAPH, path=f"/directory/deletedItems/{segment(identity)}")
    try:
        body = await tenant.read(request)
    except (NotFound, NotPermitted, Rejected):
        return None
    kind = str(body.get("@odata.type", "user"))
    found = of_json(body) if kind.endswith("user") else None
    return found if found is not None and found.deleted else None


async def learned(tenant: Tenant, what: str) -> Insight:
    """This one field of an insight, asked for now; a refusal is kept as the reason, never raised."""
    ask = {"risks": risks, "mfa_missing": mfa_missing, "password_days": password_days}[what]
    try:
        return msgspec.structs.replace(Insight(), **{what: await ask(tenant)})
    except RollcallError as error:
        return Insight(reasons={what: error.sentence})


async def deleted(tenant: Tenant) -> list[User]:
    """The users in the recycle bin, live (`api-map.md` §3.1). Raises `RollcallError`."""
    request = Request(
        Service.GRAPH,
        path="/directory/deletedItems/microsoft.graph.user",
        # a cast with options is an advanced query (`api-map.md` §2)
        query=(("$select", FIELDS_OF_DELETED), ("$top", "999"), ("$count", "true")),
        headers=(("ConsistencyLevel", "eventual"),),
    )
    return [of_json(o) async for page in tenant.pages(request) for o in page]


async def find_people(tenant: Tenant, text: str) -> list[tuple[str, str, str]]:
    """Up to 25 users whose name, user name or mail starts with the text: (id, name, UPN).

    By `startswith`, which needs no index that lags behind writes (`api-map.md` §3.1). Raises `RollcallError`.
    """
    term = odata_string(text.strip())
    if not term:
        return []
    fields = ("displayName", "userPrincipalName", "mail")
    request = Request(
        Service.GRAPH,
        path="/users",
        query=(
            ("$filter", " or ".join(f"startswith({field},'{term}')" for field in fields)),
            ("$select", "id,displayName,userPrincipalName"),
            ("$top", "25"),
        ),
    )
    body = await tenant.read(request)
    found = [of_json(o) for o in body.get("value", ())]
    return [(user.id, user.name, user.upn) for user in found]


async def risk_of(tenant: Tenant, user: User) -> str:
    """The risk level of one user, "" when there is none. Raises `RollcallError`."""
    if user.local:
        return ""
    body = await identity_protection.risky_user(tenant, user.id) or {}
    level = str(body.get("riskLevel") or "")
    at_risk = body.get("riskState") in ("atRisk", "confirmedCompromised")
    return level if at_risk and level not in ("none", "hidden") else ""


async def risks(tenant: Tenant) -> dict[str, str]:
    """User id in small letters → risk level of those at risk. One request a second is all the service allows."""
    request = Request(
        Service.GRAPH,
        path="/identityProtection/riskyUsers",
        query=(
            ("$filter", "riskState eq 'atRisk' or riskState eq 'confirmedCompromised'"),
            ("$select", "id,riskLevel"),
            ("$top", "500"),
        ),
    )
    return {
        str(o["id"]).lower(): str(o.get("riskLevel")) async for page in tenant.pages(request) for o in page
    }


async def mfa_missing(tenant: Tenant) -> frozenset[str]:
    """Ids, in small letters, of users without a registered second factor."""
    request = Request(
        Service.GRAPH,
        path="/reports/authenticationMethods/userRegistrationDetails",
        query=(("$filter", "isMfaRegistered eq false"), ("$top", "999")),
    )
    return frozenset({str(o["id"]).lower() async for page in tenant.pages(request) for o in page})


async def password_days(tenant: Tenant) -> dict[str, int]:
    """Domain → days a password lives there."""
    request = Request(Service.GRAPH, path="/domains", query=(("$select", "id,passwordValidityPeriodInDays"),))
    found: dict[str, int] = {}
    async for page in tenant.pages(request):
        for domain in page:
            days: Json = domain.get("passwordValidityPeriodInDays")
            # 2147483647 is the service's "never"
            if isinstance(days, int) and 0 < days < 100_000:
                found[str(domain["id"]).casefold()] = days
    return found
