"""A user's properties as operations: one PATCH per kind of permission they need."""

from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from services import powershell
from services.members import GRAPH_HOST
from services.operation import Already, HasValue, Json, Look, Operation, Request, Service
from services.transport.urls import segment
from state.values import Change


class Store(StrEnum):
    """Where a property lives: each is written by its own request.

    Profile-store fields must not travel with directory fields (`api-map.md` §3.2); sign-in status and leave
    date need permissions of their own (§3.19), and one refusal must not take the other fields with it.
    """

    DIRECTORY = "directory"
    SIGN_IN = "sign-in"
    LIFECYCLE = "life cycle"
    PROFILE = "profile"
    MANAGER = "manager"


STORES: Mapping[str, Store] = {
    "accountEnabled": Store.SIGN_IN,
    "employeeLeaveDateTime": Store.LIFECYCLE,
    "hireDate": Store.PROFILE,
    "preferredName": Store.PROFILE,
    "manager": Store.MANAGER,
}
"""Properties that do not live in the plain directory store."""

NEVER_CLEARED = frozenset(
    {"usageLocation", "displayName", "userPrincipalName", "mailNickname", "accountEnabled"}
)
"""Properties that take another value but never none: what first set one of them cannot be undone."""

_EMPTY: Mapping[str, Json] = {"otherMails": [], "businessPhones": [], "hireDate": "0001-01-01T00:00:00Z"}
"""What clears a property that does not take null: lists are emptied, the profile's dates are set to never."""


def operations(changes: Sequence[Change], *, inside: str = "") -> list[Operation]:
    """The staged property changes of one user as operations, directory fields first.

    `inside` names the complex property that the fields belong to (`onPremisesExtensionAttributes`).
    """
    groups: dict[Store, list[Change]] = {}
    for change in changes:
        groups.setdefault(STORES.get(change.field, Store.DIRECTORY), []).append(change)
    return [_both_ways(groups[store], store, inside) for store in Store if store in groups]


def _both_ways(changes: Sequence[Change], store: Store, inside: str) -> Operation:
    back = [
        # what was the old value's name is the new one's
        msgspec.structs.replace(c, before=c.after, after=c.before, facts={"shown": c.facts.get("was", "")})
        for c in changes
        if c.before is not None or c.field not in NEVER_CLEARED
    ]
    return msgspec.structs.replace(
        _one_way(changes, store, inside),
        inverse=_one_way(back, store, inside) if back else None,
        changes=tuple(c.key for c in changes),
    )


def _one_way(changes: Sequence[Change], store: Store, inside: str) -> Operation:
    if store is Store.MANAGER:
        return _manager(changes[0])
    user = changes[0].user
    fields = {c.field: c.after for c in changes}
    written = {name: _EMPTY.get(name) if value is None else value for name, value in fields.items()}
    body = {inside: written} if inside else written
    names = ", ".join(c.row_name or c.field for c in changes)
    return Operation(
        title=f"Set {names}",
        target=changes[0].user_name,
        request=Request(Service.GRAPH, "PATCH", f"/users/{segment(user)}", body=body),
        serial=f"user:{user}",
        powershell=powershell.line("Update-MgUser", {"UserId": user, "BodyParameter": body}),
        before={c.field: c.before for c in changes},
        after=fields,
        look=_look(user, tuple(fields), inside),
    )


def _look(user: str, fields: Sequence[str], inside: str) -> Look:
    request = Request(
        Service.GRAPH,
        path=f"/users/{segment(user)}",
        query=(("$select", inside or ",".join(fields)),),
    )
    return Look(request, tuple(HasValue(f, (inside, f) if inside else (f,)) for f in fields))


def _manager_title(change: Change) -> str:
    """With the name that was chosen: before and after are ids, which nobody can review."""
    if not change.after:
        return "Remove manager"
    name = change.facts.get("shown", "")
    return f"Set manager to {name}" if name else "Set manager"


def _manager(change: Change) -> Operation:
    path = f"/users/{segment(change.user)}/manager/$ref"
    look = Look(
        Request(
            Service.GRAPH,
            path=f"/users/{segment(change.user)}",
            query=(("$select", "id"), ("$expand", "manager($select=id)")),
        ),
        (HasValue("manager", ("manager", "id")),),
    )
    if change.after:
        reference = {"@odata.id": f"{GRAPH_HOST}/v1.0/users/{segment(str(change.after))}"}
        request = Request(Service.GRAPH, "PUT", path, body=reference)
        shell = powershell.line("Set-MgUserManagerByRef", {"UserId": change.user, "BodyParameter": reference})
    else:
        request = Request(Service.GRAPH, "DELETE", path)
        shell = powershell.line("Remove-MgUserManagerByRef", {"UserId": change.user})
    return Operation(
        title=_manager_title(change),
        target=change.user_name,
        request=request,
        serial=f"user:{change.user}",
        powershell=shell,
        before={"manager": change.before},
        after={"manager": change.after},
        look=look,
        already=() if change.after else (Already(404),),
    )
