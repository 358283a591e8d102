"""The rows of the users page: which tab a user belongs to, what a row shows, and what the filters mean."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from enum import StrEnum
from fnmatch import fnmatchcase

import msgspec

from services.columns import Column
from services.profile import KindRules, Kinds
from services.record import Record
from services.user import User, tags


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


def joined(known: Insight, what: str, found: Insight) -> Insight:
    """What is known, with the one field that was found just now; a refusal leaves what was known of it."""
    reasons = {name: reason for name, reason in known.reasons.items() if name != what}
    value = getattr(found, what)
    told = {} if value is None else {what: value}
    return msgspec.structs.replace(known, **told, reasons={**reasons, **found.reasons})


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
