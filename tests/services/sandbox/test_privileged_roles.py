"""PIM over the wire: own roles, policies, activation with all its refusals, and what the roles let through."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests import contracts
from tests.sandbox import Endpoints, running_sandbox
from tests.services.sandbox.calls import cmdlet, exception, get, group, reference, refused, user
from tests.services.sandbox.conftest import client

ROLES = "/roleManagement/directory"
ELIGIBLE = f"{ROLES}/roleEligibilityScheduleInstances/filterByCurrentUser(on='principal')"
ACTIVE = f"{ROLES}/roleAssignmentScheduleInstances/filterByCurrentUser(on='principal')"
REQUESTS = f"{ROLES}/roleAssignmentScheduleRequests"
GROUPS = "fdd7a751-b60b-444a-984c-02652fe8fa1c"
EXCHANGE = "29232cdf-9323-42fd-ade2-1d097af3e4de"
PRIVILEGED = "e8611ab8-c189-46e8-94e1-60213ab1f814"
READER = "f2ef992c-3afb-46b9-b7cf-a126ee74c451"
POLICY = "RoleAssignmentRequestPolicyValidationFailed"


@pytest.fixture
def endpoints() -> Iterator[Endpoints]:
    """A tenant whose operator holds nothing."""
    with running_sandbox(eligible_only=True) as found:
        yield found


def body(graph: httpx.Client, role: str = GROUPS, hours: str = "PT1H", **facts: Any) -> dict[str, Any]:
    me = get(graph, "/me", {"$select": "id"})["id"]
    expiration = {"type": "afterDuration", "duration": hours}
    schedule = {"startDateTime": facts.pop("start", None), "expiration": expiration}
    asked = {
        "action": "selfActivate",
        "principalId": me,
        "roleDefinitionId": role,
        "directoryScopeId": "/",
        "justification": "Ticket 4711",
        "scheduleInfo": schedule,
    }
    return asked | facts


def add_member(graph: httpx.Client) -> httpx.Response:
    beta = group(graph, "Project Beta")
    return graph.post(f"/groups/{beta}/members/$ref", json=reference(user(graph)))


def test_a_role_lets_through_while_it_is_active(endpoints: Endpoints, graph: httpx.Client) -> None:
    assert get(graph, ACTIVE)["value"] == []
    assert GROUPS in {each["roleDefinitionId"] for each in get(graph, ELIGIBLE)["value"]}
    refused(add_member(graph), 403, "Authorization_RequestDenied", "Insufficient privileges")
    asked = body(graph)
    contracts.validate_request("POST", REQUESTS, {}, asked)
    made = graph.post(REQUESTS, json=asked)
    assert made.status_code == 201, made.text
    contracts.validate_answer("POST", REQUESTS, 201, made.json())
    assert made.json()["status"] == "Provisioned"
    (held,) = get(graph, ACTIVE)["value"]
    assert (held["roleDefinitionId"], held["assignmentType"]) == (GROUPS, "Activated")
    assert held["endDateTime"] > held["startDateTime"]
    assert add_member(graph).status_code == 204
    refused(graph.post(REQUESTS, json=asked), 400, "RoleAssignmentExists")
    early = body(graph, action="selfDeactivate")
    refused(graph.post(REQUESTS, json=early), 400, "ActiveDurationTooShort")
    assert graph.post(f"{endpoints.graph_url}/control/roles/end").status_code == 204
    assert get(graph, ACTIVE)["value"] == []
    refused(add_member(graph), 403, "Authorization_RequestDenied")


def test_an_activation_ends_when_its_time_is_over(graph: httpx.Client) -> None:
    made = graph.post(REQUESTS, json=body(graph, hours="PT5M", start="2026-01-15T08:00:00Z"))
    assert made.status_code == 201
    assert get(graph, ACTIVE)["value"] == []
    refused(add_member(graph), 403, "Authorization_RequestDenied")


def test_what_waits_for_approval_is_not_active(endpoints: Endpoints, graph: httpx.Client) -> None:
    made = graph.post(REQUESTS, json=body(graph, PRIVILEGED))
    assert made.json()["status"] == "PendingApproval"
    contracts.validate_answer("POST", REQUESTS, 201, made.json())
    assert get(graph, ACTIVE)["value"] == []
    refused(graph.post(REQUESTS, json=body(graph, PRIVILEGED)), 400, "PendingRoleAssignmentRequest")
    assert graph.post(f"{endpoints.graph_url}/control/roles/approve").status_code == 204
    assert [each["roleDefinitionId"] for each in get(graph, ACTIVE)["value"]] == [PRIVILEGED]


@pytest.mark.parametrize(
    ("facts", "code", "text"),
    [
        ({"justification": " "}, POLICY, '["JustificationRule"]'),
        ({"hours": "PT9H"}, POLICY, '["ExpirationRule"]'),
        ({"hours": "PT4M"}, "ActiveDurationTooShort", "5 minutes"),
        ({"hours": "an hour"}, "Request_BadRequest", "duration"),
        ({"role": EXCHANGE, "hours": "PT5H"}, POLICY, '["ExpirationRule","TicketingRule"]'),
        ({"role": READER}, POLICY, '["EligibilityRule"]'),
        ({"scheduleInfo": None}, "Request_BadRequest", "scheduleInfo"),
        ({"ticketInfo": {"number": "4711"}}, "Request_BadRequest", "ticketInfo"),
        ({"reason": "because"}, "Request_BadRequest", "reason"),
        ({"directoryScopeId": "everywhere"}, "Request_BadRequest", "scope"),
    ],
)
def test_what_the_policy_or_the_shape_refuses(
    graph: httpx.Client, facts: dict[str, Any], code: str, text: str
) -> None:
    refused(graph.post(REQUESTS, json=body(graph, **facts)), 400, code, text)


def test_nobody_activates_for_somebody_else(graph: httpx.Client) -> None:
    refused(graph.post(REQUESTS, json=body(graph, principalId=user(graph))), 403, "UnauthorizedAccess")
    refused(graph.post(REQUESTS, json=body(graph, action="adminAssign")), 403, "UnauthorizedAccess")
    refused(graph.get(ACTIVE.replace("principal", "approver")), 400, "BadRequest")


def test_the_policy_of_a_role_is_told(graph: httpx.Client) -> None:
    wanted = f"scopeId eq '/' and scopeType eq 'DirectoryRole' and roleDefinitionId eq '{EXCHANGE}'"
    path = "/policies/roleManagementPolicyAssignments"
    (found,) = get(graph, path, {"$filter": wanted, "$expand": "policy($expand=rules)"})["value"]
    rules = {rule["id"]: rule for rule in found["policy"]["rules"]}
    assert rules["Expiration_EndUser_Assignment"]["maximumDuration"] == "PT4H"
    assert rules["Enablement_EndUser_Assignment"]["enabledRules"] == ["Justification", "Ticketing"]
    refused(graph.get(path), 400, "Request_BadRequest", "$filter")


def test_exchange_knows_no_cmdlet_for_who_has_no_role_of_it(endpoints: Endpoints) -> None:
    with client(endpoints) as graph:
        answer = cmdlet(endpoints, graph, "Get-Mailbox", ResultSize=1)
        assert answer.status_code == 403
        assert exception(answer) == "CommandNotFoundException"
        assert "role definition of the current user" in answer.text
        ticket = {"ticketNumber": "4711", "ticketSystem": ""}
        assert graph.post(REQUESTS, json=body(graph, EXCHANGE, ticketInfo=ticket)).status_code == 201
        assert cmdlet(endpoints, graph, "Get-Mailbox", ResultSize=1).status_code == 200
