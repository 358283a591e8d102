"""Starting: a process's own row and its steps, in the caller's transaction."""

from collections.abc import Sequence

from sqlalchemy import insert

from state import steps
from state.tables.processes import COUNTS, PROCESSES
from state.transaction import Transaction
from state.values import NewProcess, NewStep, ProcessStatus, StepClass


async def journal(
    connection: Transaction,
    tenant: str,
    new: NewProcess,
    steps_: Sequence[NewStep],
    at: int,
    ended: ProcessStatus = ProcessStatus.SUCCEEDED,
    *,
    owner: str = "",
    until: int = 0,
) -> int:
    """Journals the process; returns its number. One without steps has `ended` so at once.

    With an `owner` nobody else may claim it before `until`.
    """
    row = {
        "tenant": tenant,
        "kind": new.kind,
        "title": new.title,
        "operator": new.operator,
        "user_id": new.user,
        "digest": new.digest,
        "undo_of": new.undo_of,
        "reason": new.reason,
        "status": (ProcessStatus.WAITING if steps_ else ended).value,
        "created_at": at,
        "ended_at": None if steps_ else at,
        "cancelling": False,
        "owner": owner if steps_ else "",
        "lease_until": until if steps_ else 0,
        "total": len(steps_),
        COUNTS[StepClass.WAITING]: len(steps_),
    }
    added = await connection.execute(insert(PROCESSES).values(row).returning(PROCESSES.c.id))
    process = int(added.scalar_one())
    await steps.add(connection, process, steps_)
    return process
