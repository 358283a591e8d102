"""Directory roles and administrative units over the wire: what is read, assigned, refused and audited."""

from typing import Any

import httpx
import pytest

from tests import contracts
from tests.sandbox import Endpoints
from tests.services.sandbox.calls import ADELE, get, group, refused, user
from tests.services.sandbox.conftest import client

ROLES = "/roleManagement/directory"
ALEX, MEGAN = "alexw@contoso.example", "meganb@contoso.example"
READER = "4a5d8f65-41da-4de4-8968-e035b65339cf"


def assignments(client_: httpx.Client, principal: str) -> list[dict[str, Any]]:
    query = {"$filter": f"principalId eq '{principal}'", "$expand": "roleDefinition($select=id,displayName)"}
    found: list[dict[str, Any]] = get(client_, f"{ROLES}/roleAssignments", query)["value"]
    return found


def body(principal: str, role: str = READER, scope: str = "/") -> dict[str, str]:
    kind = "#microsoft.graph.unifiedRoleAssignment"
    return {
        "@odata.type": kind,
        "roleDefinitionId": role,
        "principalId": principal,
        "directoryScopeId": scope,
    }


@pytest.mark.parametrize(
    "path",
    [
        f"{ROLES}/roleDefinitions",
        f"{ROLES}/roleAssignments",
        f"{ROLES}/roleEligibilityScheduleInstances",
        "/directory/administrativeUnits",
    ],
)
def test_answers_keep_the_contract(read: httpx.Client, path: str) -> None:
    assert get(read, path)["value"]


def test_roles_are_held_at_their_scopes(read: httpx.Client) -> None:
    found = assignments(read, user(read))
    unit = get(read, "/directory/administrativeUnits", {"$filter": "displayName eq 'Seattle Campus'"})[
        "value"
    ][0]
    assert [(a["roleDefinition"]["displayName"], a["directoryScopeId"]) for a in found] == [
        ("Helpdesk Administrator", f"/administrativeUnits/{unit['id']}")
    ]


def test_roles_through_groups_are_a_beta_call_with_its_header(shared: Endpoints, read: httpx.Client) -> None:
    path, alex = f"{ROLES}/transitiveRoleAssignments", user(read, ALEX)
    query = {"$filter": f"principalId eq '{alex}'", "$count": "true"}
    with client(shared, version="beta") as beta:
        found = beta.get(path, params=query, headers={"ConsistencyLevel": "eventual"}).json()
        assert found["@odata.count"] == 2
        assert {a["principalId"] for a in found["value"]} == {alex, group(read, "Helpdesk Administrators")}
        refused(beta.get(path, params=query), 404, "Request_ResourceNotFound")
        eventual = {"ConsistencyLevel": "eventual"}
        refused(beta.get(path, params={"$count": "true"}, headers=eventual), 400, "Request_BadRequest")
    refused(
        read.get(path, params=query, headers={"ConsistencyLevel": "eventual"}), 400, "BadRequest", "segment"
    )


def test_a_role_comes_and_goes(graph: httpx.Client) -> None:
    adele, path = user(graph), f"{ROLES}/roleAssignments"
    contracts.validate_request("POST", path, {}, body(adele))
    made = graph.post(path, json=body(adele))
    assert made.status_code == 201
    contracts.validate_answer("POST", path, 201, made.json())
    refused(
        graph.post(path, json=body(adele)), 400, "Request_BadRequest", "A conflicting object with one or more"
    )
    held = get(graph, f"/users/{ADELE}/memberOf/microsoft.graph.directoryRole")["value"]
    assert [role["displayName"] for role in held] == ["Reports Reader"]
    own = f"{path}/{made.json()['id']}"
    assert graph.delete(own).status_code == 204
    refused(graph.delete(own), 404, "Request_ResourceNotFound")
    assert [a["directoryScopeId"] == "/" for a in assignments(graph, adele)] == [False]
    wanted = f"targetResources/any(t:t/id eq '{adele}') and category eq 'RoleManagement'"
    records = get(graph, "/auditLogs/directoryAudits", {"$filter": wanted})["value"]
    assert [r["activityDisplayName"] for r in records] == ["Remove member from role", "Add member to role"]


def test_one_role_at_two_scopes_is_two_assignments(graph: httpx.Client) -> None:
    adele = user(graph)
    unit = get(graph, "/directory/administrativeUnits")["value"][0]["id"]
    for scope in ("/", f"/administrativeUnits/{unit}"):
        assert graph.post(f"{ROLES}/roleAssignments", json=body(adele, scope=scope)).status_code == 201
    assert len(assignments(graph, adele)) == 3


@pytest.mark.parametrize(
    ("change", "text"),
    [
        ({"directoryScopeId": "/nowhere"}, "Invalid directory scope"),
        ({"directoryScopeId": f"/administrativeUnits/{READER}"}, "Invalid directory scope"),
        ({"condition": "x"}, "Invalid property 'condition'"),
        ({"principalId": None}, "'principalId' is required"),
    ],
)
def test_wrong_assignments(read: httpx.Client, change: dict[str, Any], text: str) -> None:
    answer = read.post(f"{ROLES}/roleAssignments", json=body(user(read)) | change)
    refused(answer, 400, "Request_BadRequest", text)


def test_who_cannot_hold_a_role(read: httpx.Client) -> None:
    plain = body(group(read, "Project Alpha"))
    refused(
        read.post(f"{ROLES}/roleAssignments", json=plain), 400, "Request_BadRequest", "isAssignableToRole"
    )
    off = get(read, f"{ROLES}/roleDefinitions", {"$filter": "displayName eq 'Contoso Migration'"})["value"][0]
    disabled = body(user(read), off["id"])
    refused(read.post(f"{ROLES}/roleAssignments", json=disabled), 400, "Request_BadRequest", "disabled")
    refused(read.post(f"{ROLES}/roleAssignments", json=body(READER)), 404, "Request_ResourceNotFound")


@pytest.mark.parametrize(
    "query",
    [{"$filter": "condition eq 'x'"}, {"$orderby": "id"}, {"$select": "nope"}, {"$expand": "principal"}],
)
def test_options_that_are_not_served(read: httpx.Client, query: dict[str, str]) -> None:
    assert read.get(f"{ROLES}/roleAssignments", params=query).status_code == 400


def test_groups_of_an_administrative_unit(read: httpx.Client) -> None:
    units = {u["displayName"]: u["id"] for u in get(read, "/directory/administrativeUnits")["value"]}
    path = f"/directory/administrativeUnits/{units['Functional roles']}/members"
    names = {
        g["displayName"] for g in get(read, f"{path}/microsoft.graph.group", {"$count": "true"})["value"]
    }
    assert {"Project Alpha", "Dynamic Sales", "Building Access"} <= names
    assert {m["displayName"] for m in get(read, path, {"$top": "999"})["value"]} == names
    over = get(read, f"/users/{ADELE}/transitiveMemberOf", {"$select": "id,displayName", "$top": "999"})[
        "value"
    ]
    assert "Functional roles" not in {o["displayName"] for o in over}
