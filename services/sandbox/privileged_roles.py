"""PIM: which roles are active until when, who may activate what under which policy, and the activation itself."""

import re
from datetime import UTC, datetime, timedelta
from typing import Any

from services.sandbox import document_list
from services.sandbox.answers import (
    ENCODE,
    NO_CONTENT,
    Call,
    Json,
    Refusal,
    Reply,
    bad_request,
    new_id,
    now_iso,
    ok,
)
from services.sandbox.document_list import OPTIONS, Kept, Shelf
from services.sandbox.odata_filter import Compare, conjuncts, parse
from services.sandbox.odata_query import refuse_options
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
    scope_of,
)
from services.sandbox.role_policies import POLICIES, Policy, policy_assignment
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
_TAKEN = frozenset(
    {"action", "appScopeId", "customData", "directoryScopeId", "isValidationOnly", "justification"}
    | {"principalId", "roleDefinitionId", "scheduleInfo", "targetScheduleId", "ticketInfo", "@odata.type"}
)
_DURATION = re.compile(r"P(?:(\d+)D)?(?:T(?:(\d+)H)?(?:(\d+)M)?(?:(\d+)S)?)?")
_LEAST = timedelta(minutes=5)
_CLAIMS = (
    "%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22{}%22%7D%7D%7D"
)


def instances(store: Store, call: Call) -> Reply:
    """GET roleAssignmentScheduleInstances: every active assignment with its end."""
    sweep(store)
    return document_list.listed(call, _ACTIVE, _instances(store), expander(store))


def own_instances(store: Store, call: Call, on: str) -> Reply:
    """GET …/filterByCurrentUser(on='principal'): the caller's own, those through groups too."""
    sweep(store)
    mine = _mine(store, on)
    found = [each for each in _instances(store) if each.doc["principalId"] in mine]
    return document_list.listed(call, _ACTIVE, found, expander(store))


def own_eligible(store: Store, call: Call, on: str) -> Reply:
    """GET roleEligibilityScheduleInstances/filterByCurrentUser(on='principal')."""
    mine = _mine(store, on)
    found = [each for each in held(store, ELIGIBILITY) if each.doc["principalId"] in mine]
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


def request(store: Store, call: Call) -> Reply:
    """POST roleAssignmentScheduleRequests: a person activates or deactivates a role of their own."""
    refuse_options(call)
    sweep(store)
    body = _body(store, call)
    role = find_role(store, body["roleDefinitionId"])
    key = (role["id"], body["principalId"], scope_of(store, body["directoryScopeId"]))
    if body["action"] == "selfDeactivate":
        return _deactivate(store, call, body, key)
    start, length = _period(body)
    policy = POLICIES.get(str(role["displayName"]), Policy())
    _allowed(store, key, body, length, policy)
    if policy.context and call.context not in (policy.context, EVERY_CONTEXT):
        raise bad_request(
            f"&claims={_CLAIMS.format(policy.context)}", "RoleAssignmentRequestAcrsValidationFailed"
        )
    identity = new_id()
    if policy.approval:
        document_list.add(store, PENDING, {"id": identity, **_names(key)})
        return _answer(call, body, identity, "PendingApproval", start)
    with store.transaction():
        document_list.add(store, ACTIVE, _activated(identity, key, start, start + length))
        document_list.add(store, ASSIGNMENT, assignment(identity, *key))
        hold(store, role, key[1], key[2], "Add member to role completed (PIM activation)")
    return _answer(call, body, identity, "Provisioned", start)


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
                _over(self._store, each.doc)
        else:
            _approve(self._store)
        return NO_CONTENT


def _approve(store: Store) -> None:
    """An approver grants what waits, for an hour."""
    now = datetime.now(UTC)
    for each in list(document_list.kept(store, PENDING)):
        key = _key(each.doc)
        with store.transaction():
            document_list.remove(store, PENDING, str(each.doc["id"]))
            document_list.add(store, ACTIVE, _activated(each.doc["id"], key, now, now + timedelta(hours=1)))
            document_list.add(store, ASSIGNMENT, assignment(each.doc["id"], *key))
            role = find_role(store, key[0])
            hold(store, role, key[1], key[2], "Add member to role approved (PIM activation)")


def sweep(store: Store) -> None:
    """Takes away what is over by now."""
    now = datetime.now(UTC)
    for each in list(document_list.kept(store, ACTIVE)):
        if datetime.fromisoformat(str(each.doc["endDateTime"])) <= now:
            _over(store, each.doc)


