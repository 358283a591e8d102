"""Faults and quotas: each strikes as its grammar says, and exactly as often."""

from typing import Any

import httpx
import pytest

from services.sandbox.faults import FaultError, read
from tests.sandbox import running_sandbox
from tests.services.sandbox.calls import group, member_names, reference, user
from tests.services.sandbox.conftest import client


def _add(graph: httpx.Client, name: str = "Project Beta") -> httpx.Response:
    return graph.post(f"/groups/{group(graph, name)}/members/$ref", json=reference(user(graph)))


def _batched(graph: httpx.Client, count: int) -> list[dict[str, Any]]:
    requests = [{"id": str(n), "method": "GET", "url": "/me?$select=id"} for n in range(count)]
    found: list[dict[str, Any]] = graph.post("/$batch", json={"requests": requests}).json()["responses"]
    return found


def test_throttling_of_requests_and_items() -> None:
    faults = (
        "throttle:path=organization,first=1,retry_after=2",
        "throttle-item:first=2,after=1,retry_after=0.249",
    )
    with running_sandbox(faults=faults) as endpoints, client(endpoints) as graph:
        throttled = graph.get("/organization")
        assert (throttled.status_code, throttled.headers["retry-after"]) == (429, "2")
        assert graph.get("/organization").status_code == 200
        answers = sorted(_batched(graph, 4), key=lambda item: str(item["id"]))
        assert [item["status"] for item in answers] == [200, 429, 429, 200]
        assert answers[1]["headers"]["Retry-After"] == "0.249"


@pytest.mark.parametrize(("fault", "status"), [("applied-429", 429), ("applied-504", 504)])
def test_a_write_is_done_although_it_is_refused(fault: str, status: int) -> None:
    with running_sandbox(faults=(f"{fault}:first=1",)) as endpoints, client(endpoints) as graph:
        assert _add(graph).status_code == status
        assert "Project Beta" in member_names(graph)
        assert "already exist" in _add(graph).json()["error"]["message"]


@pytest.mark.parametrize(("when", "done"), [("before", False), ("after", True)])
def test_a_connection_is_cut(when: str, done: bool) -> None:
    with (
        running_sandbox(faults=(f"drop:method=POST,first=1,when={when}",)) as endpoints,
        client(endpoints) as graph,
    ):
        with pytest.raises(httpx.TransportError):
            _add(graph)
        assert ("Project Beta" in member_names(graph)) is done


def test_errors_and_truncated_answers() -> None:
    faults = ("error:status=503,path=domains,first=1", "truncate:path=organization,first=1")
    with running_sandbox(faults=faults) as endpoints, client(endpoints) as graph:
        assert graph.get("/domains").status_code == 503
        assert graph.get("/domains").status_code == 200
        with pytest.raises(httpx.TransportError):
            graph.get("/organization")
        assert graph.get("/organization").status_code == 200


def test_writes_are_seen_late() -> None:
    with running_sandbox(faults=("lag:seconds=3600",)) as endpoints, client(endpoints) as graph:
        assert _add(graph).status_code == 204
        assert "Project Beta" not in member_names(graph)
        path = f"/groups/{group(graph, 'Project Alpha')}/members/{user(graph)}/$ref"
        assert graph.delete(path).status_code == 204
        assert "Project Alpha" in member_names(graph)
        assert graph.delete(path).status_code == 404


def test_chances_repeat_with_the_seed() -> None:
    def hits(seed: int) -> list[bool]:
        (fault,) = read(("throttle:rate=0.3",), seed)
        return [fault.strikes("GET", "users") for _ in range(200)]

    assert hits(1) == hits(1) != hits(2)
    assert 30 < sum(hits(1)) < 90


def test_reports_have_a_small_quota() -> None:
    with running_sandbox(quotas=True) as endpoints, client(endpoints) as graph:
        statuses = [graph.get("/auditLogs/directoryAudits?$top=1").status_code for _ in range(6)]
        assert statuses == [200] * 5 + [429]
        risky = [graph.get("/identityProtection/riskyUsers") for _ in range(2)]
        assert risky[1].status_code == 429
        assert "retry-after" not in risky[1].headers
        assert graph.get("/me").status_code == 200


@pytest.mark.parametrize("text", ["nothing", "throttle:speed=1", "throttle:rate=often", "drop:when=never"])
def test_unreadable_faults_are_one_sentence(text: str) -> None:
    with pytest.raises(FaultError, match=r"\."):
        read((text,), 1)
