"""Directory roles: definitions, assignments at their scopes, those through groups, and PIM's eligible ones."""

import re
from typing import Any

import msgspec

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
    ok,
)
from services.sandbox.document_list import OPTIONS, Kept, Shelf
from services.sandbox.odata_filter import Compare, conjuncts
from services.sandbox.odata_match import matches
from services.sandbox.odata_query import Query, refuse_options
from services.sandbox.shapes import whole
from services.sandbox.store import (
    FIRST_SEQ,
    INSERT_DOC,
    INSERT_OBJECT,
    MEMBER,
    Store,
    Thing,
    columns,
    seq_range,
    stored,
)

DEFINITION, ASSIGNMENT, ELIGIBILITY = (
    "unifiedRoleDefinition",
    "unifiedRoleAssignment",
    "unifiedRoleEligibilityScheduleInstance",
)
"""Names of the entities, and of the collections that keep them."""

_ROOT = "roleManagement/directory"
_BY = frozenset({"principalId", "roleDefinitionId", "directoryScopeId"})
_MOST = 999
_DEFINITIONS = Shelf(
    DEFINITION,
    f"{_ROOT}/roleDefinitions",
    frozenset({"id", "displayName", "isBuiltIn", "templateId"}),
    page=_MOST,
)
_ASSIGNMENTS = Shelf(ASSIGNMENT, f"{_ROOT}/roleAssignments", _BY, OPTIONS | {"$expand", "$count"})
_TRANSITIVE = Shelf(ASSIGNMENT, f"{_ROOT}/transitiveRoleAssignments", _BY, OPTIONS | {"$count"})
_ELIGIBLE = Shelf(ELIGIBILITY, f"{_ROOT}/roleEligibilityScheduleInstances", _BY, OPTIONS | {"$expand"})
_UNIT = re.compile(r"/administrativeUnits/([0-9a-fA-F-]{36})")


def definitions(store: Store, call: Call) -> Reply:
    """GET roleDefinitions: all on one page."""
    return document_list.listed(call, _DEFINITIONS, document_list.kept(store, DEFINITION))


def assignments(store: Store, call: Call) -> Reply:
    """GET roleAssignments: the active ones, each with the principal that holds it itself."""
    return document_list.listed(call, _ASSIGNMENTS, held(store, ASSIGNMENT), expander(store))


def eligible(store: Store, call: Call) -> Reply:
    """GET roleEligibilityScheduleInstances: what PIM lets somebody activate."""
    return document_list.listed(call, _ELIGIBLE, held(store, ELIGIBILITY), expander(store))


def transitive(store: Store, call: Call) -> Reply:
    """GET transitiveRoleAssignments (beta): a principal's own and those of its groups.

    The real service answers 404 where the header is missing, and wants a filter on the principal.
    """
    if not call.root.endswith("/beta"):
        raise bad_request(f"Resource not found for the segment '{call.segments[-1]}'.", "BadRequest")
    query = document_list.read(call, _TRANSITIVE)
    if not query.eventual or not query.count:
        raise Refusal(404, "Request_ResourceNotFound", "The resource needs 'ConsistencyLevel: eventual'.")
    principal, rest = "", []
    for node in conjuncts(query.filter) if query.filter is not None else ():
        if isinstance(node, Compare) and node.path == ("principalId",) and node.op == "eq":
            principal = str(node.value).lower()
        else:
            rest.append(node)
    if not principal:
        raise bad_request("A filter on 'principalId' is required.")
    documents = document_list.kept(store, ASSIGNMENT, "principalId", principal, *groups_of(store, principal))
    found = [d for d in documents if all(matches(node, d.doc) for node in rest)]
    return document_list.listed(call, _TRANSITIVE, found, query=msgspec.structs.replace(query, filter=None))


def assign(store: Store, call: Call) -> Reply:
    """POST roleAssignments."""
    refuse_options(call)
    body = _body(call)
    role = find_role(store, body["roleDefinitionId"])
    principal = _principal(store, body["principalId"])
    scope = scope_of(store, body["directoryScopeId"])
    wanted = (role["id"], principal.id, scope)
    if any(
        _triple(d.doc) == wanted for d in document_list.kept(store, ASSIGNMENT, "principalId", principal.id)
    ):
        raise bad_request(
            "A conflicting object with one or more of the specified property values is present in the directory."
        )
    document = assignment(new_id(), *wanted)
    with store.transaction():
        document_list.add(store, ASSIGNMENT, document)
        hold(store, role, principal.id, scope, "Add member to role")
    context = f"{call.root}/$metadata#{_ROOT}/roleAssignments/$entity"
    return ok({"@odata.context": context, **whole(ASSIGNMENT, ENCODE(document), None)}, 201)


def unassign(store: Store, call: Call, key: str) -> Reply:
    """DELETE roleAssignments/{id}."""
    refuse_options(call)
    found = document_list.find(store, ASSIGNMENT, key)
    if found is None:
        raise not_found(key)
    role = find_role(store, found.doc["roleDefinitionId"], enabled=False)
    principal, scope = str(found.doc["principalId"]), str(found.doc["directoryScopeId"])
    with store.transaction():
        document_list.remove(store, ASSIGNMENT, str(found.doc["id"]))
        let_go(store, role, principal, scope, "Remove member from role")
    return NO_CONTENT


