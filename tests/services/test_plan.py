"""The review: each staged change held against the tenant before anything is written."""

from collections.abc import Iterator
from pathlib import Path

import httpx
import msgspec
import pytest

from services.plan import Finding, checked, digest, plan, review
from services.tabs.registry import TABS
from state.errors import StaleReview, StateError
from state.values import Change, StepClass
from tests.recorder import recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, applied, connected, fields, flip, put, reviewed, rows

anyio = pytest.mark.anyio


@pytest.fixture
def tenant() -> Iterator[Endpoints]:
    """A tenant of the test's own."""
    with running_sandbox() as found:
        yield found


def another(tenant: Endpoints, method: str, path: str, body: object = None) -> None:
    """What another administrator does meanwhile."""
    headers = {"Authorization": f"Bearer {tenant.token}"}
    answer = httpx.request(method, f"{tenant.graph_url}/v1.0{path}", headers=headers, json=body)
    assert answer.status_code == 204, answer.text


@anyio
async def test_what_the_tenant_holds_meanwhile(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user(ADELE)
        groups = await rows(session, user, "security-groups")
        alpha, beta = groups["Project Alpha"], groups["Project Beta"]
        held = await fields(session, user, "basics")
        changes = [
            flip(user, "security-groups", alpha),
            flip(user, "security-groups", beta),
            put(user, "basics", "city", held["city"].value, "Oslo"),
            put(user, "basics", "department", held["department"].value, "Law"),
        ]
        ready = await reviewed(session, changes)
        assert [line.finding for line in ready.lines] == [Finding.READY] * 3
        assert ready.conflicts == ()
        another(tenant, "PATCH", f"/users/{user.id}", {"city": "Bergen", "department": "Law"})
        another(tenant, "DELETE", f"/groups/{alpha.key}/members/{user.id}/$ref")
        found = await checked(session.tenant, review(await session.pending.all()))
        assert [line.finding for line in found.lines] == [
            Finding.CONFLICT,
            Finding.ALREADY_SO,
            Finding.READY,
        ]
        assert [line.current for line in found.conflicts] == [{"city": "Bergen"}]
        assert found.digest == ready.digest, "what the tenant holds is no part of the plan"


@anyio
async def test_a_review_that_is_no_longer_what_is_staged(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user(ADELE)
        first = put(user, "basics", "city", "Seattle", "Oslo")
        found = await reviewed(session, [first])
        await session.stage([msgspec.structs.replace(first, after="Bergen")])
        with pytest.raises(StaleReview):
            await session.apply(found, "test")
        assert [c.after for c in await session.pending.all()] == ["Bergen"]
        assert await session.processes.recent(5) == []
        again = await checked(session.tenant, review(await session.pending.all()))
        assert again.digest != found.digest
        await session.pending.discard([first.key])
        with pytest.raises(StateError):
            await session.apply(again, "test")


@anyio
async def test_equal_reads_are_made_once(tenant: Endpoints, tmp_path: Path) -> None:
    with recording(tenant) as recorder:
        async with connected(recorder.endpoints, tmp_path) as session:
            user = await session.find_user(ADELE)
            groups = await rows(session, user, "security-groups")
            off = [row for row in groups.values() if not row.lock(0) and not row.on[0]][:30]
            calls = len(recorder.calls)
            found = await reviewed(session, [flip(user, "security-groups", row) for row in off])
            assert {line.finding for line in found.lines} == {Finding.READY}
            (call,) = recorder.calls[calls:]
            assert len(call.body["requests"]) == 1


@anyio
@pytest.mark.parametrize(
    ("fault", "finding"),
    [
        ("error:path=$batch", Finding.UNSEEN),
        ("error-item:path=memberOf", Finding.UNSEEN),
        ("drop:path=$batch", Finding.UNSEEN),
        ("error:path=$batch,first=1", Finding.READY),
        ("throttle-item:path=memberOf,first=2,retry_after=0.1", Finding.READY),
        ("drop:path=$batch,first=1", Finding.READY),
    ],
)
async def test_a_tenant_that_does_not_answer(tmp_path: Path, fault: str, finding: Finding) -> None:
    with running_sandbox(faults=(fault,)) as tenant:
        async with connected(tenant, tmp_path, readonly=True) as session:
            user = await session.find_user(ADELE)
            row = (await rows(session, user, "security-groups"))["Project Beta"]
            found = await checked(session.tenant, review([flip(user, "security-groups", row)]))
            assert [line.finding for line in found.lines] == [finding]
            assert bool(found.lines[0].reason) is (finding is Finding.UNSEEN)
            assert found.conflicts == ()


def test_the_digest_names_what_the_operator_saw() -> None:
    change = Change("u", "ann@x.example", "basics", "", "", "city", "Rome", "Oslo")
    names = {
        digest(plan([msgspec.structs.replace(change, **facts)]))
        for facts in ({}, {"after": "Bergen"}, {"before": "Bonn"}, {"user": "v"}, {"field": "state"})
    }
    assert len(names) == 5
    assert digest(plan([change])) == digest(plan([change]))


def test_operations_come_user_by_user_and_tab_by_tab() -> None:
    def change(user: str, tab: str, row: str, field: str) -> Change:
        return Change(user, f"{user}@x", tab, row, row, field, False, True)

    changes = [
        change("b", "security-groups", "g1", "member"),
        change("a", "security-groups", "g2", "member"),
        change("b", "basics", "", "accountEnabled"),
        change("b", "distribution-groups", "g3", "member"),
    ]
    found = plan(changes)
    order = [tab.id for tab in TABS]
    assert [o.changes[0].split("\x1f")[0] for o in found] == ["b", "b", "b", "a"]
    tabs = [o.changes[0].split("\x1f")[1] for o in found[:3]]
    assert tabs == sorted(tabs, key=order.index)
    assert {key for o in found for key in o.changes} == {c.key for c in changes}


@anyio
async def test_an_operation_that_was_so_before_is_not_counted_as_a_failure(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user(ADELE)
        row = (await rows(session, user, "distribution-groups"))["Purchasing List"]
        found = await reviewed(session, [flip(user, "distribution-groups", row)])
        _, (step,) = await applied(session, found)
        assert step.state is StepClass.DONE
        found = await reviewed(session, [flip(user, "distribution-groups", row)])
        assert [line.finding for line in found.lines] == [Finding.ALREADY_SO]
        _, (step,) = await applied(session, found)
        assert step.state is StepClass.ALREADY_SO
