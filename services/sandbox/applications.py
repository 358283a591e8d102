"""Enterprise applications and who is assigned to which of their roles."""

from services.sandbox import audit_trail, document_list
from services.sandbox.answers import (
    ENCODE,
    NO_CONTENT,
    Call,
    Json,
    Refusal,
    Reply,
    bad_request,
    new_id,
    not_found,
    now_iso,
    ok,
)
from services.sandbox.directory_reads import group_of, user_of
from services.sandbox.document_list import OPTIONS, Kept, Shelf
from services.sandbox.odata_query import refuse_options
from services.sandbox.shapes import whole
from services.sandbox.store import MEMBER, Store, Thing

PRINCIPAL, ASSIGNMENT = "servicePrincipal", "appRoleAssignment"
"""Names of the entities, and of the collections that keep them."""

NO_ROLE = "00000000-0000-0000-0000-000000000000"
ENTERPRISE = "WindowsAzureActiveDirectoryIntegratedApp"
"""The tag of what the portal lists as enterprise applications."""

_APPLICATIONS = Shelf(
    PRINCIPAL,
    "servicePrincipals",
    frozenset({"id", "appId", "displayName", "tags", "accountEnabled", "servicePrincipalType"}),
    OPTIONS | {"$count"},
)
_ASSIGNMENTS = Shelf(ASSIGNMENT, "appRoleAssignments", frozenset({"resourceId", "principalDisplayName"}))


def applications(store: Store, call: Call) -> Reply:
    """GET /servicePrincipals."""
    return document_list.listed(call, _APPLICATIONS, document_list.kept(store, PRINCIPAL))


def application(store: Store, call: Call, key: str) -> Reply:
    """GET /servicePrincipals/{id}."""
    return document_list.single(call, _APPLICATIONS, _application(store, key).doc)


def assigned_to(store: Store, call: Call, key: str) -> Reply:
    """GET /servicePrincipals/{id}/appRoleAssignedTo: users and groups that are still there."""
    found = document_list.kept(store, ASSIGNMENT, "resourceId", _application(store, key).doc["id"])
    return document_list.listed(call, _ASSIGNMENTS, [d for d in found if store.find(d.doc["principalId"])])


def of_user(store: Store, call: Call, key: str) -> Reply:
    """GET /users/{id}/appRoleAssignments: the user's own, and those of groups the user is directly in."""
    user = user_of(store, key)
    groups = [store.by_seq(seq) for seq in store.sources(MEMBER, user.seq)]
    ids = [g.id for g in groups if g is not None and g.type == "group" and not g.deleted]
    return document_list.listed(
        call, _ASSIGNMENTS, document_list.kept(store, ASSIGNMENT, "principalId", user.id, *ids)
    )


def of_group(store: Store, call: Call, key: str) -> Reply:
    """GET /groups/{id}/appRoleAssignments."""
    found = document_list.kept(store, ASSIGNMENT, "principalId", group_of(store, key).id)
    return document_list.listed(call, _ASSIGNMENTS, found)


def assign(store: Store, call: Call, key: str) -> Reply:
    """POST /servicePrincipals/{id}/appRoleAssignedTo."""
    refuse_options(call)
    app = _application(store, key).doc
    body = call.json()
    for name in ("principalId", "resourceId", "appRoleId"):
        if not isinstance(body.get(name), str) or len(body[name]) != 36:
            raise bad_request(f"One or more properties are invalid: '{name}' must be an id.")
    if set(body) - {"principalId", "resourceId", "appRoleId", "@odata.type"}:
        raise bad_request(
            f"Invalid property '{min(set(body) - {'principalId', 'resourceId', 'appRoleId'})}'."
        )
    if body["resourceId"].lower() != app["id"]:
        raise bad_request("The resourceId is not the id of the service principal in the address.")
    principal = _holder(store, body["principalId"])
    role = body["appRoleId"].lower()
    _refuse_role(app, role, principal)
    for held in document_list.kept(store, ASSIGNMENT, "principalId", principal.id):
        if held.doc["resourceId"] == app["id"] and held.doc["appRoleId"] == role:
            raise bad_request("Permission being assigned already exists on the object")
    document = assignment(new_id(), role, principal, app, now_iso())
    with store.transaction():
        document_list.add(store, ASSIGNMENT, document)
        _audit(store, "Assign", app, principal, role)
    context = f"{call.root}/$metadata#appRoleAssignments/$entity"
    return ok({"@odata.context": context, **whole(ASSIGNMENT, ENCODE(document), None)}, 201)


def unassign(store: Store, call: Call, key: str, assignment_key: str) -> Reply:
    """DELETE /servicePrincipals/{id}/appRoleAssignedTo/{id}."""
    refuse_options(call)
    app = _application(store, key).doc
    found = document_list.find(store, ASSIGNMENT, assignment_key)
    if found is None or found.doc["resourceId"] != app["id"]:
        raise not_found(assignment_key)
    principal = store.find(found.doc["principalId"])
    with store.transaction():
        document_list.remove(store, ASSIGNMENT, found.doc["id"])
        if principal is not None:
            _audit(store, "Unassign", app, principal, found.doc["appRoleId"])
    return NO_CONTENT


def assignment(identity: str, role: str, principal: Thing, app: dict[str, Json], at: str) -> dict[str, Json]:
    """An appRoleAssignment document."""
    return {
        "id": identity,
        "deletedDateTime": None,
        "appRoleId": role,
        "createdDateTime": at,
        "principalDisplayName": principal.read().get("displayName"),
        "principalId": principal.id,
        "principalType": principal.type.capitalize(),
        "resourceDisplayName": app["displayName"],
        "resourceId": app["id"],
    }


def _application(store: Store, key: str) -> Kept:
    found = document_list.find(store, PRINCIPAL, key)
    if found is None:
        raise not_found(key)
    return found


def _holder(store: Store, key: str) -> Thing:
    """The user or security group that is to be assigned."""
    found = store.find(key)
    if found is None or found.type not in ("user", "group"):
        raise not_found(key)
    if found.type == "group" and found.read().get("securityEnabled") is not True:
        raise bad_request("Only security-enabled groups can be assigned to an application.")
    return found


def _refuse_role(app: dict[str, Json], role: str, principal: Thing) -> None:
    """Refuses a role that the application does not declare, has switched off, or keeps for applications."""
    roles = {r["id"]: r for r in app["appRoles"]}
    if role == NO_ROLE and not roles:
        return
    found = roles.get(role)
    if found is None or not found["isEnabled"]:
        raise bad_request(f"Permission being assigned was not found on application '{app['appId']}'.")
    if "User" not in found["allowedMemberTypes"]:
        raise Refusal(
            400,
            "Request_BadRequest",
            f"The role '{found['displayName']}' cannot be assigned to a {principal.type}.",
        )


def _audit(store: Store, operation: str, app: dict[str, Json], principal: Thing, role: str) -> None:
    grants = operation == "Assign"
    activity = (
        f"Add app role assignment {'grant to user' if principal.type == 'user' else 'to group'}"
        if grants
        else f"Remove app role assignment from {principal.type}"
    )
    values = [("AppRole.Id", role), ("ServicePrincipal.DisplayName", app["displayName"])]
    changes = [(n, None, v) if grants else (n, v, None) for n, v in values]
    about = Thing(0, str(app["id"]), PRINCIPAL, 0, ENCODE({"displayName": app["displayName"]}))
    targets = [audit_trail.target(about), audit_trail.target(principal, changes)]
    category = "UserManagement" if principal.type == "user" else "GroupManagement"
    audit_trail.write(store, activity, category, operation, targets)
