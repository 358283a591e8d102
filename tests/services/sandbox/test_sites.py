"""SharePoint in the sandbox: what Graph lists, what `_api` answers below a site, and what each of them refuses."""

from collections.abc import Iterator
from typing import Any

import httpx
import pytest

from tests.sandbox import Endpoints
from tests.services.sandbox.calls import ADELE, get, refused, user

LOGIN = f"i:0#.f|membership|{ADELE}"
DENIED = "-2147024891, System.UnauthorizedAccessException"
QUERY = "-1, Microsoft.SharePoint.Client.InvalidClientQueryException"
GONE = "-2146232832, Microsoft.SharePoint.SPException"
VERBOSE = {"Content-Type": "application/json;odata=verbose"}
MEMBERS = "/sites/finance/_api/web/associatedmembergroup/users"


def sharepoint(endpoints: Endpoints) -> httpx.Client:
    """A client of the tenant's SharePoint."""
    headers = {"Authorization": f"Bearer {endpoints.token}", "Accept": "application/json;odata=nometadata"}
    return httpx.Client(base_url=endpoints.sharepoint_url, headers=headers)


@pytest.fixture
def sites(endpoints: Endpoints) -> Iterator[httpx.Client]:
    """A client of the test's own tenant."""
    with sharepoint(endpoints) as found:
        yield found


@pytest.fixture
def seen(shared: Endpoints) -> Iterator[httpx.Client]:
    """A client of the tenant that nobody writes to."""
    with sharepoint(shared) as found:
        yield found


def said(answer: httpx.Response, status: int, code: str, text: str = "") -> None:
    """The answer is this refusal, in SharePoint's shape."""
    assert answer.status_code == status, answer.text
    error = answer.json()["odata.error"]
    assert error["code"] == code
    assert text.lower() in error["message"]["value"].lower()


def listed(client: httpx.Client, path: str) -> list[dict[str, Any]]:
    """The objects of a list."""
    answer = client.get(path)
    assert answer.status_code == 200, answer.text
    found: list[dict[str, Any]] = answer.json()["value"]
    return found


def find(read: httpx.Client, title: str) -> str:
    """The id of a site."""
    found = get(read, "/sites", {"search": title, "$select": "id,displayName"})["value"]
    return next(str(s["id"]) for s in found if s["displayName"] == title)


def test_graph_lists_sites_and_subsites(read: httpx.Client, shared: Endpoints) -> None:
    fields = "id,displayName,webUrl,siteCollection"
    found = get(read, "/sites", {"search": "*", "$select": fields})["value"]
    by_title = {s["displayName"]: s for s in found}
    assert by_title["Contoso Home"]["webUrl"] == shared.sharepoint_url
    assert by_title["Vault"]["webUrl"] == f"{shared.sharepoint_url}/sites/engineering/vault"
    assert by_title["Vault"]["siteCollection"] is None
    assert by_title["Finance"]["siteCollection"]
    assert "-my.sharepoint.example/" in by_title["Adele Vance"]["webUrl"]
    paged: list[Any] = []
    path, query = "/sites", {"search": "*", "$select": fields, "$top": "7"}
    body = get(read, path, query)
    while True:
        paged += body["value"]
        if "@odata.nextLink" not in body:
            break
        body = read.get(body["@odata.nextLink"]).json()
    assert paged == found


def test_one_site_and_what_lies_below_it(read: httpx.Client) -> None:
    assert get(read, "/sites/root", {"$select": "displayName"})["displayName"] == "Contoso Home"
    portal = find(read, "Engineering Portal")
    assert get(read, f"/sites/{portal}")["displayName"] == "Engineering Portal"
    below = get(read, f"/sites/{portal}/sites", {"$select": "id,displayName"})["value"]
    assert [s["displayName"] for s in below] == ["Platform", "Vault"]
    deeper = get(read, f"/sites/{below[0]['id']}/sites")["value"]
    assert [s["displayName"] for s in deeper] == ["Releases"]
    assert get(read, f"/sites/{deeper[0]['id']}/sites")["value"] == []


