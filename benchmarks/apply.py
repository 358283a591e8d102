"""Applying 1,000 memberships of one user at 100 ms latency, against the same calls without Rollcall.

The baselines are a bare httpx loop of the same 50 `$batch` calls, 4 in flight, and one request at a time
(extrapolated). The journal is on disk; what is timed is from Apply to the process's end.
"""

import asyncio
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median
from typing import Any

import httpx

from benchmarks.figure import emit
from benchmarks.lab import bare, session, tenant
from services.group import GroupKind
from services.memberships import memberships
from services.operation import Request
from services.plan import plan, review
from services.session import Session
from services.tabs.group_rows import member_row
from services.transport.batches import JSON_TYPE, envelope
from services.transport.urls import relative
from services.user import User
from state.values import Change, ProcessStatus
from tests.journeys.desk import ADELE
from tests.journeys.served import Served

COUNT = 1_000
ALONE = 30
RUNS = 3
LATENCY = 100
ENDED = (ProcessStatus.SUCCEEDED, ProcessStatus.FINISHED, ProcessStatus.CANCELLED)


async def free_groups(opened: Session, user: User) -> list[str]:
    """Ids of security groups that this user may be put into and is not in."""
    held = await memberships(opened.tenant, user)
    async for _ in opened.tenant.groups.listing():
        pass
    groups = await opened.tenant.groups.known()
    return [
        g.id
        for g in groups
        if g.kind is GroupKind.SECURITY and member_row(g, held).on == (False,) and not g.lock
    ]


def changes(user: User, groups: Sequence[str]) -> list[Change]:
    """One membership switched on in each group."""
    return [
        Change(user.id, user.name, "security-groups", group, group, "member", False, True) for group in groups
    ]


async def applied(opened: Session, staged: Sequence[Change]) -> float:
    """Seconds from Apply to the end of the process."""
    await opened.stage(staged)
    reviewed = review(staged)
    moved = asyncio.Event()
    opened.on_change = moved.set
    started = time.perf_counter()
    number = await opened.apply(reviewed, "benchmark")
    while (process := await opened.processes.get(number)).status not in ENDED:
        moved.clear()
        await moved.wait()
    took = time.perf_counter() - started
    if process.status is not ProcessStatus.SUCCEEDED:
        raise RuntimeError(f"the process ended as {process.status}: {process.counts}")
    return took


async def batched(client: httpx.AsyncClient, requests: Sequence[Request]) -> float:
    """Seconds of the bare loop: batches of 20, 4 in flight."""
    lanes = asyncio.Semaphore(4)
    headers = {"Content-Type": JSON_TYPE}

    async def post(some: Sequence[Request]) -> None:
        async with lanes:
            answer = await client.post("/v1.0/$batch", content=envelope(some, relative), headers=headers)
            _expect(answer.status_code == 200 and {r["status"] for r in answer.json()["responses"]} == {204})

    started = time.perf_counter()
    await asyncio.gather(*(post(requests[start : start + 20]) for start in range(0, len(requests), 20)))
    return time.perf_counter() - started


async def alone(client: httpx.AsyncClient, requests: Sequence[Request]) -> float:
    """Seconds of one request after the other, for all `COUNT` from the first `ALONE`."""
    started = time.perf_counter()
    for request in requests[:ALONE]:
        answer = await client.request(request.method, f"/v1.0{relative(request)}", json=request.body)
        _expect(answer.status_code == 204)
    return (time.perf_counter() - started) * COUNT / ALONE


def _expect(fine: bool) -> None:
    if not fine:
        raise RuntimeError("the sandbox did not carry out what the benchmark asked for")


async def measure(endpoint: Served, folder: Path) -> None:
    """All three ways in turn, each run on groups that nobody was put into before."""
    ours, baseline, single = [], [], []
    async with session(endpoint, folder) as opened:
        user = await opened.find_user(ADELE)
        groups = iter(await free_groups(opened, user))
    for _ in range(RUNS):
        some = [changes(user, [next(groups) for _ in range(count)]) for count in (COUNT, COUNT, ALONE)]
        # its end is the end of its read-back too, which would bear on the baselines
        async with session(endpoint, folder) as opened:
            ours.append(await applied(opened, some[0]))
        async with bare(endpoint) as client:
            baseline.append(await batched(client, [o.request for o in plan(some[1])]))
            single.append(await alone(client, [o.request for o in plan(some[2])]))
    facts: dict[str, Any] = {"steps": COUNT, "latency_ms": LATENCY, "runs": RUNS}
    value = median(ours)
    emit("apply, against bare batches", value, "s", baseline=median(baseline), target="ratio ≤ 1.2", **facts)
    emit("apply, against one request at a time", value, "s", baseline=median(single), **facts)


def main() -> None:
    """One tenant with enough groups for all runs."""
    flags = ("--users", "500", "--groups", "20000", "--latency-ms", str(LATENCY))
    with tempfile.TemporaryDirectory() as folder, tenant(*flags) as endpoint:
        asyncio.run(measure(endpoint, Path(folder) / "state"))


if __name__ == "__main__":
    main()
