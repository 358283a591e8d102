"""Applying 1,000 memberships of one user at 100 ms latency, against the same calls without Rollcall.

The baselines of security groups are a bare httpx loop of the same 50 `$batch` calls, 4 in flight, and one request at
a time (extrapolated); that of distribution groups is the same loop of Exchange's 100 batches of 10, 3 in flight. The
journal is on disk; what is timed is from Apply to the process's end.
"""

import asyncio
import tempfile
import time
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from pathlib import Path
from statistics import median
from typing import Any, NamedTuple

import httpx

from benchmarks.figure import emit
from benchmarks.lab import bare, session, tenant
from services.group import GroupKind
from services.memberships import memberships
from services.operation import Request
from services.plan import plan, review
from services.session import Session
from services.tabs import distribution_groups, security_groups
from services.tabs.group_rows import member_row
from services.tabs.tab import ToggleTab
from services.transport.batches import JSON_TYPE, envelope
from services.transport.exchange import BATCH_SIZE
from services.transport.urls import absolute, relative
from services.user import User
from state.values import Change, ProcessStatus
from tests.journeys.desk import ADELE
from tests.journeys.served import Served

COUNT = 1_000
ALONE = 30
RUNS = 3
LATENCY = 100
FACTS: Any = {"steps": COUNT, "latency_ms": LATENCY, "runs": RUNS}
ENDED = (ProcessStatus.SUCCEEDED, ProcessStatus.FINISHED, ProcessStatus.CANCELLED)


class Batches(NamedTuple):
    """Of what form the bare loop's batches are: as many in flight as Rollcall has at most."""

    url: str
    item: Callable[[Request], str]
    """The address of one item."""
    size: int
    in_flight: int
    status: int
    """How an item is answered that was carried out."""


async def free_groups(opened: Session, user: User, kind: GroupKind = GroupKind.SECURITY) -> list[str]:
    """Ids of groups of a kind that this user may be put into and is not in."""
    held = await memberships(opened.tenant, user)
    async for _ in opened.tenant.groups.listing():
        pass
    groups = [group async for page in opened.tenant.groups.known() for group in page]
    return [g.id for g in groups if g.kind is kind and member_row(g, held).on == (False,) and not g.lock]


def changes(user: User, groups: Sequence[str], tab: ToggleTab = security_groups.TAB) -> list[Change]:
    """One membership switched on in each group."""
    return [Change(user.id, user.upn, tab.id, group, group, "member", False, True) for group in groups]


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


async def alone_in(endpoint: Served, folder: Path, staged: Sequence[Change]) -> float:
    """The same in a session and a journal of its own: the read-back of what went before is no part of it.

    The session's end is the end of its own read-back, which would bear on the baselines.
    """
    async with session(endpoint, folder) as opened:
        return await applied(opened, staged)


async def batched(client: httpx.AsyncClient, requests: Sequence[Request], of: Batches) -> float:
    """Seconds of the bare loop."""
    lanes = asyncio.Semaphore(of.in_flight)
    headers = {"Content-Type": JSON_TYPE}

    async def post(some: Sequence[Request]) -> None:
        async with lanes:
            answer = await client.post(of.url, content=envelope(some, of.item), headers=headers)
            _expect(answer.status_code == 200)
            _expect({r["status"] for r in answer.json()["responses"]} == {of.status})

    started = time.perf_counter()
    await asyncio.gather(
        *(post(requests[start : start + of.size]) for start in range(0, len(requests), of.size))
    )
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


async def in_graph(endpoint: Served, folder: Path) -> None:
    """All three ways in turn, each run on groups that nobody was put into before."""
    ours, baseline, single = [], [], []
    user, groups = await found(endpoint, folder, GroupKind.SECURITY)
    for run in range(RUNS):
        some = [changes(user, [next(groups) for _ in range(count)]) for count in (COUNT, COUNT, ALONE)]
        ours.append(await alone_in(endpoint, folder / str(run), some[0]))
        async with bare(endpoint) as client:
            requests = [o.request for o in plan(some[1])]
            baseline.append(await batched(client, requests, Batches("/v1.0/$batch", relative, 20, 4, 204)))
            single.append(await alone(client, [o.request for o in plan(some[2])]))
    value = median(ours)
    emit("apply, against bare batches", value, "s", baseline=median(baseline), target="ratio ≤ 1.2", **FACTS)
    emit("apply, against one request at a time", value, "s", baseline=median(single), **FACTS)


async def in_exchange(endpoint: Served, folder: Path) -> None:
    """Both ways in turn; Exchange owns the members of distribution groups."""
    ours, baseline = [], []
    user, groups = await found(endpoint, folder, GroupKind.DISTRIBUTION)
    root = f"{endpoint.exchange_url}/adminapi/beta/{endpoint.tenant_id}"
    batches = Batches(f"{root}/$batch", partial(absolute, root), BATCH_SIZE, 3, 200)
    for run in range(RUNS):
        some = [changes(user, [next(groups) for _ in range(COUNT)], distribution_groups.TAB) for _ in "ab"]
        ours.append(await alone_in(endpoint, folder / str(run), some[0]))
        async with bare(endpoint) as client:
            baseline.append(await batched(client, [o.request for o in plan(some[1])], batches))
    name = "apply to distribution groups, against bare batches"
    emit(name, median(ours), "s", baseline=median(baseline), target="ratio ≤ 1.2", **FACTS)


async def found(endpoint: Served, folder: Path, kind: GroupKind) -> tuple[User, Iterator[str]]:
    """The user, and the groups of a kind that they may be put into."""
    async with session(endpoint, folder) as opened:
        user = await opened.find_user(ADELE)
        return user, iter(await free_groups(opened, user, kind))


def main() -> None:
    """One tenant with enough groups of both kinds for all runs."""
    flags = ("--users", "500", "--groups", "60000", "--latency-ms", str(LATENCY))
    for measure in (in_graph, in_exchange):
        with tempfile.TemporaryDirectory() as folder, tenant(*flags) as endpoint:
            asyncio.run(measure(endpoint, Path(folder) / "state"))


if __name__ == "__main__":
    main()