def active_roles(store: Store) -> frozenset[str]:
    """Ids of the roles that the caller holds now at the whole directory, itself or through a group."""
    sweep(store)
    admin = store.fact("admin_id")
    documents = document_list.kept(store, ASSIGNMENT, "principalId", admin, *groups_of(store, admin))
    return frozenset(str(d.doc["roleDefinitionId"]) for d in documents if d.doc["directoryScopeId"] == "/")


def _mine(store: Store, on: str) -> frozenset[str]:
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


def _activated(identity: str, key: tuple[str, str, str], start: datetime, until: datetime) -> dict[str, Json]:
    return _instance(identity, key, _iso(start), _iso(until), "Activated")


def _instance(
    identity: str, key: tuple[str, str, str], start: str | None, until: str | None, kind: str
) -> dict[str, Json]:
    return {
        "id": identity,
        **_names(key),
        "appScopeId": None,
        "assignmentType": kind,
        "memberType": "Direct",
        "startDateTime": start,
        "endDateTime": until,
        "roleAssignmentOriginId": identity,
        "roleAssignmentScheduleId": identity,
    }


def _names(key: tuple[str, str, str]) -> dict[str, Json]:
    return {"roleDefinitionId": key[0], "principalId": key[1], "directoryScopeId": key[2]}


def _over(store: Store, document: dict[str, Json]) -> None:
    with store.transaction():
        document_list.remove(store, ACTIVE, str(document["id"]))
        document_list.remove(store, ASSIGNMENT, str(document["id"]))
        role = find_role(store, str(document["roleDefinitionId"]), enabled=False)
        principal, scope = str(document["principalId"]), str(document["directoryScopeId"])
        let_go(store, role, principal, scope, "Remove member from role (PIM activation expired)")


def _body(store: Store, call: Call) -> dict[str, Any]:
    body = call.json()
    kind = str(body.get("@odata.type", "microsoft.graph.unifiedRoleAssignmentScheduleRequest"))
    if kind.lstrip("#") != "microsoft.graph.unifiedRoleAssignmentScheduleRequest":
        raise bad_request(f"The type '{kind}' is no request for an assignment.", "BadRequest")
    if foreign := sorted(set(body) - _TAKEN):
        raise bad_request(f"Invalid property '{foreign[0]}'.")
    for name in ("action", "principalId", "roleDefinitionId", "directoryScopeId"):
        if not isinstance(body.get(name), str) or not body[name]:
            raise bad_request(f"The property '{name}' is required.")
    if body["action"] not in ("selfActivate", "selfDeactivate"):
        raise Refusal(403, "UnauthorizedAccess", "Attempted to perform an unauthorized operation.")
    if body["principalId"] != store.fact("admin_id"):
        raise Refusal(403, "UnauthorizedAccess", "Attempted to perform an unauthorized operation.")
    ticket = body.get("ticketInfo") or {}
    if not isinstance(ticket, dict) or set(ticket) - {"ticketNumber", "ticketSystem", "@odata.type"}:
        raise bad_request("The property 'ticketInfo' is not a ticketInfo.")
    if not isinstance(body.get("justification") or "", str):
        raise bad_request("The property 'justification' is not a string.")
    return dict(body)


def _period(body: dict[str, Any]) -> tuple[datetime, timedelta]:
    schedule = body.get("scheduleInfo")
    if not isinstance(schedule, dict) or set(schedule) - {"startDateTime", "expiration", "recurrence"}:
        raise bad_request("The property 'scheduleInfo' is required and is a requestSchedule.")
    expiration = schedule.get("expiration")
    if not isinstance(expiration, dict) or set(expiration) - {"type", "duration", "endDateTime"}:
        raise bad_request("The property 'expiration' is required and is an expirationPattern.")
    if str(expiration.get("type")).lower() != "afterduration":
        raise bad_request('The following policy rules failed: ["ExpirationRule"]', _POLICY)
    found = _DURATION.fullmatch(str(expiration.get("duration")))
    if found is None or not any(found.groups()):
        raise bad_request(f"The duration '{expiration.get('duration')}' is not valid.")
    days, hours, minutes, seconds = (int(part or 0) for part in found.groups())
    start = schedule.get("startDateTime")
    try:
        begins = datetime.fromisoformat(start) if start else datetime.now(UTC)
    except (TypeError, ValueError):
        raise bad_request(f"The value '{start}' is no Edm.DateTimeOffset.") from None
    if begins.tzinfo is None:
        raise bad_request(f"The value '{start}' is no Edm.DateTimeOffset.")
    return begins, timedelta(days=days, hours=hours, minutes=minutes, seconds=seconds)


