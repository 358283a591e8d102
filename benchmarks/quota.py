"""10,000 writes under the published quotas: how much of 3,000 writes in 150 s they use, and how many are refused.

The program's clock and the sandbox's quotas run `SCALE` times faster than the machine's; every second told is one of
theirs. The sandbox's bucket is full at first, as the service's may be: the first figure counts what it held with
what came in since; the second begins when that was spent, and counts what came in alone.
"""

import asyncio
import tempfile
from collections.abc import Sequence
from pathlib import Path

from benchmarks.apply import ENDED, changes, free_groups
from benchmarks.figure import emit
from benchmarks.lab import session, tenant
from services.operation import Service
from services.plan import review
from services.session import Session
from state.values import Process, ProcessStatus, Step
from tests.journeys.desk import ADELE
from tests.journeys.served import Served
from tests.services.transport.times import FastClock

COUNT = 10_000
SCALE = 4.0
BUCKET, SECONDS = 3_000, 150
REFILL = BUCKET / SECONDS
_SPENT = 0.05
"""The part of the bucket that may be left where it counts as spent."""


async def applied(opened: Session) -> Process:
    """The process, ended; raises `RuntimeError` unless every step succeeded."""
    user = await opened.find_user(ADELE)
    staged = changes(user, (await free_groups(opened, user))[:COUNT])
    await opened.stage(staged)
    moved = asyncio.Event()
    opened.on_change = moved.set
    number = await opened.apply(review(staged), "benchmark")
    while (process := await opened.processes.get(number)).status not in ENDED:
        moved.clear()
        await moved.wait()
    if process.status is not ProcessStatus.SUCCEEDED or process.total != COUNT:
        raise RuntimeError(f"the process ended as {process.status}: {process.counts}")
    return process


async def answered(opened: Session, process: Process) -> list[float]:
    """When each step was answered, in seconds since the first was sent, in order."""
    steps: list[Step] = []
    while page := await opened.processes.steps(process.id, after=steps[-1].number if steps else 0):
        steps += page
    began = min(step.sent_at for step in steps if step.sent_at is not None)
    return sorted((step.ended_at - began).total_seconds() for step in steps if step.ended_at is not None)


def steady(times: Sequence[float]) -> tuple[int, float]:
    """How many steps were answered after the bucket was spent, and in how many seconds."""
    spent = next(
        (n for n, at in enumerate(times, 1) if BUCKET + REFILL * at - n <= BUCKET * _SPENT), len(times)
    )
    return len(times) - spent, times[-1] - times[spent - 1]


async def measure(endpoint: Served, folder: Path) -> None:
    """One run on a tenant nobody else writes to."""
    async with session(endpoint, folder, FastClock(SCALE)) as opened:
        process = await applied(opened)
        times = await answered(opened, process)
        refused = opened.tenant.governor.view(Service.GRAPH).throttled
    facts = {"steps": COUNT, "scale": SCALE, "seconds": round(times[-1]), "failed": 0}
    there = BUCKET + REFILL * times[-1]
    emit(
        "quota, used with what the bucket held at first",
        COUNT / there * 100,
        "%",
        target="value ≥ 95",
        **facts,
    )
    count, seconds = steady(times)
    if not count:
        raise RuntimeError("the bucket was never spent: the machine is too slow for this scale")
    steadily = facts | {"steps": count, "seconds": round(seconds)}
    emit(
        "quota, used in the steady state",
        count / (REFILL * seconds) * 100,
        "%",
        target="value ≥ 95",
        **steadily,
    )
    emit(
        "quota, requests answered 429",
        refused / (COUNT + process.retries) * 100,
        "%",
        target="value ≤ 1",
        **facts,
    )


def main() -> None:
    """One tenant with enough groups, and the real services' quotas."""
    flags = ("--users", "1000", "--groups", "25000", "--quotas", "--quota-scale", str(SCALE))
    with tempfile.TemporaryDirectory() as folder, tenant(*flags) as endpoint:
        asyncio.run(measure(endpoint, Path(folder) / "state"))


if __name__ == "__main__":
    main()
