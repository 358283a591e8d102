"""What the journal costs: steps a second on a durable file, and opening the process list when it is long.

    python -m benchmarks.journal [--short]

One JSON line per figure. A step counts once: marked as sent, answered, audited. `batch` is how many steps
share a commit; 80 is four batches of twenty in flight.
"""

import asyncio
import sys
import tempfile
import time
from datetime import UTC, datetime
from pathlib import Path

from benchmarks.figure import emit
from services.operation import encode
from state.database import Database
from state.entries import Entry
from state.filters import ProcessFilter
from state.processes import Processes
from state.values import AuditEntry, NewProcess, NewStep, StepClass, StepResult
from tests.faults.tenant import membership

NOW = datetime(2030, 1, 15, 12, 0, tzinfo=UTC)
NEEDLE = ProcessFilter(text="needle 2029-12")
STEPS = "value ≥ 5000"
LIST = "value ≤ 50"
APPLY = NewProcess("apply", "Apply", "admin@contoso.example", user="u1")


def _steps(count: int) -> list[NewStep]:
    operations = [membership(f"group-{n:08}", "user-00000001", True) for n in range(count)]
    return [NewStep(encode(o), o.title, o.target, o.serial) for o in operations]


def _entry(process: int, send: range, answered: range) -> Entry:
    return Entry(
        send=send,
        results=[StepResult(n, StepClass.DONE, 204, request_id=f"request-{n}") for n in answered],
        audit=[
            AuditEntry(
                NOW, "admin", "u1", f"g{n}", "Add member", {"member": False}, {"member": True}, process,
                StepClass.DONE, f"request-{n}",
            )
            for n in answered
        ],
    )  # fmt: skip


async def journal(db: Database, count: int, batch: int) -> None:
    """Starts a process of `count` steps and runs it against nothing, `batch` steps a commit."""
    processes = Processes(db, f"tenant of {count} by {batch}")
    steps = _steps(count)
    began = time.perf_counter()
    process = await processes.start(APPLY, steps, [], NOW)
    emit("journal a process", count / (time.perf_counter() - began), "steps/s", target=STEPS, steps=count)
    await processes.claim("me", NOW, 3600)
    began = time.perf_counter()
    answered = range(0)
    for first in range(1, count + 1, batch):
        send = range(first, min(first + batch, count + 1))
        await processes.write(process, "me", _entry(process, send, answered), NOW)
        answered = send
    await processes.write(process, "me", _entry(process, range(0), answered), NOW)
    spent = time.perf_counter() - began
    await processes.finish(process, "me", NOW)
    emit(
        "mark, record and audit",
        count / spent,
        "steps/s",
        target=STEPS if batch >= 80 else "",
        steps=count,
        batch=batch,
    )
    emit("one commit", spent / (count / batch + 1) * 1000, "ms", steps=count, batch=batch)


async def process_list(db: Database, processes: int, steps: int) -> None:
    """Opens the newest 200 of many processes, the running ones, and a page of steps."""
    many = Processes(db, "tenant with a long history")
    some = _steps(steps)
    last = 0
    for _ in range(processes):
        last = await many.start(APPLY, some, [], NOW)
    for name, ask in (
        ("open the process list", lambda: many.recent(200)),
        ("page the process list to its middle", lambda: many.recent(200, before_id=last - processes // 2)),
        ("filter the process list for what none has", lambda: many.recent(200, where=NEEDLE)),
        ("narrow the process list to failures", lambda: many.recent(200, where=ProcessFilter(trouble=True))),
        ("what the process list can be narrowed by", many.known),
        ("a page of 200 steps", lambda: many.steps(last, states=[StepClass.WAITING], limit=200)),
        ("claim", lambda: many.claim("me", NOW, 30)),
    ):
        best = 9e9
        for _ in range(5):
            began = time.perf_counter()
            await ask()
            best = min(best, time.perf_counter() - began)
        target = LIST if name == "open the process list" else ""
        emit(name, best * 1000, "ms", target=target, processes=processes, steps=processes * steps)


async def main(short: bool) -> None:
    """All figures; the short form is for trying the benchmark itself."""
    with tempfile.TemporaryDirectory() as directory:
        db = await Database.open(Path(directory) / "state.db")
        for count in (1_000, 10_000) if short else (1_000, 100_000):
            for batch in (20, 80, 1000):
                await journal(db, count, batch)
        await process_list(db, *((500, 20) if short else (10_000, 100)))
        await db.close()


if __name__ == "__main__":
    asyncio.run(main("--short" in sys.argv))
