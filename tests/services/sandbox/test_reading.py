"""Lists and single objects: options, refusals, paging, and the published shapes."""

import httpx
import pytest

from tests.sandbox import Endpoints
from tests.services.sandbox.calls import ADELE, ADVANCED, get, group, member_names, refused, user

GROUP_FIELDS = (
    "id,displayName,description,mail,groupTypes,mailEnabled,securityEnabled,membershipRule,onPremisesSyncEnabled,"
    "isAssignableToRole,visibility,resourceProvisioningOptions"
)
UNIFIED = "groupTypes/any(c:c eq 'Unified')"


@pytest.mark.parametrize(
    "path",
    ["/users", "/groups", "/organization", "/domains", "/subscribedSkus",
    "/directory/deletedItems/microsoft.graph.user",
     "/auditLogs/directoryAudits", "/identityProtection/riskyUsers", "/me", "/users/delta()",
     "/groups/delta()",
     "/reports/authenticationMethods/userRegistrationDetails", f"/users/{ADELE}", f"/users/{ADELE}/memberOf",
     f"/users/{ADELE}/transitiveMemberOf", f"/users/{ADELE}/manager",
     "/users/admin@contoso.example/memberOf"],
)  # fmt: skip
def test_answers_keep_the_contract(read: httpx.Client, path: str) -> None:
    found = get(read, path)
    assert "@odata.context" in found
    assert found.get("value", True)


def test_groups_with_every_field_keep_the_contract(read: httpx.Client) -> None:
    names = {
        g["displayName"] for g in get(read, "/groups", {"$select": GROUP_FIELDS, "$top": "999"})["value"]
    }
    assert {"Project Alpha", "Dynamic Sales", "All Staff News", "Vault Keys"} <= names
    for path in ("members", "owners"):
        get(read, f"/groups/{group(read, 'Contoso Marketing')}/{path}")


def test_every_kind_of_group_is_found_by_its_filter(read: httpx.Client) -> None:
    def names(text: str) -> set[str]:
        query = {"$filter": text, "$count": "true", "$top": "999", "$select": "displayName"}
        found = get(read, "/groups", query)
        assert found["@odata.count"] == len(found["value"])
        return {item["displayName"] for item in found["value"]}

    kinds = [
        names("securityEnabled eq true and mailEnabled eq false"),
        names(UNIFIED),
        names(f"mailEnabled eq true and securityEnabled eq false and NOT {UNIFIED}"),
        names(f"mailEnabled eq true and securityEnabled eq true and NOT {UNIFIED}"),
    ]
    assert [name in kind for name, kind in zip(
        ("Project Alpha", "Lone Owner Team", "Purchasing List", "Vault Keys"), kinds, strict=True
    )] == [True] * 4  # fmt: skip
    assert sum(map(len, kinds)) == 120


def test_pages_survive_writes_between_them(graph: httpx.Client) -> None:
    first = get(graph, "/users", {"$top": "20", "$select": "id", "$count": "true"})
    assert first["@odata.count"] == get(graph, "/users", {"$top": "1", "$count": "true"})["@odata.count"]
    assert graph.delete(f"/users/{first['value'][4]['id']}").status_code == 204
    seen = [item["id"] for item in first["value"]]
    link = first["@odata.nextLink"]
    while link:
        page = graph.get(link).json()
        assert "@odata.count" not in page
        seen += [item["id"] for item in page["value"]]
        link = page.get("@odata.nextLink")
    assert len(seen) == len(set(seen)) == first["@odata.count"]


@pytest.mark.parametrize(
    ("query", "status", "code", "text"),
    [
        ({"$select": "nope"}, 400, "BadRequest", "Could not find a property named 'nope'"),
        ({"$select": "id,aboutMe"}, 501, "NotImplemented", "aboutMe"),
        ({"$top": "1000"}, 400, "Request_UnsupportedQuery", "Invalid page size"),
        ({"$top": "x"}, 400, "BadRequest", "$top"),
        ({"$skip": "5"}, 400, "BadRequest", "$skip"),
        ({"$filter": "displayName eq"}, 400, "BadRequest", "Invalid filter"),
        ({"$filter": "nope eq 'x'"}, 400, "BadRequest", "nope"),
        ({"$filter": "contains(displayName,'x')"}, 400, "Request_UnsupportedQuery", "Contains"),
        ({"$filter": "displayName ne 'x'"}, 400, "Request_UnsupportedQuery", "ConsistencyLevel"),
        ({"$filter": "not startswith(displayName,'x')"}, 400, "Request_UnsupportedQuery", "ConsistencyLevel"),
        ({"$filter": "endswith(mail,'x')", "$count": "true"}, 400, "Request_UnsupportedQuery", "EndsWith"),
        ({"$filter": "assignedLicenses/$count eq 0"}, 400, "Request_UnsupportedQuery", "Count"),
        ({"$search": '"displayName:a"'}, 400, "Request_UnsupportedQuery", "ConsistencyLevel"),
        (
            {"$filter": "accountEnabled eq true", "$orderby": "displayName"},
            400,
            "Request_UnsupportedQuery",
            "Sort",
        ),
        ({"$skiptoken": "%%%"}, 400, "Directory_InvalidPageToken", ""),
    ],
)
def test_queries_the_service_refuses(
    read: httpx.Client, query: dict[str, str], status: int, code: str, text: str
) -> None:
    refused(read.get("/users", params=query), status, code, text)


