"""Writes: memberships, owners, properties; what is refused and with which words; the audit log."""

from typing import Any

import httpx
import pytest

from tests import contracts
from tests.services.sandbox.calls import ADELE, get, group, member_names, reference, refused, user


def test_a_membership_comes_and_goes(graph: httpx.Client) -> None:
    path = f"/groups/{group(graph, 'Project Beta')}/members"
    adele = user(graph)
    contracts.validate_request("POST", f"{path}/$ref", {}, reference(adele))
    assert graph.post(f"{path}/$ref", json=reference(adele)).status_code == 204
    assert "Project Beta" in member_names(graph)
    again = graph.post(f"{path}/$ref", json=reference(adele))
    text = (
        "One or more added object references already exist for the following modified properties: 'members'."
    )
    refused(again, 400, "Request_BadRequest", text)
    assert graph.delete(f"{path}/{adele}/$ref").status_code == 204
    refused(
        graph.delete(f"{path}/{adele}/$ref"), 404, "Request_ResourceNotFound", "queried reference-property"
    )
    assert "Project Beta" not in member_names(graph)


def test_a_delete_that_forgot_ref_deletes_nobody(graph: httpx.Client) -> None:
    path = f"/groups/{group(graph, 'Project Alpha')}/members/{user(graph)}"
    refused(graph.delete(path), 405, "Request_BadRequest", "$ref")
    assert "Project Alpha" in member_names(graph)


@pytest.mark.parametrize(
    ("name", "status", "text"),
    [
        ("Dynamic Sales", 403, "dynamic"),
        ("Synced File Share", 400, "on-premises mastered"),
        ("Synced News", 400, "on-premises mastered"),
        ("Purchasing List", 400, "Cannot Update a mail-enabled security groups and or distribution list."),
        ("Vault Keys", 400, "Cannot Update a mail-enabled security groups and or distribution list."),
        ("Contoso Everyone", 403, "dynamic"),
    ],
)
def test_groups_graph_cannot_write(read: httpx.Client, name: str, status: int, text: str) -> None:
    answer = read.post(f"/groups/{group(read, name)}/members/$ref", json=reference(user(read)))
    assert answer.status_code == status
    assert text in answer.json()["error"]["message"]


def test_the_last_owner_stays(graph: httpx.Client) -> None:
    path = f"/groups/{group(graph, 'Lone Owner Team')}/owners"
    adele, alex = user(graph), user(graph, "alexw@contoso.example")
    refused(
        graph.delete(f"{path}/{adele}/$ref"),
        400,
        "Request_BadRequest",
        "The group must have at least one owner",
    )
    assert graph.post(f"{path}/$ref", json=reference(alex)).status_code == 204
    assert graph.delete(f"{path}/{adele}/$ref").status_code == 204
    assert [o["displayName"] for o in get(graph, path)["value"]] == ["Alex Wilber"]


@pytest.mark.parametrize(
    "body", [{}, {"@odata.id": "https://evil.example/v1.0/directoryObjects/1"}, {"@odata.id": 5}, {"id": "x"}]
)
def test_wrong_references(read: httpx.Client, body: dict[str, Any]) -> None:
    assert read.post(f"/groups/{group(read, 'Project Beta')}/members/$ref", json=body).status_code == 400


@pytest.mark.parametrize(
    ("body", "text"),
    [
        ({"department": ""}, "Invalid value specified for property 'department'"),
        ({"department": "x" * 65}, "Invalid value specified"),
        ({"displayName": None}, "Invalid value specified"),
        ({"usageLocation": None}, "Invalid value specified"),
        ({"usageLocation": "USA"}, "Invalid value specified"),
        ({"accountEnabled": "yes"}, "Invalid value specified"),
        ({"businessPhones": ["1", "2"]}, "Invalid value specified"),
        ({"nope": 1}, "Invalid property 'nope'"),
        ({"onPremisesExtensionAttributes": {"extensionAttribute16": "x"}}, "Invalid property"),
        ({"id": "1"}, "read-only"),
        ({"aboutMe": "x", "city": "y"}, "separate"),
        ({"userPrincipalName": "adelev@elsewhere.example"}, "verified domain"),
        ({"userPrincipalName": "alexw@contoso.example"}, "Another object"),
        ({}, "At least one"),
    ],
)
def test_properties_that_are_refused(read: httpx.Client, body: dict[str, Any], text: str) -> None:
    refused(read.patch(f"/users/{ADELE}", json=body), 400, "Request_BadRequest", text)


