"""The recorder itself: a lawful call passes it, and each unlawful one is named."""

import json
from collections.abc import Iterator

import httpx
import pytest

from tests.recorder import recording
from tests.sandbox import Endpoints, running_sandbox

REF = {"@odata.id": "https://graph.microsoft.com/v1.0/directoryObjects/x"}
ADVANCED = {"ConsistencyLevel": "eventual"}


def _batch(url: str) -> dict[str, object]:
    return {"requests": [{"id": "1", "method": "GET", "url": url}]}


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


ROLES = "/roleManagement/directory/transitiveRoleAssignments"
OF_ONE = f"{ROLES}?$filter=principalId%20eq%20%27x%27"


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "objection"),
    [
        ("GET", f"/beta{OF_ONE}&$count=true", ADVANCED, None, ""),
        ("GET", f"/beta{OF_ONE}&$count=true", {}, None, "ConsistencyLevel"),
        ("GET", f"/beta{OF_ONE}", ADVANCED, None, "count"),
        ("GET", f"/v1.0{OF_ONE}&$count=true", ADVANCED, None, "not a call of v1.0"),
        ("GET", "/beta/users?$select=id", {}, None, "not a call of beta"),
        ("GET", "/beta/deviceManagement/managedDevices/x/users?$select=id,colour", {}, None, "colour"),
        ("GET", "/v1.0/deviceManagement/managedDevices/x/users", {}, None, "not a call of v1.0"),
        ("POST", "/beta/deviceManagement/managedDevices/x/users/$ref", {}, REF, "odata.id"),
        ("POST", "/beta/$batch", {}, _batch("/users?$select=id"), "not a call of beta"),
        ("POST", "/v1.0/$batch", {}, _batch(f"{OF_ONE}&$count=true"), "not a call of v1.0"),
    ],
)
def test_what_is_of_which_version(
    tenant: Endpoints, method: str, path: str, headers: dict[str, str], body: object, objection: str
) -> None:
    with recording(tenant) as recorder:
        headers = headers | {"Authorization": f"Bearer {tenant.token}"}
        httpx.request(method, f"{recorder.endpoints.graph_url}{path}", headers=headers, json=body)
        if not objection:
            assert [(one.service, one.status) for one in recorder.check()] == [("graph-beta", 200)]
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


LISTS = "/sites/finance/_api/web/associatedmembergroup/users"
USER = {"__metadata": {"type": "SP.User"}, "LoginName": "i:0#.f|membership|adelev@contoso.example"}
SITES = {"Accept": "application/json;odata=nometadata", "User-Agent": "NONISV|Rollcall|Rollcall/0.1.0"}
VERBOSE = {"Content-Type": "application/json;odata=verbose"}


@pytest.mark.parametrize(
    ("method", "path", "headers", "body", "objection"),
    [
        ("GET", f"{LISTS}?$select=Id,LoginName", {}, None, ""),
        ("POST", LISTS, VERBOSE, USER, ""),
        ("GET", "/_api/web/siteusers(@v)?@v=%27i%3A0%23.f%7Cmembership%7Co%27%27b%40x%27", {}, None, ""),
        ("GET", f"{LISTS}?$select=Id,Colour", {}, None, "Colour"),
        ("GET", f"{LISTS}?$top=5", {}, None, "top"),
        ("GET", "/_api/web?$expand=Webs", {}, None, "expand"),
        ("GET", "/_api/web/lists", {}, None, "no such place"),
        ("GET", "/_api/web", {"Accept": "application/json"}, None, "application/json"),
        ("GET", "/_api/web", {"User-Agent": "x"}, None, "user agent"),
        ("GET", "/_api/web/siteusers(@v)?@v=%27i%3A0%23.f%7Cmembership%7Co%27b%40x%27", {}, None, "@v"),
        ("POST", LISTS, {}, USER, "no content type"),
        ("POST", LISTS, VERBOSE, {"LoginName": "x"}, "LoginName"),
        ("POST", LISTS, VERBOSE, USER | {"LoginName": "adelev@contoso.example"}, "adelev"),
        ("POST", f"{LISTS}/removebyid(3)", {}, {}, "a body"),
        ("DELETE", LISTS, {}, None, "no such method"),
    ],
)
def test_what_sharepoint_takes(
    tenant: Endpoints, method: str, path: str, headers: dict[str, str], body: object, objection: str
) -> None:
    with recording(tenant) as recorder:
        sent = SITES | {"Authorization": f"Bearer {tenant.token}"} | headers
        content = None if body is None else json.dumps(body)
        httpx.request(method, f"{recorder.endpoints.sharepoint_url}{path}", headers=sent, content=content)
        if not objection:
            (said,) = recorder.check()
            assert (said.service, said.method) == ("sharepoint", method)
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
