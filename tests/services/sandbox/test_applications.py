"""Enterprise applications over the wire: lists, assignments of users and groups, and what is refused."""

from typing import Any

import httpx
import pytest

from tests import contracts
from tests.services.sandbox.calls import ADELE, get, group, refused, user

TAG = "tags/any(t:t eq 'WindowsAzureActiveDirectoryIntegratedApp')"
FIELDS = "id,appId,displayName,appRoles,appRoleAssignmentRequired,accountEnabled,servicePrincipalType,tags"
ZERO = "00000000-0000-0000-0000-000000000000"


def app(client: httpx.Client, name: str) -> dict[str, Any]:
    """A well-known application."""
    found: dict[str, Any] = get(client, "/servicePrincipals", {"$filter": f"displayName eq '{name}'"})[
        "value"
    ][0]
    return found


def body(principal: str, application: dict[str, Any], role: str) -> dict[str, str]:
    return {"principalId": principal, "resourceId": application["id"], "appRoleId": role}


def test_the_portals_list_comes_in_pages(read: httpx.Client) -> None:
    query = {"$filter": TAG, "$select": FIELDS, "$top": "10"}
    contracts.validate_request("GET", "/servicePrincipals", query, None)
    page = get(read, "/servicePrincipals", query)
    names = [a["displayName"] for a in page["value"]]
    while "@odata.nextLink" in page:
        page = read.get(page["@odata.nextLink"]).json()
        names += [a["displayName"] for a in page["value"]]
    assert len(names) == len(set(names)) == 38
    assert "Background Sync" not in names
    assert get(read, f"/servicePrincipals/{app(read, 'Expenses')['id']}")["displayName"] == "Expenses"
    missing = read.get(f"/servicePrincipals/{ZERO}")
    refused(missing, 404, "Request_ResourceNotFound")


def test_a_user_holds_own_assignments_and_those_of_direct_groups(read: httpx.Client) -> None:
    found = get(read, f"/users/{ADELE}/appRoleAssignments", {"$top": "999"})["value"]
    held = {(a["resourceDisplayName"], a["principalType"], a["principalDisplayName"]) for a in found}
    assert ("Expenses", "User", "Adele Vance") in held
    assert ("Atlas Wiki", "Group", "Project Alpha") in held
    assert ("Vendor Portal", "Group", "Building Access") in held
    assert all(name != "Engineering" for _, _, name in held)
    narrow = {"$filter": f"resourceId eq {app(read, 'Expenses')['id']}"}
    assert len(get(read, f"/users/{ADELE}/appRoleAssignments", narrow)["value"]) == 1


def test_groups_hold_assignments(read: httpx.Client) -> None:
    alpha = group(read, "Project Alpha")
    (held,) = get(read, f"/groups/{alpha}/appRoleAssignments")["value"]
    there = get(read, f"/servicePrincipals/{held['resourceId']}/appRoleAssignedTo", {"$top": "999"})["value"]
    assert (alpha, "Group") in {(a["principalId"], a["principalType"]) for a in there}


def test_an_assignment_comes_and_goes(graph: httpx.Client) -> None:
    adele, wiki = user(graph), app(graph, "Atlas Wiki")
    path = f"/servicePrincipals/{wiki['id']}/appRoleAssignedTo"
    wanted = body(adele, wiki, wiki["appRoles"][1]["id"])
    contracts.validate_request("POST", path, {}, wanted)
    made = graph.post(path, json=wanted)
    assert made.status_code == 201
    contracts.validate_answer("POST", path, 201, made.json())
    refused(
        graph.post(path, json=wanted), 400, "Request_BadRequest", "Permission being assigned already exists"
    )
    own = f"{path}/{made.json()['id']}"
    assert graph.delete(own).status_code == 204
    refused(graph.delete(own), 404, "Request_ResourceNotFound")
    wanted_records = f"targetResources/any(t:t/id eq '{adele}')"
    records = get(graph, "/auditLogs/directoryAudits", {"$filter": wanted_records, "$top": "2"})["value"]
    assert [r["activityDisplayName"] for r in records] == [
        "Remove app role assignment from user",
        "Add app role assignment grant to user",
    ]


def test_a_deleted_user_is_assigned_to_nothing(graph: httpx.Client) -> None:
    adele, path = user(graph), f"/servicePrincipals/{app(graph, 'Expenses')['id']}/appRoleAssignedTo"
    assert adele in {a["principalId"] for a in get(graph, path, {"$top": "999"})["value"]}
    assert graph.delete(f"/users/{adele}").status_code == 204
    assert adele not in {a["principalId"] for a in get(graph, path, {"$top": "999"})["value"]}


def test_assignments_that_are_refused(read: httpx.Client) -> None:
    adele, beta = user(read), group(read, "Purchasing List")
    travel, expenses, wiki = app(read, "Travel Desk"), app(read, "Expenses"), app(read, "Atlas Wiki")
    warehouse, collector = app(read, "Warehouse"), app(read, "Telemetry Collector")
    cases = [
        (expenses, body(adele, expenses, ZERO), "was not found on application"),
        (travel, body(adele, travel, wiki["appRoles"][0]["id"]), "was not found on application"),
        (warehouse, body(adele, warehouse, warehouse["appRoles"][3]["id"]), "was not found on application"),
        (collector, body(adele, collector, collector["appRoles"][0]["id"]), "cannot be assigned to a user"),
        (travel, body(adele, wiki, ZERO), "resourceId"),
        (travel, body(adele, travel, ZERO) | {"id": "x"}, "Invalid property 'id'"),
        (travel, {"principalId": adele, "resourceId": travel["id"]}, "'appRoleId' must be an id"),
        (travel, body(beta, travel, ZERO), "security-enabled"),
    ]
    for target, wanted, text in cases:
        answer = read.post(f"/servicePrincipals/{target['id']}/appRoleAssignedTo", json=wanted)
        refused(answer, 400, "Request_BadRequest", text)


@pytest.mark.parametrize("query", [{"$filter": "homepage eq 'x'"}, {"$select": "nope"}, {"$search": '"a"'}])
def test_options_that_are_not_served(read: httpx.Client, query: dict[str, str]) -> None:
    assert read.get("/servicePrincipals", params=query).status_code == 400
