"""A process's own row: its log line and counters written, its columns read."""

from collections.abc import Sequence

from sqlalchemy import Row, insert, update
from sqlalchemy.ext.asyncio import AsyncConnection

from state.tables.processes import COUNTS, LOG, PROCESSES
from state.times import shown
from state.values import Process, ProcessStatus


async def note(
    connection: AsyncConnection, process: int, lines: Sequence[str], retries: int, throttled: int, at: int
) -> None:
    """Adds lines to the log and to the counters, in the caller's transaction."""
    if lines:
        await connection.execute(
            insert(LOG), [{"process": process, "at": at, "line": line} for line in lines]
        )
        await connection.execute(
            update(PROCESSES).where(PROCESSES.c.id == process).values(last_line=lines[-1])
        )
    if retries or throttled:
        await connection.execute(
            update(PROCESSES)
            .where(PROCESSES.c.id == process)
            .values(retries=PROCESSES.c.retries + retries, throttled=PROCESSES.c.throttled + throttled)
        )


def of_row(row: Row[tuple[object, ...]]) -> Process:
    """The process that a full row of its table tells."""
    found = row._mapping
    counts = {step_class: found[column] for step_class, column in COUNTS.items() if found[column]}
    return Process(
        id=found["id"],
        kind=found["kind"],
        title=found["title"],
        operator=found["operator"],
        user=found["user_id"],
        status=ProcessStatus(found["status"]),
        created_at=shown(found["created_at"]),
        started_at=shown(found["started_at"]),
        ended_at=shown(found["ended_at"]),
        owner=found["owner"],
        undo_of=found["undo_of"],
        total=found["total"],
        counts=counts,
        retries=found["retries"],
        throttled=found["throttled"],
        last_line=found["last_line"],
    )