def test_graph_refuses(read: httpx.Client) -> None:
    refused(read.get("/sites"), 400, "invalidRequest", "search")
    refused(read.get("/sites?search=*&$select=colour"), 400, "BadRequest", "colour")
    refused(read.get("/sites?search=*&$filter=id eq 'x'"), 400, "BadRequest", "$filter")
    refused(read.get("/sites/contoso.sharepoint.example,a,b"), 404, "itemNotFound")
    refused(read.get("/sites/nothing/sites"), 404, "itemNotFound")
    refused(read.post("/sites", json={}), 405, "Request_BadRequest")


def test_a_web_and_its_groups(seen: httpx.Client) -> None:
    expand = "AssociatedVisitorGroup,AssociatedMemberGroup,AssociatedOwnerGroup"
    query = {"$select": "Title,Url", "$expand": expand}
    portal = seen.get("/sites/engineering/_api/web", params=query).json()
    assert set(portal) == {"Title", "Url", *expand.split(",")}
    assert portal["AssociatedMemberGroup"]["Title"] == "Engineering Portal Members"
    platform = seen.get("/sites/engineering/platform/_api/web", params=query).json()
    vault = seen.get("/sites/engineering/vault/_api/web", params=query).json()
    for name in expand.split(","):
        assert platform[name]["Id"] == portal[name]["Id"], "Platform inherits"
        assert vault[name]["Id"] != portal[name]["Id"]
    titles = [w["Title"] for w in listed(seen, "/sites/engineering/_api/web/webs?$select=Id,Title,Url")]
    assert titles == ["Platform", "Vault"]


def test_the_connected_group(seen: httpx.Client, read: httpx.Client) -> None:
    group = get(read, "/groups", {"$filter": "displayName eq 'Contoso Marketing'"})["value"][0]
    web = f"/sites/{group['mailNickname']}"
    assert seen.get(f"{web}/_api/site?$select=GroupId").json() == {"GroupId": group["id"]}
    fields = "$select=Id,Title,LoginName,PrincipalType"
    (members,) = listed(seen, f"{web}/_api/web/associatedmembergroup/users?{fields}")
    (owners,) = listed(seen, f"{web}/_api/web/associatedownergroup/users?{fields}")
    claim = f"c:0o.c|federateddirectoryclaimprovider|{group['id']}"
    assert (members["LoginName"], owners["LoginName"]) == (claim, f"{claim}_o")
    assert seen.get("/sites/finance/_api/site?$select=GroupId").json()["GroupId"].strip("0-") == ""


def test_a_user_of_a_site(seen: httpx.Client) -> None:
    query = {"@v": f"'{LOGIN}'", "$expand": "Groups($select=Id,Title)"}
    found = seen.get("/sites/benefits/_api/web/siteusers(@v)", params=query).json()
    assert found["LoginName"] == LOGIN
    assert [g["Title"] for g in found["Groups"]] == ["Benefits Visitors"]
    said(seen.get("/sites/finance/_api/web/siteusers(@v)", params=query), 404, GONE, "cannot be found")
    said(seen.get("/sites/finance/_api/web/siteusers(@v)", params={"@v": LOGIN}), 400, QUERY, "quotes")


def test_who_is_put_in_and_taken_out(sites: httpx.Client) -> None:
    before = listed(sites, MEMBERS)
    shouted = f"i:0#.f|membership|{ADELE.upper()}"
    body = {"__metadata": {"type": "SP.User"}, "LoginName": shouted}
    first = sites.post(MEMBERS, json=body, headers=VERBOSE)
    assert first.status_code == 201
    assert first.json()["LoginName"] == LOGIN
    again = sites.post(MEMBERS, json=body, headers=VERBOSE)
    assert (again.status_code, again.json()) == (201, first.json())
    assert listed(sites, MEMBERS) == [*before, first.json()]
    number = first.json()["Id"]
    assert sites.post(f"{MEMBERS}/removebyid({number})").json() == {"odata.null": True}
    said(sites.post(f"{MEMBERS}/removebyid({number})"), 404, GONE, "Can not find the user")
    assert listed(sites, MEMBERS) == before
    ensured = sites.post("/sites/finance/_api/web/ensureuser", json={"logonName": LOGIN})
    assert (ensured.status_code, ensured.json()["Id"]) == (200, number)
    assert listed(sites, MEMBERS) == before


