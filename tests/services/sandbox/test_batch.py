"""$batch: what is refused as a whole, what each item is answered, dependencies, speed of many writes."""

from typing import Any

import httpx
import pytest

from tests import contracts
from tests.services.sandbox.calls import ADELE, get, member_names, reference, refused, user

JSON = {"Content-Type": "application/json"}


def _post(client: httpx.Client, requests: list[dict[str, Any]]) -> dict[str, dict[str, Any]]:
    contracts.validate_request("POST", "/$batch", {}, {"requests": requests})
    answer = client.post("/$batch", json={"requests": requests})
    assert answer.status_code == 200, answer.text
    contracts.validate_answer("POST", "/$batch", 200, answer.json())
    return {item["id"]: item for item in answer.json()["responses"]}


def test_items_are_answered_one_by_one(graph: httpx.Client) -> None:
    adele = user(graph)
    groups = get(graph, "/groups", {"$filter": "securityEnabled eq true and mailEnabled eq false"})["value"]
    plain = [g["id"] for g in groups if not g["groupTypes"] and not g["onPremisesSyncEnabled"]][:18]
    requests: list[dict[str, Any]] = [
        {
            "id": str(n),
            "method": "POST",
            "url": f"/groups/{g}/members/$ref",
            "headers": JSON,
            "body": reference(adele),
        }
        for n, g in enumerate(plain)
    ]
    requests += [
        {"id": "name", "method": "GET", "url": f"/users/{ADELE}?$select=displayName"},
        {"id": "none", "method": "GET", "url": "/users/nobody@contoso.example"},
    ]
    answers = _post(graph, requests)
    assert [answers[str(n)]["status"] for n in range(2, 18)].count(204) >= 15
    assert answers["name"]["body"]["displayName"] == "Adele Vance"
    assert answers["none"]["status"] == 404
    assert all("request-id" in item["headers"] for item in answers.values())
    assert len(member_names(graph)) > 18


def test_a_failed_step_takes_its_dependants_with_it(read: httpx.Client) -> None:
    answers = _post(read, [
        {"id": "a", "method": "GET", "url": "/users/nobody@contoso.example"},
        {"id": "b", "method": "GET", "url": "/me", "dependsOn": ["a"]},
        {"id": "c", "method": "GET", "url": "/me"},
    ])  # fmt: skip
    assert [answers[i]["status"] for i in "abc"] == [404, 424, 200]


def test_a_body_needs_its_content_type(read: httpx.Client) -> None:
    answers = _post(read, [{"id": "1", "method": "PATCH", "url": f"/users/{ADELE}", "body": {"city": "x"}}])
    assert answers["1"]["status"] == 400


@pytest.mark.parametrize(
    "requests",
    [
        [],
        [{"id": str(n), "method": "GET", "url": "/me"} for n in range(21)],
        [{"id": "a", "method": "GET", "url": "/me"}, {"id": "A", "method": "GET", "url": "/me"}],
        [{"id": "a", "method": "GET", "url": "https://graph.microsoft.com/v1.0/me"}],
        [{"id": "a", "method": "BREW", "url": "/me"}],
        [{"method": "GET", "url": "/me"}],
        [{"id": "a", "method": "GET", "url": "/me", "dependsOn": ["z"]}],
    ],
)
def test_batches_that_are_none(read: httpx.Client, requests: list[dict[str, Any]]) -> None:
    refused(read.post("/$batch", json={"requests": requests}), 400, "BadRequest", "batch")
