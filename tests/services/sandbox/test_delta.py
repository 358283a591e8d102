"""Delta queries: everything once, then changes and removals; latest; tokens that no longer count."""

from pathlib import Path

import httpx

from tests.sandbox import running_sandbox
from tests.services.sandbox.calls import ADELE, get, refused, user
from tests.services.sandbox.conftest import client


def _all(graph: httpx.Client, link: str, size: int = 25) -> tuple[list[dict[str, object]], str]:
    found = []
    while True:
        answer = graph.get(link, headers={"Prefer": f"odata.maxpagesize={size}"})
        assert answer.status_code == 200, answer.text
        page = answer.json()
        assert len(page["value"]) <= size
        found += page["value"]
        if "@odata.deltaLink" in page:
            return found, page["@odata.deltaLink"]
        link = page["@odata.nextLink"]


def test_changes_and_removals_follow_the_link(graph: httpx.Client) -> None:
    everyone, link = _all(graph, "/users/delta?$select=displayName,department")
    assert len(everyone) == get(graph, "/users", {"$top": "1", "$count": "true"})["@odata.count"]
    assert _all(graph, link)[0] == []
    lee = user(graph, "leeg@contoso.example")
    graph.patch(f"/users/{ADELE}", json={"department": "New"})
    graph.delete(f"/users/{lee}")
    changed, later = _all(graph, link, size=1)
    assert changed[0]["department"] == "New"
    assert changed[1] == {"id": lee, "@removed": {"reason": "changed"}}
    assert _all(graph, later)[0] == []


def test_latest_starts_from_now(graph: httpx.Client) -> None:
    found, link = _all(graph, "/groups/delta?$deltatoken=latest&$select=displayName")
    assert found == []
    assert (
        graph.delete(f"/groups/{get(graph, '/groups', {'$top': '1'})['value'][0]['id']}").status_code == 204
    )
    assert [item["@removed"] for item in _all(graph, link)[0]] == [{"reason": "changed"}]


def test_a_foreign_or_expired_token_is_gone(graph: httpx.Client, tmp_path: Path) -> None:
    with running_sandbox(seed=2) as other, client(other) as elsewhere:
        link = _all(elsewhere, "/users/delta")[1]
    refused(graph.get("/users/delta?" + link.split("?")[1]), 410, "syncStateNotFound")
    refused(graph.get("/users/delta?$filter=id eq 'x'"), 400, "Request_UnsupportedQuery")
    with running_sandbox(faults=("expire-delta:first=1",)) as own, client(own) as graph_2:
        link = _all(graph_2, "/users/delta")[1]
        assert graph_2.get(link).status_code == 410
        assert graph_2.get(link).status_code == 200
