"""Two hundred memberships over real HTTP through a tenant that fails: each classed rightly, the tenant's data right.

The counterpart of the simulation: nothing here is a model.
"""

from pathlib import Path

import httpx
import pytest

from services.tabs.tab import Row
from state.clock import SystemClock
from state.values import StepClass
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, applied, connected, flip, reviewed, rows
from tests.services.transport.times import FastClock

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(240)]

COUNT = 200


@pytest.mark.parametrize(
    "faults",
    # a batch before those of the writes looks at the tenant for the review: it goes through
    [
        (),
        ("throttle-item:rate=0.1,retry_after=0.249",),
        ("throttle:path=$batch,after=1,first=3,retry_after=1",),
        ("applied-429:path=/members,rate=0.1,retry_after=0.2",),
        ("applied-429:path=$batch,after=1,first=2,retry_after=1",),
        ("applied-504:path=/members,rate=0.1",),
        ("applied-504:path=$batch,after=1,first=2",),
        ("error:path=$batch,status=503,after=1,first=3",),
        ("error-item:path=/members,status=503,rate=0.1",),
        ("drop:path=$batch,after=1,first=3,when=before",),
        ("drop:path=$batch,after=1,first=3,when=after",),
        ("truncate:path=$batch,after=1,first=3",),
        ("lag:seconds=3", "throttle-item:rate=0.05,retry_after=0.1", "applied-504:path=/members,rate=0.05"),
    ],
    ids=lambda faults: " ".join(faults) or "none",
)
async def test_memberships(tmp_path: Path, faults: tuple[str, ...]) -> None:
    with running_sandbox(groups=700, faults=faults) as tenant:
        # a refusal empties the bucket of the quota, which then fills at its published pace; the tenant's lag is real
        clock = SystemClock() if any("lag" in fault for fault in faults) else FastClock(5)
        async with connected(tenant, tmp_path, clock=clock) as session:
            user = await session.find_user(ADELE)
            free = [r for r in (await rows(session, user, "security-groups")).values() if not r.lock(0)]
            chosen = [r for r in free if r.on[0]][:5] + [r for r in free if not r.on[0]]
            chosen = chosen[:COUNT]
            assert len(chosen) == COUNT
            found = await reviewed(session, [flip(user, "security-groups", row) for row in chosen])
            process, steps = await applied(session, found)
        states = {step.state for step in steps}
        assert len(steps) == process.ended_steps == COUNT
        assert states == {StepClass.DONE}, [(s.title, s.status, s.sentence) for s in steps if s.sentence][:3]
        if not any("lag" in fault for fault in faults):
            assert _members(tenant, user.id) == _wanted(tenant, user.id, chosen)


async def test_what_was_so_before_is_told_apart(tmp_path: Path) -> None:
    with running_sandbox(groups=200) as tenant:
        async with connected(tenant, tmp_path) as session:
            user = await session.find_user(ADELE)
            free = [r for r in (await rows(session, user, "security-groups")).values() if not r.lock(0)]
            off = [r for r in free if not r.on[0]][:40]
            found = await reviewed(session, [flip(user, "security-groups", row) for row in off])
            for row in off[::2]:
                _add(tenant, row.key, user.id)
            _, steps = await applied(session, found)
        by_target = {step.target: step.state for step in steps}
        assert [by_target[row.name] for row in off[::2]] == [StepClass.ALREADY_SO] * 20
        assert [by_target[row.name] for row in off[1::2]] == [StepClass.DONE] * 20


def _members(tenant: Endpoints, user: str) -> set[str]:
    """Ids of the groups the tenant itself says the user is in; asked until no fault is in the way."""
    for _ in range(20):
        answer = _ask(tenant, "GET", f"/users/{user}/memberOf?$select=id&$top=999")
        if answer is not None and answer.status_code == 200:
            return {str(o["id"]) for o in answer.json()["value"]}
    raise AssertionError("the tenant does not answer")


def _wanted(tenant: Endpoints, user: str, chosen: list[Row]) -> set[str]:
    """What the user was in, changed as the rows say."""
    touched = {row.key for row in chosen}
    return (_members(tenant, user) - touched) | {row.key for row in chosen if not row.on[0]}


def _add(tenant: Endpoints, group: str, user: str) -> None:
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user}"}
    answer = _ask(tenant, "POST", f"/groups/{group}/members/$ref", body)
    assert answer is not None
    assert answer.status_code == 204


def _ask(tenant: Endpoints, method: str, path: str, body: object = None) -> httpx.Response | None:
    headers = {"Authorization": f"Bearer {tenant.token}"}
    try:
        return httpx.request(method, f"{tenant.graph_url}/v1.0{path}", headers=headers, json=body)
    except httpx.TransportError:
        return None
