"""The recorder itself: a lawful call passes it, and each unlawful one is named."""

from collections.abc import Iterator

import httpx
import pytest

from tests.recorder import recording
from tests.sandbox import Endpoints, running_sandbox

REF = {"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/x"}
ADVANCED = {"ConsistencyLevel": "eventual"}


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """A small tenant that nothing changes."""
    with running_sandbox(users=5, groups=60) as found:
        yield found


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "objection"),
    [
        ("GET", "/users?$select=id,mail&$top=5", {}, None, ""),
        ("GET", "/users?$select=id&$search=%22mail:a%22&$count=true", ADVANCED, None, ""),
        ("GET", "/users?$select=id,colour", {}, None, "colour"),
        ("GET", "/users?$select=id,hireDate", {}, None, "not on a list"),
        ("GET", "/users?$top=1000", {}, None, "top"),
        ("GET", "/users?$take=5", {}, None, "unknown options"),
        ("GET", "/users?$filter=color%20eq%20'x'", {}, None, "not encoded"),
        ("GET", "/users?$filter=color%20eq%20%27x%27", {}, None, "color"),
        ("GET", "/users?$filter=mail%20ne%20%27x%27", {}, None, "ConsistencyLevel"),
        ("GET", "/users?$search=%22mail:a%22", ADVANCED, None, "count"),
        ("GET", "/users/x?$top=1", {}, None, "single object"),
        ("GET", "/users/x?$expand=manager($select=id,colour)", {}, None, "expand"),
        ("GET", "/users/x/memberOf/microsoft.graph.group?$select=id", {}, None, "cast"),
        ("GET", "/groups/delta?$select=id&$top=9", {}, None, "delta"),
        ("GET", "/nowhere", {}, None, "not in the contract"),
        ("POST", "/groups/x/members/$ref", {}, {"@odata.id": "http://127.0.0.1/v1.0/users/x"}, "odata.id"),
        ("POST", "/groups/x/members/$ref", {}, REF | {"more": 1}, "more"),
        ("PATCH", "/users/x", {}, {"city": ""}, "empty text"),
        ("PATCH", "/users/x", {}, {"colour": "red"}, "colour"),
        ("PATCH", "/users/x", {}, {"city": "Rome", "skills": []}, "alone"),
    ],
)
def test_what_graph_takes(
    tenant: Endpoints, method: str, path: str, headers: dict[str, str], body: object, objection: str
) -> None:
    with recording(tenant) as recorder:
        headers = headers | {"Authorization": f"Bearer {tenant.token}"}
        httpx.request(method, f"{recorder.endpoints.graph_url}/v1.0{path}", headers=headers, json=body)
        if not objection:
            (said,) = recorder.check()
            assert said.status == 200
            return
        with pytest.raises(AssertionError, match=objection):
            recorder.said()


@pytest.mark.parametrize(
    ("cmdlet", "objection"),
    [
        ({"CmdletName": "Get-DistributionGroupMember", "Parameters": {"Identity": "Vault Keys"}}, ""),
        ({"CmdletName": "Get-DistributionGroupMember", "Parameters": {}}, "needs"),
        ({"CmdletName": "Get-Colour", "Parameters": {}}, "not in the contract"),
        ({"CmdletName": "Get-Mailbox", "Parameters": {"Colour": "x"}}, "no parameters"),
        ({"CmdletName": "Get-Mailbox", "Parameters": {"Identity": 5}}, "no text"),
        (
            {
                "CmdletName": "Remove-DistributionGroupMember",
                "Parameters": {"Identity": "Vault Keys", "Member": "x"},
            },
            "would ask",
        ),
    ],
)
def test_what_exchange_takes(tenant: Endpoints, cmdlet: dict[str, object], objection: str) -> None:
    with recording(tenant) as recorder:
        headers = {"Authorization": f"Bearer {tenant.token}", "X-AnchorMailbox": "UPN:ann@x.example"}
        place = f"{recorder.endpoints.exchange_url}/adminapi/beta/{tenant.tenant_id}/InvokeCommand"
        httpx.post(place, headers=headers, json={"CmdletInput": cmdlet})
        if not objection:
            assert recorder.check()[0].status == 200
            return
        with pytest.raises(AssertionError, match=objection):
            recorder.said()


def test_a_cmdlet_says_where_it_is_routed_to(tenant: Endpoints) -> None:
    given = {"CmdletName": "Get-DistributionGroupMember", "Parameters": {"Identity": "Vault Keys"}}
    with recording(tenant) as recorder:
        place = f"{recorder.endpoints.exchange_url}/adminapi/beta/{tenant.tenant_id}/InvokeCommand"
        httpx.post(place, headers={"Authorization": f"Bearer {tenant.token}"}, json={"CmdletInput": given})
        with pytest.raises(AssertionError, match="X-AnchorMailbox"):
            recorder.said()
