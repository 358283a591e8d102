"""Enterprise applications, the roles in them that people can be given, and assignments as operations."""

from collections.abc import AsyncIterator, Mapping

import msgspec

from services import powershell
from services.operation import Already, HasMember, Json, Look, Lookup, Operation, Request, Service
from services.tenant import Tenant
from services.transport.urls import odata_string, segment
from state.values import Change

DEFAULT_ACCESS = "00000000-0000-0000-0000-000000000000"
"""The role of an application that declares none (`api-map.md` §3.6)."""

APP, ROLE, ASSIGNMENT = "app", "role", "assignment"
"""The facts of a row and of its changes: ids of the service principal, its role, and the assignment."""

_FIELDS = "id,appId,displayName,appRoles,appRoleAssignmentRequired,accountEnabled,servicePrincipalType,tags"
_ENTERPRISE = "tags/any(t:t eq 'WindowsAzureActiveDirectoryIntegratedApp')"


class AppRole(msgspec.Struct, frozen=True):
    """A role that an application declares. `for_people`: it is enabled and users may be given it.

    `value` is what the application itself knows it by, "" where it has none.
    """

    id: str
    name: str
    for_people: bool
    description: str = ""
    value: str = ""


class App(msgspec.Struct, frozen=True):
    """An enterprise application (a service principal). `id` is its object id, `app_id` the application's."""

    id: str
    app_id: str
    name: str
    roles: tuple[AppRole, ...] = ()
    enabled: bool = True
    known: bool = True

    @property
    def choices(self) -> tuple[AppRole, ...]:
        """The roles a person can be given; the default access where the application declares none at all.

        None for an application of which nothing more is known than that somebody is assigned to it.
        """
        if self.known and not self.roles:
            return (AppRole(DEFAULT_ACCESS, "Default access", True),)
        return tuple(role for role in self.roles if role.for_people)

    def role_name(self, role: str) -> str:
        """What a person calls the role; a role that is declared no more is called by its id."""
        if role == DEFAULT_ACCESS:
            return "Default access"
        return next((r.name for r in self.roles if r.id == role), role)


class Grant(msgspec.Struct, frozen=True):
    """One app role assignment that reaches a user. `group` names the group it comes through, "" for none."""

    id: str
    app: str
    app_name: str
    role: str
    group: str = ""


async def enterprise_apps(tenant: Tenant) -> AsyncIterator[list[App]]:
    """All applications of the portal's list, page by page. Raises `RollcallError`."""
    async for page in tenant.pages(_apps(_ENTERPRISE)):
        yield [app_of(item) for item in page if "id" in item]


async def app_with(tenant: Tenant, app_id: str) -> App | None:
    """The enterprise application of this application id; None where the tenant has none."""
    async for page in tenant.pages(_apps(f"appId eq '{odata_string(app_id)}'")):
        if found := next((app_of(item) for item in page if "id" in item), None):
            return found
    return None


async def apps_named(tenant: Tenant, names: Mapping[str, str]) -> list[App]:
    """The applications with these object ids (and the names to call them by where one cannot be read)."""
    requests = [
        Request(Service.GRAPH, path=f"/servicePrincipals/{segment(i)}", query=(("$select", _FIELDS),))
        for i in names
    ]
    found: list[App] = []
    for (identity, name), answer in zip(names.items(), await tenant.ask(requests), strict=True):
        whole = answer.ok and isinstance(answer.body, dict) and "id" in answer.body
        found.append(app_of(answer.body) if whole else App(identity, "", name, known=False))
    return found


async def grants(tenant: Tenant, user: str) -> list[Grant]:
    """What the user (an id) holds, by own assignments and through groups, live. Raises `RollcallError`."""
    return [_grant(item, user) async for page in tenant.pages(held(user)) for item in page if "id" in item]


def held(user: str) -> Request:
    """The read of a user's assignments; those of groups the user is directly in come with them."""
    return Request(Service.GRAPH, path=f"/users/{segment(user)}/appRoleAssignments", query=(("$top", "999"),))


def app_of(item: Mapping[str, Json]) -> App:
    """An application from Graph's object."""
    return App(
        str(item["id"]).lower(),
        str(item.get("appId") or ""),
        str(item.get("displayName") or item["id"]),
        tuple(_role(role) for role in item.get("appRoles") or ()),
        item.get("accountEnabled") is not False,
    )