def hold(store: Store, role: dict[str, Json], principal: str, scope: str, activity: str) -> None:
    """What goes with a new assignment: the role's members, and the audit's record."""
    thing = store.find(principal)
    if thing is None:
        return
    if scope == "/":
        active = activated(store, role)
        if not store.linked(MEMBER, active.seq, thing.seq):
            store.link(MEMBER, active.seq, thing.seq)
    _audit(store, activity, "Assign", role, thing)


def let_go(store: Store, role: dict[str, Json], principal: str, scope: str, activity: str) -> None:
    """What goes with an assignment that is taken away or over."""
    thing = store.find(principal)
    if thing is None:
        return
    if scope == "/":
        active = activated(store, role)
        if store.linked(MEMBER, active.seq, thing.seq):
            store.unlink(MEMBER, active.seq, thing.seq)
    _audit(store, activity, "Unassign", role, thing)


def assignment(identity: str, role: str, principal: str, scope: str) -> dict[str, Json]:
    """A unifiedRoleAssignment document."""
    return {
        "id": identity,
        "principalId": principal,
        "roleDefinitionId": role,
        "directoryScopeId": scope,
        "appScopeId": None,
        "condition": None,
    }


def held(store: Store, collection: str) -> list[Kept]:
    """The documents whose principal is still there."""
    return [d for d in document_list.kept(store, collection) if store.find(str(d.doc["principalId"]))]


def expander(store: Store) -> document_list.Expander:
    """Puts the definition of its role into an assignment, or an instance."""

    def expand(shown: dict[str, Json], query: Query) -> None:
        for item in query.expand:
            if item.name != "roleDefinition":
                raise bad_request(f"Could not find a property named '{item.name}' to expand.", "BadRequest")
            role = document_list.find(store, DEFINITION, str(shown["roleDefinitionId"]))
            if role is not None:
                shown[item.name] = whole(DEFINITION, ENCODE(role.doc), item.select)

    return expand


def groups_of(store: Store, principal: str) -> list[str]:
    """Groups that the principal is a direct member of; nested ones hand no role on."""
    found = store.find(principal)
    things = [store.by_seq(seq) for seq in store.sources(MEMBER, found.seq)] if found else []
    return [thing.id for thing in things if thing is not None and thing.type == "group" and not thing.deleted]


def _body(call: Call) -> dict[str, str]:
    body = call.json()
    kind = body.pop("@odata.type", "#microsoft.graph.unifiedRoleAssignment")
    if kind.lstrip("#") != "microsoft.graph.unifiedRoleAssignment":
        raise bad_request(f"The type '{kind}' is no role assignment.", "BadRequest")
    for name in body:
        if name not in _BY:
            raise bad_request(f"Invalid property '{name}'.")
    for name in sorted(_BY):
        if not isinstance(body.get(name), str) or not body[name]:
            raise bad_request(f"The property '{name}' is required.")
    return dict(body)


def find_role(store: Store, key: str, *, enabled: bool = True) -> dict[str, Any]:
    """The definition with this id, one that may be assigned. Raises Refusal."""
    found = document_list.find(store, DEFINITION, key)
    if found is None:
        raise not_found(key)
    if enabled and found.doc["isEnabled"] is not True:
        raise bad_request("The role definition is disabled.")
    return found.doc


def _principal(store: Store, key: str) -> Thing:
    found = store.find(key)
    if found is None or found.type not in ("user", "group"):
        raise not_found(key)
    if found.type == "group" and found.read().get("isAssignableToRole") is not True:
        raise bad_request("The group must have isAssignableToRole set to true.")
    return found


def scope_of(store: Store, text: str) -> str:
    """The directory scope, which is the whole or a unit that is there. Raises Refusal 400."""
    match = _UNIT.fullmatch(text)
    if text != "/" and (match is None or store.find(match[1], "administrativeUnit") is None):
        raise bad_request(f"Invalid directory scope '{text}'.")
    return text


def _triple(document: dict[str, Json]) -> tuple[str, str, str]:
    return document["roleDefinitionId"], document["principalId"], document["directoryScopeId"]


def activated(store: Store, role: dict[str, Json], identity: str = "") -> Thing:
    """The directoryRole object of a definition; made (with this id) on the first assignment."""
    low, high = seq_range("directoryRole")
    last = low - 1
    rows = store.db.execute("SELECT seq FROM objects WHERE seq >= ? AND seq < ? ORDER BY seq", (low, high))
    for (seq,) in rows.fetchall():
        last, thing = seq, store.by_seq(seq)
        if thing is not None and thing.read()["roleTemplateId"] == role["templateId"]:
            return thing
    seq = max(last + 1, FIRST_SEQ["directoryRole"])
    document = {
        "id": identity or new_id(),
        "displayName": role["displayName"],
        "description": role["description"],
        "roleTemplateId": role["templateId"],
    }
    store.db.execute(INSERT_OBJECT, (seq, *columns("directoryRole", document, 0, 0)))
    store.db.execute(INSERT_DOC, (seq, stored(document)))
    return Thing(seq, document["id"], "directoryRole", 0, stored(document))


def _audit(store: Store, activity: str, operation: str, role: dict[str, Json], principal: Thing) -> None:
    values = [
        ("Role.ObjectID", role["id"]),
        ("Role.DisplayName", role["displayName"]),
        ("Role.TemplateId", role["templateId"]),
    ]
    changes = [(n, None, v) if operation == "Assign" else (n, v, None) for n, v in values]
    about = Thing(0, str(role["id"]), "role", 0, ENCODE({"displayName": role["displayName"]}))
    targets = [audit_trail.target(principal, changes), audit_trail.target(about)]
    audit_trail.write(store, activity, "RoleManagement", operation, targets)
