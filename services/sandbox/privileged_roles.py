"""PIM: which roles are active until when, who may activate what under which policy, and what ends by itself."""

from datetime import UTC, datetime, timedelta

from services.sandbox import document_list
from services.sandbox.answers import (
    NO_CONTENT,
    Call,
    Json,
    Refusal,
    Reply,
    bad_request,
    ok,
)
from services.sandbox.document_list import OPTIONS, Kept, Shelf
from services.sandbox.odata_filter import Compare, conjuncts, parse
from services.sandbox.role_management import (
    ASSIGNMENT,
    ELIGIBILITY,
    assignment,
    expander,
    find_role,
    groups_of,
    held,
    hold,
    let_go,
)
from services.sandbox.role_policies import policy_assignment
from services.sandbox.store import Store

ACTIVE = "unifiedRoleAssignmentScheduleInstance"
"""Name of the entity, and of the collection of those that end by themselves."""

PENDING = "pending activations"
"""Collection of the requests that wait for an approver."""

EVERY_CONTEXT = "*"
"""The authentication context of a sign-in that meets whatever is asked of it."""

_ROOT = "roleManagement/directory"
_BY = frozenset({"principalId", "roleDefinitionId", "directoryScopeId"})
_ACTIVE = Shelf(ACTIVE, f"{_ROOT}/roleAssignmentScheduleInstances", _BY, OPTIONS | {"$expand"})
_ELIGIBLE = Shelf(ELIGIBILITY, f"{_ROOT}/roleEligibilityScheduleInstances", _BY, OPTIONS | {"$expand"})


def instances(store: Store, call: Call) -> Reply:
    """GET roleAssignmentScheduleInstances: every active assignment with its end."""
    sweep(store)
    return document_list.listed(call, _ACTIVE, _instances(store), expander(store))


def own_instances(store: Store, call: Call, on: str) -> Reply:
    """GET …/filterByCurrentUser(on='principal'): the caller's own, those through groups too."""
    sweep(store)
    own = mine(store, on)
    found = [each for each in _instances(store) if each.doc["principalId"] in own]
    return document_list.listed(call, _ACTIVE, found, expander(store))


def own_eligible(store: Store, call: Call, on: str) -> Reply:
    """GET roleEligibilityScheduleInstances/filterByCurrentUser(on='principal')."""
    own = mine(store, on)
    found = [each for each in held(store, ELIGIBILITY) if each.doc["principalId"] in own]
    return document_list.listed(call, _ELIGIBLE, found, expander(store))


def policies(store: Store, call: Call) -> Reply:
    """GET /policies/roleManagementPolicyAssignments: needs scopeId and scopeType; one role where it is named."""
    options = {name.lower(): value for name, value in call.query.items()}
    expand = options.pop("$expand", "")
    if expand not in ("", "policy", "policy($expand=rules)"):
        raise bad_request(f"Parsing OData Select and Expand failed: '{expand}'.", "BadRequest")
    if set(options) != {"$filter"}:
        raise bad_request("A $filter on scopeId and scopeType is required, and nothing else is taken.")
    wanted = {
        node.path[0]: str(node.value)
        for node in conjuncts(parse(options["$filter"]))
        if isinstance(node, Compare) and node.op == "eq"
    }
    role = wanted.pop("roleDefinitionId", "")
    if wanted != {"scopeId": "/", "scopeType": "DirectoryRole"}:
        raise bad_request("A $filter on scopeId and scopeType is required.")
    tenant = store.fact("tenant_id")
    found = [policy_assignment(tenant, find_role(store, role)["id"], expand)] if role else []
    context = f"{call.root}/$metadata#policies/roleManagementPolicyAssignments"
    return ok({"@odata.context": context, "value": found})