def test_counts_need_the_header(read: httpx.Client) -> None:
    assert "@odata.count" not in read.get("/users", params={"$count": "true"}).json()
    refused(read.get("/users/$count"), 400, "Request_UnsupportedQuery")
    assert int(read.get("/users/$count", headers=ADVANCED).text) > 50


def test_search_finds_words_of_a_name_and_beginnings_of_an_address(read: httpx.Client) -> None:
    def names(text: str) -> set[str]:
        return {u["displayName"] for u in get(read, "/users", {"$search": text, "$count": "true"})["value"]}

    assert names('"displayName:vance"') == {"Adele Vance"}
    assert "Adele Vance" in names('"displayName:zzz" OR "userPrincipalName:adelev"')
    assert names('"displayName:vance" AND "mail:nobody"') == set()
    refused(
        read.get("/users", params={"$search": '"jobTitle:x"'}, headers=ADVANCED),
        400,
        "Request_UnsupportedQuery",
    )


def test_filters_read_quotes_lists_dates_and_negation(read: httpx.Client) -> None:
    def count(text: str) -> int:
        return int(get(read, "/users", {"$filter": text, "$count": "true", "$top": "1"})["@odata.count"])

    everyone = count("id ne null")
    assert count("accountEnabled eq true") + count("not (accountEnabled eq true)") == everyone
    assert count("onPremisesSyncEnabled ne true") + count("onPremisesSyncEnabled eq true") == everyone
    assert count("displayName eq 'O''Hara'") == 0
    assert count("userPrincipalName in ('adelev@contoso.example','ALEXW@contoso.example')") == 2
    assert count("createdDateTime ge 2000-01-01T00:00:00Z") == everyone
    assert count("department eq 'Sales' and startswith(displayName,'Adele')") == 1
    assert count("assignedLicenses/$count eq 0") == count("not assignedLicenses/any()")


def test_order_is_kept_across_pages(read: httpx.Client) -> None:
    names, link = [], "/groups?$orderby=displayName desc&$top=50&$select=displayName"
    while link:
        page = read.get(link).json()
        names += [item["displayName"] for item in page["value"]]
        link = page.get("@odata.nextLink")
    assert len(names) == 120
    assert names == sorted(names, key=str.casefold, reverse=True)


def test_nested_groups_are_inherited(read: httpx.Client) -> None:
    inherited = get(read, f"/users/{ADELE}/transitiveMemberOf", {"$select": "displayName"})["value"]
    assert "Engineering" in {item["displayName"] for item in inherited} - {None}
    assert "Engineering" not in member_names(read)


def test_a_cast_with_options_is_an_advanced_query(read: httpx.Client) -> None:
    path = f"/users/{ADELE}/memberOf/microsoft.graph.group"
    refused(read.get(path, params={"$select": "id"}), 400, "Request_UnsupportedQuery", "cast")
    assert get(read, path, {"$select": "id", "$count": "true"})["@odata.count"] == 8


def test_expansion_and_guests(read: httpx.Client) -> None:
    found = get(read, f"/users/{ADELE}", {"$select": "id", "$expand": "manager($select=displayName)"})
    assert found["manager"]["displayName"] == "Alex Wilber"
    guest = get(
        read, "/users", {"$filter": "userType eq 'Guest' and externalUserState eq 'PendingAcceptance'"}
    )
    upn = guest["value"][0]["userPrincipalName"]
    assert "#EXT#" in upn
    assert get(read, f"/users/{upn.replace('#', '%23')}")["userPrincipalName"] == upn


def test_every_answer_names_its_request(read: httpx.Client, shared: Endpoints) -> None:
    answer = read.get("/me", headers={"client-request-id": "mine"})
    assert answer.headers["client-request-id"] == "mine"
    assert {"request-id", "date", "x-ms-resource-unit"} <= set(answer.headers)
    for headers in ({}, {"Authorization": "Bearer wrong"}):
        unknown = httpx.get(f"{shared.graph_url}/v1.0/me", headers=headers)
        refused(unknown, 401, "InvalidAuthenticationToken")
        assert unknown.headers["www-authenticate"].startswith("Bearer")
    refused(read.get("/users/nobody@contoso.example"), 404, "Request_ResourceNotFound")
    refused(read.get("/nothing"), 400, "BadRequest", "segment")
    assert user(read)