def operation(change: Change) -> Operation:
    """A role in an application, given or taken; the change's facts name application, role and assignment.

    What was given anew has an id that nobody knows before: taking it back looks it up. Raises `InvalidInput`
    for a change without those facts.
    """
    back = msgspec.structs.replace(change, before=change.after, after=change.before)
    if change.after:
        return msgspec.structs.replace(_assign(change), inverse=_take_back(back))
    return msgspec.structs.replace(_unassign(change), inverse=_assign(back))


def _assign(change: Change) -> Operation:
    app, role = _fact(change, APP), _fact(change, ROLE)
    return _operation(
        change,
        "Assign application",
        Request(
            Service.GRAPH,
            "POST",
            f"/servicePrincipals/{segment(app)}/appRoleAssignedTo",
            body={"principalId": change.user, "resourceId": app, "appRoleId": role},
        ),
        powershell.line(
            "New-MgServicePrincipalAppRoleAssignedTo",
            {"ServicePrincipalId": app, "PrincipalId": change.user, "ResourceId": app, "AppRoleId": role},
        ),
        (Already(400, "Permission being assigned already exists on the object"),),
    )


def _unassign(change: Change) -> Operation:
    app, identity = _fact(change, APP), _fact(change, ASSIGNMENT)
    return _operation(
        change,
        "Remove from application",
        Request(
            Service.GRAPH,
            "DELETE",
            f"/servicePrincipals/{segment(app)}/appRoleAssignedTo/{segment(identity)}",
        ),
        powershell.line(
            "Remove-MgServicePrincipalAppRoleAssignedTo",
            {"ServicePrincipalId": app, "AppRoleAssignmentId": identity},
        ),
        (Already(404),),
    )


def _take_back(change: Change) -> Operation:
    """The removal of an assignment whose id is found when it is sent."""
    app, role = _fact(change, APP), _fact(change, ROLE)
    found = (
        f"(Get-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId {powershell.quote(app)} -All | Where-Object"
        f" {{ $_.PrincipalId -eq {powershell.quote(change.user)} -and $_.AppRoleId -eq {powershell.quote(role)} }}).Id"
    )
    shell = powershell.line("Remove-MgServicePrincipalAppRoleAssignedTo", {"ServicePrincipalId": app})
    operation = _operation(
        change,
        "Remove from application",
        Request(
            Service.GRAPH, "DELETE", f"/servicePrincipals/{segment(app)}/appRoleAssignedTo/{Lookup.HERE}"
        ),
        f"{shell} -AppRoleAssignmentId {found}",
        (Already(404),),
    )
    where = (("resourceId", app), ("principalId", change.user), ("appRoleId", role))
    return msgspec.structs.replace(operation, lookup=Lookup(held(change.user), where))


def _operation(
    change: Change, title: str, request: Request, shell: str, already: tuple[Already, ...]
) -> Operation:
    app = _fact(change, APP)
    where = (("resourceId", app), ("principalId", change.user))
    return Operation(
        title=title,
        target=change.row_name,
        request=request,
        serial=f"app:{app}:{change.user}",
        powershell=shell,
        before={change.field: change.before},
        after={change.field: change.after},
        look=Look(
            held(change.user), (HasMember(change.field, (_fact(change, ROLE),), ("appRoleId",), where=where),)
        ),
        already=already,
        changes=(change.key,),
    )


def _fact(change: Change, name: str) -> str:
    """Raises `InvalidInput` for a fact that is not there: the row has to be loaded again."""
    segment(found := change.facts.get(name, ""))
    return found


def _apps(condition: str) -> Request:
    return Request(
        Service.GRAPH,
        path="/servicePrincipals",
        query=(("$filter", condition), ("$select", _FIELDS), ("$top", "999")),
    )


def _role(item: Mapping[str, Json]) -> AppRole:
    people = item.get("isEnabled") is True and "User" in (item.get("allowedMemberTypes") or ())
    name = str(item.get("displayName") or item.get("value") or item["id"])
    about, value = str(item.get("description") or ""), str(item.get("value") or "")
    return AppRole(str(item["id"]).lower(), name, people, about, value)


def _grant(item: Mapping[str, Json], user: str) -> Grant:
    own = str(item.get("principalId")).lower() == user.lower()
    return Grant(
        str(item["id"]),
        str(item.get("resourceId") or "").lower(),
        str(item.get("resourceDisplayName") or item.get("resourceId") or ""),
        str(item.get("appRoleId") or DEFAULT_ACCESS).lower(),
        "" if own else str(item.get("principalDisplayName") or item.get("principalId") or "a group"),
    )