class RoleControl:
    """What happens in the tenant without the program: POST end (the time of every activation is over), approve."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, call: Call) -> Reply:
        """204. Raises Refusal for anything else."""
        if call.method != "POST" or call.segments not in (("end",), ("approve",)):
            raise Refusal(404, "NotFound", "POST /control/roles/end or /control/roles/approve.")
        if call.segments == ("end",):
            for each in list(document_list.kept(self._store, ACTIVE)):
                over(self._store, each.doc)
        else:
            _approve(self._store)
        return NO_CONTENT


def _approve(store: Store) -> None:
    """An approver grants what waits, for an hour."""
    now = datetime.now(UTC)
    for each in list(document_list.kept(store, PENDING)):
        key = key_of(each.doc)
        with store.transaction():
            document_list.remove(store, PENDING, str(each.doc["id"]))
            document_list.add(
                store, ACTIVE, activated_until(each.doc["id"], key, now, now + timedelta(hours=1))
            )
            document_list.add(store, ASSIGNMENT, assignment(each.doc["id"], *key))
            role = find_role(store, key[0])
            hold(store, role, key[1], key[2], "Add member to role approved (PIM activation)")


def sweep(store: Store) -> None:
    """Takes away what is over by now."""
    now = datetime.now(UTC)
    for each in list(document_list.kept(store, ACTIVE)):
        if datetime.fromisoformat(str(each.doc["endDateTime"])) <= now:
            over(store, each.doc)


def active_roles(store: Store) -> frozenset[str]:
    """Ids of the roles that the caller holds now at the whole directory, itself or through a group."""
    sweep(store)
    admin = store.fact("admin_id")
    documents = document_list.kept(store, ASSIGNMENT, "principalId", admin, *groups_of(store, admin))
    return frozenset(str(d.doc["roleDefinitionId"]) for d in documents if d.doc["directoryScopeId"] == "/")


def mine(store: Store, on: str) -> frozenset[str]:
    """Ids of the caller and of the groups through which it holds roles. Raises Refusal 400 for another `on`."""
    if on != "principal":
        raise bad_request(f"The value '{on}' of the parameter 'on' is not valid.", "BadRequest")
    admin = store.fact("admin_id")
    return frozenset((admin, *groups_of(store, admin)))


def _instances(store: Store) -> list[Kept]:
    ending = {str(each.doc["id"]): each.doc for each in document_list.kept(store, ACTIVE)}
    return [
        Kept(each.seq, ending.get(each.doc["id"]) or _assigned(each.doc)) for each in held(store, ASSIGNMENT)
    ]


def _assigned(document: dict[str, Json]) -> dict[str, Json]:
    """An assignment that does not end, as an instance of its schedule."""
    identity = document["id"]
    key = (document["roleDefinitionId"], document["principalId"], document["directoryScopeId"])
    return _instance(identity, key, None, None, "Assigned")


def activated_until(
    identity: str, key: tuple[str, str, str], start: datetime, until: datetime
) -> dict[str, Json]:
    """An instance that ends by itself."""
    return _instance(identity, key, iso(start), iso(until), "Activated")


def _instance(
    identity: str, key: tuple[str, str, str], start: str | None, until: str | None, kind: str
) -> dict[str, Json]:
    return {
        "id": identity,
        **named(key),
        "appScopeId": None,
        "assignmentType": kind,
        "memberType": "Direct",
        "startDateTime": start,
        "endDateTime": until,
        "roleAssignmentOriginId": identity,
        "roleAssignmentScheduleId": identity,
    }


def named(key: tuple[str, str, str]) -> dict[str, Json]:
    """Role, holder and scope as a document says them."""
    return {"roleDefinitionId": key[0], "principalId": key[1], "directoryScopeId": key[2]}


def over(store: Store, document: dict[str, Json]) -> None:
    """Ends an activation."""
    with store.transaction():
        document_list.remove(store, ACTIVE, str(document["id"]))
        document_list.remove(store, ASSIGNMENT, str(document["id"]))
        role = find_role(store, str(document["roleDefinitionId"]), enabled=False)
        principal, scope = str(document["principalId"]), str(document["directoryScopeId"])
        let_go(store, role, principal, scope, "Remove member from role (PIM activation expired)")


def key_of(document: dict[str, Json]) -> tuple[str, str, str]:
    """Role, holder and scope of a document."""
    return document["roleDefinitionId"], document["principalId"], document["directoryScopeId"]


def iso(at: datetime) -> str:
    """A moment as Graph writes it."""
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
