"""Exchange: cmdlets, their parameters, the two errors that mean "already so", batches, pages."""

import json
from importlib.resources import files
from typing import Any

import httpx
import pytest

from tests import contracts
from tests.sandbox import Endpoints, running_sandbox
from tests.services.sandbox.calls import ADELE, cmdlet, exception, group, member_names
from tests.services.sandbox.conftest import client

WRITE: dict[str, Any] = {"Member": ADELE, "BypassSecurityGroupManagerCheck": True}


def test_the_facts_are_the_published_ones() -> None:
    facts = json.loads((files("services.sandbox") / "cmdlets.json").read_bytes())
    assert facts == contracts.cmdlet_facts()


@pytest.mark.parametrize("name", ["Purchasing List", "Vault Keys"])
def test_members_of_exchange_groups(endpoints: Endpoints, graph: httpx.Client, name: str) -> None:
    identity = group(graph, name)
    contracts.validate_cmdlet("Add-DistributionGroupMember", {"Identity": identity, **WRITE})
    added = cmdlet(endpoints, graph, "Add-DistributionGroupMember", Identity=identity, **WRITE)
    assert (added.status_code, added.json()["value"]) == (200, [])
    again = cmdlet(endpoints, graph, "Add-DistributionGroupMember", Identity=identity, **WRITE)
    assert (again.status_code, exception(again)) == (400, "MemberAlreadyExistsException")
    members = cmdlet(endpoints, graph, "Get-DistributionGroupMember", Identity=identity).json()["value"]
    assert ADELE in [m["PrimarySmtpAddress"] for m in members]
    assert name in member_names(graph)
    asked = cmdlet(endpoints, graph, "Remove-DistributionGroupMember", Identity=identity, **WRITE)
    assert exception(asked) == "HostException"
    removal = {"Identity": identity, **WRITE, "Confirm": False}
    assert cmdlet(endpoints, graph, "Remove-DistributionGroupMember", **removal).status_code == 200
    gone = cmdlet(endpoints, graph, "Remove-DistributionGroupMember", **removal)
    assert exception(gone) == "MemberNotFoundException"


@pytest.mark.parametrize(
    ("name", "parameters", "status", "text"),
    [
        ("Get-Nothing", {}, 403, "not recognized"),
        (
            "Get-Mailbox",
            {"Identitee": "x"},
            400,
            "A parameter cannot be found that matches parameter name 'Identitee'.",
        ),
        ("Get-Mailbox", {"Identity": "nobody"}, 404, "couldn't be found"),
        ("Get-DistributionGroupMember", {}, 400, "missing mandatory parameters"),
        (
            "Add-DistributionGroupMember",
            {"Identity": "Vault Keys", "Member": ADELE},
            403,
            "manager of the group",
        ),
        ("Add-DistributionGroupMember", {"Identity": "Contoso Marketing", **WRITE}, 404, "couldn't be found"),
        (
            "Add-DistributionGroupMember",
            {"Identity": "Synced News", **WRITE},
            400,
            "on-premises organization",
        ),
        ("Add-DistributionGroupMember", {"Identity": "Vault Keys", "Member": "leeg"}, 400, "manager"),
        (
            "Add-DistributionGroupMember",
            {"Identity": "Vault Keys", **WRITE, "Confirm": "no"},
            400,
            "Cannot convert",
        ),
    ],
)
def test_refusals(
    shared: Endpoints, read: httpx.Client, name: str, parameters: dict[str, Any], status: int, text: str
) -> None:
    answer = cmdlet(shared, read, name, **parameters)
    if parameters.get("Member") == "leeg":
        answer = cmdlet(shared, read, name, **parameters, BypassSecurityGroupManagerCheck=True)
        status, text = 404, "couldn't be found"
    assert answer.status_code == status, answer.text
    error = answer.json()["error"]
    assert text in error["message"]
    assert text in error["details"][0]["message"]
    assert text in error["innererror"]["internalException"]["message"]


def test_pages_are_followed_with_the_same_body(shared: Endpoints, read: httpx.Client) -> None:
    body = {"CmdletInput": {"CmdletName": "Get-DistributionGroup", "Parameters": {"ResultSize": "Unlimited"}}}
    link = f"{shared.exchange_url}/adminapi/beta/{shared.tenant_id}/InvokeCommand?$select=DisplayName"
    names: list[str] = []
    while link:
        page = read.post(link, json=body, headers={"Prefer": "odata.maxpagesize=10"}).json()
        assert all(set(row) == {"DisplayName"} for row in page["value"])
        names += [row["DisplayName"] for row in page["value"]]
        link = page.get("@odata.nextLink")
    assert {"All Staff News", "Purchasing List", "Vault Keys"} <= set(names)
    assert len(names) == len(set(names)) > 10
    limited = cmdlet(shared, read, "Get-DistributionGroup", ResultSize=2).json()
    assert len(limited["value"]) == 2
    assert limited["@adminapi.warnings"]


def test_batches_of_ten(shared: Endpoints, read: httpx.Client) -> None:
    root = f"{shared.exchange_url}/adminapi/beta/{shared.tenant_id}"

    def item(number: int, identity: str) -> dict[str, Any]:
        body = {"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"Identity": identity}}}
        return {"id": str(number), "method": "POST", "url": f"{root}/InvokeCommand?", "body": body,
                "headers": {"Content-Type": "application/json"}}  # fmt: skip

    answer = read.post(f"{root}/$batch", json={"requests": [item(1, ADELE), item(2, "nobody")]})
    found = {one["id"]: one for one in answer.json()["responses"]}
    assert (found["1"]["status"], found["2"]["status"]) == (200, 404)
    assert found["1"]["body"]["value"][0]["PrimarySmtpAddress"] == ADELE
    assert (
        read.post(f"{root}/$batch", json={"requests": [item(n, ADELE) for n in range(11)]}).status_code == 400
    )
    wrong = read.post(f"{shared.exchange_url}/adminapi/beta/other/InvokeCommand", json=item(1, ADELE)["body"])
    assert wrong.status_code == 403


def test_graph_learns_later_of_an_exchange_member() -> None:
    with running_sandbox(faults=("exchange-lag:seconds=3600",)) as endpoints, client(endpoints) as graph:
        assert (
            cmdlet(
                endpoints, graph, "Add-DistributionGroupMember", Identity="Vault Keys", **WRITE
            ).status_code
            == 200
        )
        members = cmdlet(endpoints, graph, "Get-DistributionGroupMember", Identity="Vault Keys").json()[
            "value"
        ]
        assert ADELE in [m["PrimarySmtpAddress"] for m in members]
        assert "Vault Keys" not in member_names(graph)
