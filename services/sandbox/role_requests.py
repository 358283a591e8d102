"""Requests to PIM: a person activates or deactivates a role of their own, within what its policy lets pass."""

from datetime import UTC, datetime, timedelta
from typing import Any

import msgspec

from services.sandbox import document_list
from services.sandbox.answers import ENCODE, Call, Refusal, Reply, bad_request, new_id, now_iso, ok
from services.sandbox.odata_query import refuse_options
from services.sandbox.privileged_roles import (
    ACTIVE,
    EVERY_CONTEXT,
    PENDING,
    activated_until,
    iso,
    key_of,
    mine,
    named,
    over,
    sweep,
)
from services.sandbox.role_management import (
    ASSIGNMENT,
    ELIGIBILITY,
    assignment,
    find_role,
    held,
    hold,
    scope_of,
)
from services.sandbox.role_policies import POLICIES, Policy
from services.sandbox.store import Store

_ROOT = "roleManagement/directory"
_TAKEN = frozenset(
    {"action", "appScopeId", "customData", "directoryScopeId", "isValidationOnly", "justification"}
    | {"principalId", "roleDefinitionId", "scheduleInfo", "targetScheduleId", "ticketInfo", "@odata.type"}
)
_LEAST = timedelta(minutes=5)
_CLAIMS = (
    "%7B%22access_token%22%3A%7B%22acrs%22%3A%7B%22essential%22%3Atrue%2C%20%22value%22%3A%22{}%22%7D%7D%7D"
)
_POLICY = "RoleAssignmentRequestPolicyValidationFailed"


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
        document_list.add(store, PENDING, {"id": identity, **named(key)})
        return _answer(call, body, identity, "PendingApproval", start)
    with store.transaction():
        document_list.add(store, ACTIVE, activated_until(identity, key, start, start + length))
        document_list.add(store, ASSIGNMENT, assignment(identity, *key))
        hold(store, role, key[1], key[2], "Add member to role completed (PIM activation)")
    return _answer(call, body, identity, "Provisioned", start)


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
    try:
        length = msgspec.convert(expiration.get("duration"), timedelta)
    except msgspec.ValidationError:
        raise bad_request(f"The duration '{expiration.get('duration')}' is not valid.") from None
    start = schedule.get("startDateTime")
    try:
        begins = datetime.fromisoformat(start) if start else datetime.now(UTC)
    except (TypeError, ValueError):
        raise bad_request(f"The value '{start}' is no Edm.DateTimeOffset.") from None
    if begins.tzinfo is None:
        raise bad_request(f"The value '{start}' is no Edm.DateTimeOffset.")
    return begins, length


def _allowed(
    store: Store, key: tuple[str, str, str], body: dict[str, Any], length: timedelta, policy: Policy
) -> None:
    """Refuses what the role's policy does not let pass, all rules at once; what is active or waits already."""
    own = mine(store, "principal")
    fits = [d for d in held(store, ELIGIBILITY) if d.doc["principalId"] in own]
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
    if any(key_of(d.doc) == key for d in document_list.kept(store, ASSIGNMENT, "principalId", key[1])):
        raise bad_request("The Role assignment already exists.", "RoleAssignmentExists")
    if any(key_of(d.doc) == key for d in document_list.kept(store, PENDING)):
        text = "There is already an existing pending Role assignment request."
        raise bad_request(text, "PendingRoleAssignmentRequest")


def _deactivate(store: Store, call: Call, body: dict[str, Any], key: tuple[str, str, str]) -> Reply:
    found = next((d.doc for d in document_list.kept(store, ACTIVE) if key_of(d.doc) == key), None)
    if found is None:
        raise bad_request("The Role assignment does not exist.", "RoleAssignmentDoesNotExist")
    begun = datetime.fromisoformat(str(found["startDateTime"]))
    if datetime.now(UTC) - begun < _LEAST:
        text = "The Active duration is too short. Minimum Required is 5 minutes."
        raise bad_request(text, "ActiveDurationTooShort")
    over(store, found)
    return _answer(call, body, new_id(), "Revoked", datetime.now(UTC))


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
            "startDateTime": iso(start),
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
