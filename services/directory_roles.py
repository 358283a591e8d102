"""A user's directory roles: what the tenant defines, what the user holds and how, and assignments as operations."""

import asyncio
from collections.abc import Mapping, Sequence

import msgspec

from services import powershell
from services.errors import NOT_OFFERED, NotFound, NotPermitted, Rejected, ServiceDown
from services.operation import Already, HasMember, Json, Look, Lookup, Operation, Request, Service
from services.tenant import Tenant
from services.transport.urls import odata_string, segment
from services.user import User
from state.values import Change

ROOT = "/roleManagement/directory"
WHOLE = "/"
"""The scope that is the whole directory; the others are parts of it."""
ASSIGNMENT = "assignment"
"""The fact of a row and of its changes that a removal needs: the assignment's id."""

_TYPE = "#microsoft.graph.unifiedRoleAssignment"


class Role(msgspec.Struct, frozen=True):
    """A role definition."""

    id: str
    name: str
    description: str = ""
    built_in: bool = True
    enabled: bool = True


class Holding(msgspec.Struct):
    """How a user holds one role at one scope.

    `assignment` is the id of the user's own active assignment, `groups` hold the role and the user is in
    them, `eligible`: PIM lets the user activate it.
    """

    assignment: str = ""
    groups: list[str] = []
    eligible: bool = False


class Holdings(msgspec.Struct):
    """A user's roles by (role id, scope). `notes` say which part the tenant would not show, and why."""

    held: dict[tuple[str, str], Holding]
    notes: tuple[str, ...] = ()

    @property
    def groups(self) -> set[str]:
        """Ids of all groups that hand the user a role."""
        return {group for holding in self.held.values() for group in holding.groups}


async def roles(tenant: Tenant) -> list[Role]:
    """Every role of the tenant (one page, `api-map.md` §3.5). Raises `RollcallError`."""
    request = Request(
        Service.GRAPH,
        path=f"{ROOT}/roleDefinitions",
        query=(("$select", "id,displayName,description,isBuiltIn,isEnabled,templateId"),),
    )
    found: list[Role] = []
    async for page in tenant.pages(request):
        found += [_role(o) for o in page if "id" in o]
    return found


async def holdings(tenant: Tenant, user: User) -> Holdings:
    """What the user holds, live. Raises `RollcallError` when the active roles cannot be read."""
    own, (over, over_note), (eligible, eligible_note) = await asyncio.gather(
        _listed(tenant, active(user.id)),
        _tolerant(tenant, _transitive(user.id), "roles through groups are not shown to you"),
        _tolerant(tenant, _eligible(user.id), "PIM-eligible roles are not shown (Entra ID P2)"),
    )
    found: dict[tuple[str, str], Holding] = {}
    for item in own:
        _at(found, item).assignment = str(item.get("id") or "")
    for item in over:
        principal = str(item.get("principalId") or "").lower()
        if principal != user.id.lower():
            _at(found, item).groups.append(principal)
    for item in eligible:
        _at(found, item).eligible = True
    return Holdings(found, tuple(note for note in (over_note, eligible_note) if note))


def active(user: str) -> Request:
    """The read of a user's own active assignments, at every scope."""
    return Request(
        Service.GRAPH,
        path=f"{ROOT}/roleAssignments",
        query=(("$filter", f"principalId eq '{odata_string(user)}'"),),
    )


def operation(change: Change) -> Operation:
    """A role at the whole directory, given or taken (`api-map.md` §3.5).

    What was given anew has an id that nobody knows before: taking it back looks it up. Raises `InvalidInput`
    for a removal whose change does not carry the assignment's id.
    """
    back = msgspec.structs.replace(change, before=change.after, after=change.before)
    if change.after:
        return msgspec.structs.replace(_assign(change), inverse=_take_back(back))
    return msgspec.structs.replace(_unassign(change), inverse=_assign(back))


def _assign(change: Change) -> Operation:
    body = {
        "@odata.type": _TYPE,
        "roleDefinitionId": change.row,
        "principalId": change.user,
        "directoryScopeId": WHOLE,
    }
    shell = {"RoleDefinitionId": change.row, "PrincipalId": change.user, "DirectoryScopeId": WHOLE}
    return _operation(
        change,
        "Assign directory role",
        Request(Service.GRAPH, "POST", f"{ROOT}/roleAssignments", body=body),
        powershell.line("New-MgRoleManagementDirectoryRoleAssignment", shell),
        (Already(400, "A conflicting object with one or more"),),
    )