def test_writing_is_refused(sites: httpx.Client) -> None:
    body = {"__metadata": {"type": "SP.User"}, "LoginName": LOGIN}
    said(sites.post(MEMBERS, json=body), 400, QUERY, "__metadata")
    said(sites.post(MEMBERS, json={"LoginName": LOGIN}, headers=VERBOSE), 400, QUERY, "type name")
    said(sites.post(MEMBERS, json=body | {"Colour": 1}, headers=VERBOSE), 400, QUERY, "Colour")
    nobody = body | {"LoginName": "i:0#.f|membership|nobody@contoso.example"}
    said(sites.post(MEMBERS, json=nobody, headers=VERBOSE), 404, GONE, "could not be found")
    said(sites.post(MEMBERS, content=b"x"), 415, QUERY)
    said(sites.post(f"{MEMBERS}?$select=Id", json=body, headers=VERBOSE), 400, QUERY, "$select")
    said(sites.delete(MEMBERS), 405, QUERY, "DELETE")
    said(sites.get(f"{MEMBERS}/removebyid(3)"), 405, QUERY, "GET")
    said(sites.post("/sites/finance/_api/web/ensureuser", json={"name": LOGIN}), 400, QUERY, "logonName")


@pytest.mark.parametrize(
    ("path", "status", "code", "text"),
    [
        ("/sites/legal/_api/web", 403, DENIED, "Access denied"),
        ("/sites/board/_api/web", 401, DENIED, "Access denied"),
        ("/sites/finance/audit/_api/web", 403, DENIED, "Access denied"),
        ("/sites/none/_api/web", 404, "-2147024894, System.IO.FileNotFoundException", "cannot be found"),
        (
            "/personal/adelev_contoso_example/_api/web",
            404,
            "-2147024894, System.IO.FileNotFoundException",
            "",
        ),
        ("/_api/web/lists", 404, "-1, Microsoft.SharePoint.Client.ResourceNotFoundException", "lists"),
        ("/_api/web?$select=Title,Colour", 400, QUERY, "Colour"),
        ("/_api/web?$expand=Colours", 400, QUERY, "Colours"),
        ("/_api/web?$top=4", 400, QUERY, "$top"),
        ("/_api/site?$expand=Owner", 400, QUERY, "$expand"),
    ],
)
def test_reading_is_refused(seen: httpx.Client, path: str, status: int, code: str, text: str) -> None:
    said(seen.get(path), status, code, text)


def test_the_door(seen: httpx.Client, shared: Endpoints) -> None:
    said(seen.get("/_api/web", headers={"Accept": "application/xml"}), 406, QUERY)
    bare = httpx.get(f"{shared.sharepoint_url}/_api/web")
    assert (bare.status_code, set(bare.json())) == (401, {"error_description"})
    assert bare.headers["www-authenticate"].startswith("Bearer")


def test_a_member_of_the_connected_group_is_not_a_user_of_the_site(
    sites: httpx.Client, graph: httpx.Client
) -> None:
    identity = user(graph, "isaiahl@contoso.example")
    group = get(graph, "/groups", {"$filter": "displayName eq 'Contoso Marketing'"})["value"][0]
    reference = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{identity}"}
    assert graph.post(f"/groups/{group['id']}/members/$ref", json=reference).status_code == 204
    assert len(listed(sites, f"/sites/{group['mailNickname']}/_api/web/associatedmembergroup/users")) == 1