def test_properties_change_clear_and_merge(graph: httpx.Client) -> None:
    def patch(body: dict[str, Any]) -> None:
        contracts.validate_request("PATCH", f"/users/{ADELE}", {}, body)
        assert graph.patch(f"/users/{ADELE}", json=body).status_code == 204

    patch({"department": "Ventes", "usageLocation": "fr", "officeLocation": None, "businessPhones": []})
    patch({"onPremisesExtensionAttributes": {"extensionAttribute3": "x", "extensionAttribute1": None}})
    patch({"aboutMe": "hello"})
    names = "department,usageLocation,officeLocation,businessPhones,onPremisesExtensionAttributes,aboutMe"
    found = get(graph, f"/users/{ADELE}", {"$select": names})
    assert (found["department"], found["usageLocation"], found["officeLocation"]) == ("Ventes", "FR", None)
    assert found["businessPhones"] == []
    assert found["aboutMe"] == "hello"
    kept = found["onPremisesExtensionAttributes"]
    assert (kept["extensionAttribute1"], kept["extensionAttribute2"], kept["extensionAttribute3"]) == (
        None,
        "Sales",
        "x",
    )


def test_synced_people_are_mastered_elsewhere(graph: httpx.Client) -> None:
    megan = "/users/meganb@contoso.example"
    text = "Unable to update the specified properties for on-premises mastered Directory Sync objects"
    refused(graph.patch(megan, json={"department": "x"}), 400, "Request_BadRequest", text)
    assert graph.patch(megan, json={"usageLocation": "DE"}).status_code == 204
    refused(graph.delete(f"{megan}/manager/$ref"), 400, "Request_BadRequest", text)


def test_a_manager_is_set_and_cleared(graph: httpx.Client) -> None:
    path = f"/users/{ADELE}/manager"
    assert graph.put(f"{path}/$ref", json=reference(user(graph, "leeg@contoso.example"))).status_code == 204
    assert get(graph, path)["displayName"] == "Lee Gu"
    assert graph.delete(f"{path}/$ref").status_code == 204
    refused(graph.delete(f"{path}/$ref"), 404, "Request_ResourceNotFound")
    refused(graph.get(path), 404, "Request_ResourceNotFound")


def test_the_recycle_bin_gives_people_back(graph: httpx.Client) -> None:
    adele = user(graph)
    assert graph.delete(f"/users/{adele}").status_code == 204
    bin_ = get(graph, "/directory/deletedItems/microsoft.graph.user", {"$select": "id,deletedDateTime"})[
        "value"
    ]
    assert [u["deletedDateTime"] for u in bin_ if u["id"] == adele] != [None]
    assert "Project Alpha" not in [
        m["displayName"] for m in get(graph, f"/groups/{group(graph, 'Project Alpha')}/members")["value"]
    ]
    restored = graph.post(f"/directory/deletedItems/{adele}/restore")
    assert restored.status_code == 200
    contracts.validate_answer("POST", f"/directory/deletedItems/{adele}/restore", 200, restored.json())
    assert "Project Alpha" in member_names(graph)


def test_every_write_is_in_the_audit_log(graph: httpx.Client) -> None:
    adele = user(graph)
    start = get(graph, "/auditLogs/directoryAudits", {"$top": "1"})["value"][0]["activityDateTime"]
    graph.patch(f"/users/{ADELE}", json={"jobTitle": "Lead"})
    graph.post(f"/groups/{group(graph, 'Project Beta')}/members/$ref", json=reference(adele))
    graph.patch(f"/users/{ADELE}", json={"accountEnabled": False})
    text = f"targetResources/any(t:t/id eq '{adele}') and activityDateTime gt {start}"
    records = get(graph, "/auditLogs/directoryAudits", {"$filter": text, "$top": "100"})["value"]
    assert [r["activityDisplayName"] for r in records] == [
        "Disable account", "Update user", "Add member to group", "Update user",
    ]  # fmt: skip
    assert records[-1]["initiatedBy"]["user"]["userPrincipalName"] == "admin@contoso.example"
    changed = records[-1]["targetResources"][0]["modifiedProperties"][0]
    assert changed == {"displayName": "JobTitle", "oldValue": '["Sales Manager"]', "newValue": '["Lead"]'}
    by_name = get(
        graph, "/auditLogs/directoryAudits", {"$filter": "activityDisplayName eq 'Change user license'"}
    )
    assert all(r["activityDisplayName"] == "Change user license" for r in by_name["value"])
