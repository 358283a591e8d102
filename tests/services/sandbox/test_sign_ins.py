"""The sign-in report: filters, pages, its quota, and a tenant without the licence for it."""

import httpx
import pytest

from tests import contracts
from tests.sandbox import running_sandbox
from tests.services.sandbox.calls import ADELE, get, refused, user
from tests.services.sandbox.conftest import client

PATH = "/auditLogs/signIns"


def test_a_week_of_one_user_in_pages(read: httpx.Client) -> None:
    adele = user(read)
    query = {"$filter": f"userId eq '{adele}' and createdDateTime ge 2026-01-08T00:00:00Z", "$top": "50"}
    contracts.validate_request("GET", PATH, query, None)
    page = get(read, PATH, query)
    found = page["value"]
    while "@odata.nextLink" in page:
        answer = read.get(page["@odata.nextLink"])
        assert answer.status_code == 200
        page = answer.json()
        contracts.validate_answer("GET", PATH, 200, page)
        found += page["value"]
    times = [s["createdDateTime"] for s in found]
    assert times == sorted(times, reverse=True)
    assert times[-1] >= "2026-01-08"
    assert len({s["id"] for s in found}) == len(found) > 200
    assert {s["userId"] for s in found} == {adele}
    assert get(read, PATH, query)["value"] == found[:50]


def test_filters_and_fields(read: httpx.Client) -> None:
    query = {"$filter": "status/errorCode ne 0", "$select": "userPrincipalName,status", "$top": "5"}
    refused(read.get(PATH, params=query), 400, "Request_UnsupportedQuery")
    text = f"userPrincipalName eq '{ADELE}' and riskLevelDuringSignIn eq 'high'"
    found = get(read, PATH, {"$filter": text})["value"]
    assert found
    assert {s["riskState"] for s in found} == {"remediated"}
    everybody = {s["userId"] for s in get(read, PATH, {"$select": "userId"})["value"]}
    assert len(everybody) > 10


@pytest.mark.parametrize(
    "query",
    [
        {"$top": "1001"},
        {"$filter": "userAgent eq 'x'"},
        {"$orderby": "appDisplayName"},
        {"$select": "nope"},
        {"$expand": "user"},
        {"$search": '"x"'},
    ],
)
def test_what_the_report_does_not_serve(read: httpx.Client, query: dict[str, str]) -> None:
    assert read.get(PATH, params=query).status_code == 400


def test_five_in_ten_seconds_and_no_more() -> None:
    with running_sandbox(users=10, groups=15, quotas=True) as endpoints, client(endpoints) as graph:
        answers = [graph.get(PATH, params={"$top": "1"}) for _ in range(6)]
        assert [a.status_code for a in answers] == [200] * 5 + [429]
        assert int(answers[-1].headers["Retry-After"]) >= 1


def test_a_tenant_without_the_licence() -> None:
    with (
        running_sandbox(users=10, groups=15, faults=("no-premium",)) as endpoints,
        client(endpoints) as graph,
    ):
        code = "Authentication_RequestFromNonPremiumTenantOrB2CTenant"
        refused(graph.get(PATH), 403, code, "premium license")
        assert graph.get("/auditLogs/directoryAudits").status_code == 200
