"""Sign-in as operations: whether it is allowed, its dates, and the end of the sessions that are open."""

from collections.abc import Mapping, Sequence

import msgspec

from services import active_directory, powershell, properties
from services.active_directory import ACCOUNT
from services.operation import Json, Operation, Request, Service
from services.transport.urls import segment
from services.user import User
from state.values import Change

DATES: Mapping[str, str] = {"employeeHireDate": "Start date", "employeeLeaveDateTime": "End date"}

SYNCED = "synchronised from Active Directory"
DELETED = "the user is deleted"


def allowed(user: User, on: bool) -> list[Operation]:
    """Enables or blocks the sign-in (`api-map.md` §3.19); the inverse puts back what was."""
    title = "Enable sign-in" if on else "Block sign-in"
    return set_property(user, "accountEnabled", "Sign-in allowed", user.account_enabled, on, title)


def switched(user: User, facts: Mapping[str, Json], on: bool) -> list[Operation]:
    """The same where the account is mastered: in Active Directory where the form's facts hold its account."""
    if ACCOUNT in facts:
        return [active_directory.allowed(user, active_directory.of_fact(facts[ACCOUNT]), on)]
    return allowed(user, on)


def cleared(user: User, dates: Mapping[str, Json]) -> list[Operation]:
    """Takes away Start date and End date where they are set; each has a permission of its own."""
    return [
        operation
        for field, value in dates.items()
        for operation in set_property(user, field, DATES[field], value, None, f"Clear {DATES[field]}")
    ]


def revoked(user: User) -> Operation:
    """Ends the user's sessions: refresh tokens are void at once, access tokens live up to an hour on."""
    return Operation(
        title="Revoke sessions",
        target=user.upn,
        request=Request(Service.GRAPH, "POST", f"/users/{segment(user.id)}/revokeSignInSessions"),
        serial=f"user:{user.id}",
        powershell=powershell.line("Revoke-MgUserSignInSession", {"UserId": user.id}),
    )


def set_property(
    user: User, field: str, name: str, before: Json, after: Json, title: str = ""
) -> list[Operation]:
    """One property of the user, as the tab Basics would write it; `title` says it in the action's words."""
    change = Change(user.id, user.upn, "basics", "", name, field, before, after)
    written = unstaged(properties.operations([change]))
    return [msgspec.structs.replace(each, title=title or each.title) for each in written]


def unstaged(operations: Sequence[Operation]) -> list[Operation]:
    """The operations of an action: they carry out nothing that was staged."""
    return [
        msgspec.structs.replace(operation, changes=(), cells=operation.changes) for operation in operations
    ]