def _unassign(change: Change) -> Operation:
    identity = change.facts.get(ASSIGNMENT, "")
    return _operation(
        change,
        "Remove directory role",
        Request(Service.GRAPH, "DELETE", f"{ROOT}/roleAssignments/{segment(identity)}"),
        powershell.line(
            "Remove-MgRoleManagementDirectoryRoleAssignment", {"UnifiedRoleAssignmentId": identity}
        ),
        (Already(404),),
    )


def _take_back(change: Change) -> Operation:
    """The removal of an assignment whose id is found when it is sent."""
    condition = f"principalId eq '{change.user}' and roleDefinitionId eq '{change.row}'"
    found = f"(Get-MgRoleManagementDirectoryRoleAssignment -Filter {powershell.quote(condition)}).Id"
    operation = _operation(
        change,
        "Remove directory role",
        Request(Service.GRAPH, "DELETE", f"{ROOT}/roleAssignments/{Lookup.HERE}"),
        f"Remove-MgRoleManagementDirectoryRoleAssignment -UnifiedRoleAssignmentId {found}",
        (Already(404),),
    )
    where = (("roleDefinitionId", change.row), ("directoryScopeId", WHOLE))
    return msgspec.structs.replace(operation, lookup=Lookup(active(change.user), where))


def _operation(
    change: Change, title: str, request: Request, shell: str, already: tuple[Already, ...]
) -> Operation:
    found = HasMember(
        change.field, (change.row,), ("roleDefinitionId",), where=(("directoryScopeId", WHOLE),)
    )
    return Operation(
        title=title,
        target=change.row_name,
        request=request,
        serial=f"roles:{change.user}",
        powershell=shell,
        before={change.field: change.before},
        after={change.field: change.after},
        look=Look(active(change.user), (found,)),
        already=already,
        changes=(change.key,),
    )


def _transitive(user: str) -> Request:
    """Own and inherited assignments: a beta call, and an advanced query."""
    return Request(
        Service.GRAPH_BETA,
        path=f"{ROOT}/transitiveRoleAssignments",
        query=(("$filter", f"principalId eq '{odata_string(user)}'"), ("$count", "true")),
        headers=(("ConsistencyLevel", "eventual"),),
    )


def _eligible(user: str) -> Request:
    return Request(
        Service.GRAPH,
        path=f"{ROOT}/roleEligibilityScheduleInstances",
        query=(("$filter", f"principalId eq '{odata_string(user)}'"),),
    )


async def _listed(tenant: Tenant, request: Request) -> list[dict[str, Json]]:
    return [item async for page in tenant.pages(request) for item in page]


async def _tolerant(tenant: Tenant, request: Request, note: str) -> tuple[list[dict[str, Json]], str]:
    """The list, or the note where this tenant or this operator is refused it: the rest is still worth showing."""
    try:
        return await _listed(tenant, request), ""
    except (NotPermitted, NotFound, Rejected):
        return [], note
    except ServiceDown as error:
        if error.status != NOT_OFFERED:
            raise
        return [], note


def _at(found: dict[tuple[str, str], Holding], item: Mapping[str, Json]) -> Holding:
    key = (str(item.get("roleDefinitionId") or "").lower(), str(item.get("directoryScopeId") or WHOLE))
    return found.setdefault(key, Holding(groups=[]))


def _role(item: Mapping[str, Json]) -> Role:
    return Role(
        str(item["id"]).lower(),
        str(item.get("displayName") or item["id"]),
        str(item.get("description") or ""),
        item.get("isBuiltIn") is not False,
        item.get("isEnabled") is not False,
    )


async def group_names(tenant: Tenant, ids: Sequence[str]) -> dict[str, str]:
    """Names of groups by id: what the list of groups knows, and the tenant for the others.

    A group that cannot be read is called by its id. Raises `RollcallError`.
    """
    names: dict[str, str] = {}
    for identity in ids:
        known = await tenant.groups.find(identity)
        if known is not None:
            names[identity] = known.name
    unknown = [identity for identity in ids if identity not in names]
    requests = [
        Request(Service.GRAPH, path=f"/groups/{segment(i)}", query=(("$select", "id,displayName"),))
        for i in unknown
    ]
    for identity, answer in zip(unknown, await tenant.ask(requests), strict=True):
        body = answer.body if answer.ok and isinstance(answer.body, dict) else {}
        names[identity] = str(body.get("displayName") or identity)
    return names
