"""The users page: which tab a user belongs to, what its rows show, and what its filters mean."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from services import identity_protection, local_users
from services.errors import NotFound, NotPermitted, Rejected, RollcallError
from services.operation import Json, Request, Service
from services.profile import KindRules, Kinds
from services.record import Record
from services.tabs.tab import Column
from services.tenant import Tenant
from services.transport.urls import odata_string, segment
from services.user import FIELDS_OF_DELETED, PAGE_FIELDS, User, of_json, tags


class PeopleTab(StrEnum):
    """The six tabs of the users page; the value is the title."""

    USERS = "Users"
    GUESTS = "Guest users"
    EXTERNAL = "External users"
    SERVICE = "Service accounts"
    ALL = "All users"
    DELETED = "Deleted users"


class PeopleFilter(StrEnum):
    """The filters of the users page; the value is what the operator reads."""

    BLOCKED = "sign-in blocked"
    MFA_MISSING = "MFA not registered"
    EXPIRED = "password expired"
    LICENSED = "licensed"
    UNLICENSED = "not licensed"
    AT_RISK = "at risk"
    HIGH_RISK = "high risk"


COLUMNS = (
    Column("displayName", "Name", least=16),
    Column("userPrincipalName", "User name", least=20),
    Column("type", "Type", width=12),
    Column("signIn", "Sign-in", width=8),
    Column("licenses", "Licences", width=8, wide=True),
    Column("department", "Department", least=12, wide=True),
    Column("risk", "Risk", width=7, wide=True),
    Column("tags", "Tags", least=10, wide=True),
)


class Insight(msgspec.Struct, frozen=True):
    """What other services know about users; None: not asked yet, or refused for the reason in `reasons`."""

    risks: Mapping[str, str] | None = None
    mfa_missing: frozenset[str] | None = None
    password_days: Mapping[str, int] | None = None
    reasons: Mapping[str, str] = {}


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


async def learned(tenant: Tenant, insight: Insight, what: str) -> Insight:
    """The insight with one more field asked for; a refusal is kept as the reason, never raised."""
    ask = {"risks": risks, "mfa_missing": mfa_missing, "password_days": password_days}[what]
    reasons = {name: reason for name, reason in insight.reasons.items() if name != what}
    try:
        return msgspec.structs.replace(insight, **{what: await ask(tenant)}, reasons=reasons)
    except RollcallError as error:
        return msgspec.structs.replace(insight, reasons={**reasons, what: error.sentence})


def meets(user: User, rules: KindRules) -> bool:
    """Whether the user is of the kind that one of these rules tells."""
    name = (user.on_premises_distinguished_name or "").casefold()
    return (
        any(fnmatchcase(user.upn.casefold(), pattern.casefold()) for pattern in rules.upn)
        or any(name.endswith(unit.casefold()) for unit in rules.ou)
        or any(_holds(user, rule) for rule in rules.attributes)
    )


def _holds(user: User, rule: str) -> bool:
    name, _, wanted = rule.casefold().partition("=")
    attributes = user.on_premises_extension_attributes
    held = getattr(attributes, name.replace("extensionattribute", "e"), None)
    return held is not None and str(held).casefold() == wanted


def belongs(user: User, tab: PeopleTab, rules: Kinds) -> bool:
    """Whether the user is listed on this tab; "Users" is everyone of no other kind."""
    if tab is PeopleTab.ALL:
        return True
    if tab is PeopleTab.GUESTS:
        return user.guest
    if tab is PeopleTab.EXTERNAL:
        return meets(user, rules.external_users)
    if tab is PeopleTab.SERVICE:
        return meets(user, rules.service_accounts)
    return not (user.guest or meets(user, rules.external_users) or meets(user, rules.service_accounts))


def kind_text(user: User, rules: Kinds) -> str:
    """The two axes of a user's type in words, like "Hybrid service account"."""
    if user.guest:
        return "Guest"
    origin = "Local" if user.local else "Hybrid" if user.synced else "Cloud"
    if meets(user, rules.service_accounts):
        return f"{origin} service account"
    return f"{origin} external user" if meets(user, rules.external_users) else f"{origin} user"


def password_expired(user: User, insight: Insight, now: datetime) -> bool | None:
    """Whether the password is older than its domain allows; None when that cannot be known."""
    if insight.password_days is None or user.last_password_change_date_time is None:
        return None
    if "DisablePasswordExpiration" in (user.password_policies or ""):
        return False
    days = insight.password_days.get(user.upn.rpartition("@")[2].casefold())
    if days is None:
        return None
    return user.last_password_change_date_time + timedelta(days=days) < now


def passes(user: User, chosen: PeopleFilter, insight: Insight, now: datetime) -> bool:
    """Whether the user is what the filter asks for; what is not known does not pass."""
    risk = (insight.risks or {}).get(user.id.lower(), "")
    return {
        PeopleFilter.BLOCKED: user.account_enabled is False,
        PeopleFilter.MFA_MISSING: user.id.lower() in (insight.mfa_missing or ()),
        PeopleFilter.EXPIRED: password_expired(user, insight, now) is True,
        PeopleFilter.LICENSED: bool(user.assigned_licenses),
        PeopleFilter.UNLICENSED: not user.assigned_licenses,
        PeopleFilter.AT_RISK: risk in ("low", "medium", "high"),
        PeopleFilter.HIGH_RISK: risk == "high",
    }[chosen]


def record(user: User, rules: Kinds, insight: Insight) -> Record:
    """A user's row."""
    signs_in = "" if user.account_enabled is None else "allowed" if user.account_enabled else "blocked"
    return Record(
        user.id,
        (
            user.name,
            user.upn,
            kind_text(user, rules).removesuffix(" user"),
            signs_in,
            str(len(user.assigned_licenses or ()) or ""),
            user.department or "",
            (insight.risks or {}).get(user.id.lower(), ""),
            ", ".join(tag.text for tag in tags(user) if tag.text != "Sign-in blocked"),
        ),
        (("mail", user.mail or ""), ("employeeId", user.employee_id or "")),
    )


_RISK = next(number for number, column in enumerate(COLUMNS) if column.id == "risk")


def with_risk(found: Record, insight: Insight) -> Record:
    """The row with the risk that is known now."""
    risk = (insight.risks or {}).get(found.key, "")
    cells = (*found.cells[:_RISK], risk, *found.cells[_RISK + 1 :])
    return msgspec.structs.replace(found, cells=cells)


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