_POLICY = "RoleAssignmentRequestPolicyValidationFailed"


def _allowed(
    store: Store, key: tuple[str, str, str], body: dict[str, Any], length: timedelta, policy: Policy
) -> None:
    """Refuses what the role's policy does not let pass, all rules at once; what is active or waits already."""
    mine = _mine(store, "principal")
    fits = [d for d in held(store, ELIGIBILITY) if d.doc["principalId"] in mine]
    ticket = body.get("ticketInfo") or {}
    rules = (
        (
            "EligibilityRule",
            any((d.doc["roleDefinitionId"], d.doc["directoryScopeId"]) == key[::2] for d in fits),
        ),
        ("ExpirationRule", length <= policy.longest),
        ("JustificationRule", bool((body.get("justification") or "").strip())),
        ("TicketingRule", not policy.ticket or bool(ticket.get("ticketNumber"))),
    )
    if failed := [name for name, kept in rules if not kept]:
        raise bad_request(f"The following policy rules failed: {ENCODE(failed).decode()}", _POLICY)
    if length < _LEAST:
        text = "The Active duration is too short. Minimum Required is 5 minutes."
        raise bad_request(text, "ActiveDurationTooShort")
    if any(_key(d.doc) == key for d in document_list.kept(store, ASSIGNMENT, "principalId", key[1])):
        raise bad_request("The Role assignment already exists.", "RoleAssignmentExists")
    if any(_key(d.doc) == key for d in document_list.kept(store, PENDING)):
        text = "There is already an existing pending Role assignment request."
        raise bad_request(text, "PendingRoleAssignmentRequest")


def _deactivate(store: Store, call: Call, body: dict[str, Any], key: tuple[str, str, str]) -> Reply:
    found = next((d.doc for d in document_list.kept(store, ACTIVE) if _key(d.doc) == key), None)
    if found is None:
        raise bad_request("The Role assignment does not exist.", "RoleAssignmentDoesNotExist")
    begun = datetime.fromisoformat(str(found["startDateTime"]))
    if datetime.now(UTC) - begun < _LEAST:
        text = "The Active duration is too short. Minimum Required is 5 minutes."
        raise bad_request(text, "ActiveDurationTooShort")
    _over(store, found)
    return _answer(call, body, new_id(), "Revoked", datetime.now(UTC))


def _key(document: dict[str, Json]) -> tuple[str, str, str]:
    return document["roleDefinitionId"], document["principalId"], document["directoryScopeId"]


def _answer(call: Call, body: dict[str, Any], identity: str, status: str, start: datetime) -> Reply:
    expiration = (body.get("scheduleInfo") or {}).get("expiration") or {}
    ticket = body.get("ticketInfo") or {}
    answer = {
        "@odata.context": f"{call.root}/$metadata#{_ROOT}/roleAssignmentScheduleRequests/$entity",
        "id": identity,
        "status": status,
        "createdDateTime": now_iso(),
        "completedDateTime": None if status == "PendingApproval" else now_iso(),
        "approvalId": new_id() if status == "PendingApproval" else None,
        "customData": None,
        "action": body["action"],
        **{name: body[name] for name in ("principalId", "roleDefinitionId", "directoryScopeId")},
        "appScopeId": None,
        "isValidationOnly": False,
        "targetScheduleId": identity,
        "justification": body.get("justification"),
        "createdBy": {
            "application": None,
            "device": None,
            "user": {"displayName": None, "id": body["principalId"]},
        },
        "scheduleInfo": {
            "startDateTime": _iso(start),
            "recurrence": None,
            "expiration": {
                "type": "afterDuration",
                "endDateTime": None,
                "duration": expiration.get("duration"),
            },
        },
        "ticketInfo": {name: ticket.get(name) for name in ("ticketNumber", "ticketSystem")},
    }
    return ok(answer, 201)


def _iso(at: datetime) -> str:
    return at.astimezone(UTC).strftime("%Y-%m-%dT%H:%M:%S.%fZ")
