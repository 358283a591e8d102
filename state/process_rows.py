"""A process's own row: its log line and counters written, its columns read."""

from collections.abc import Mapping, Sequence
from types import MappingProxyType

from sqlalchemy import ColumnElement, Row, insert, update

from state.tables.processes import COUNTS, LOG, PROCESSES
from state.times import shown
from state.transaction import Transaction
from state.values import Process, ProcessStatus, StepClass

_NOTHING: Mapping[StepClass, int] = MappingProxyType({})


async def note(
    connection: Transaction,
    process: int,
    at: int,
    *,
    lines: Sequence[str] = (),
    moved: Mapping[StepClass, int] = _NOTHING,
    retries: int = 0,
    throttled: int = 0,
    progress: tuple[int, int] | None = None,
) -> None:
    """Adds lines to the log, and brings the counts and counters along, in the caller's transaction."""
    added = {COUNTS[step_class]: by for step_class, by in moved.items()}
    added.update(retries=retries, throttled=throttled)
    values: dict[str, ColumnElement[int] | str | int] = {
        column: PROCESSES.c[column] + by for column, by in added.items() if by
    }
    if lines:
        rows = [{"process": process, "at": at, "line": line} for line in lines]
        await connection.execute(insert(LOG), rows)
        values["last_line"] = lines[-1]
    if progress is not None:
        values["progress"], values["expected"] = progress
    if values:
        await connection.execute(update(PROCESSES).where(PROCESSES.c.id == process).values(values))


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
        progress=found["progress"],
        expected=found["expected"],
        despite=found["despite"],
        reason=found["reason"],
        paused=found["paused"],
        lacks=tuple(found["lacks"].split()),
    )
