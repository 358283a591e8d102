"""Leases: which runner may send a process's steps now. All inside the caller's transaction."""

from collections.abc import Collection, Sequence

from sqlalchemy import select, update

from state.errors import LeaseLost, StateError
from state.tables.processes import PLANS, PROCESSES, STEPS
from state.transaction import Transaction
from state.values import OPEN_CLASSES, ProcessStatus

OPEN_STATUSES = (ProcessStatus.WAITING.value, ProcessStatus.RUNNING.value)
_CANDIDATES = 50


async def take(
    connection: Transaction,
    tenant: str,
    owner: str,
    at: int,
    until: int,
    kinds: Sequence[str] = (),
    kept: Collection[int] = (),
    busy: Collection[int] = (),
) -> int | None:
    """Gives the oldest free process (of these kinds, if any are given) to `owner`; None when there is none.

    What is `kept` for the owner is free to it alone; what it is still `busy` with is not, though its lease is over:
    to the journal one owner's two runs of a process would be the same.

    One that pauses is free to nobody, unless it was cancelled and its steps are still to be classed.

    A process that shares a serial with an older open one stays where it is: what was started first must
    reach that object first, and two runners must never write to it at once.
    """
    pauses = (PROCESSES.c.paused != "") & PROCESSES.c.cancelling.is_(False)
    rows = await connection.execute(
        select(
            PROCESSES.c.id,
            PROCESSES.c.owner,
            PROCESSES.c.lease_until,
            PROCESSES.c.kind,
            pauses.label("pauses"),
        )
        .where(PROCESSES.c.tenant == tenant, PROCESSES.c.status.in_(OPEN_STATUSES))
        .order_by(PROCESSES.c.id)
        .limit(_CANDIDATES)
        .with_for_update()
    )
    older: list[int] = []
    for process, holder, held_until, kind, pausing in rows.all():
        mine = holder == owner and process in kept
        open_to_it = (mine or holder == "" or held_until <= at) and not pausing
        free = open_to_it and process not in busy and (not kinds or kind in kinds)
        if free and not await _entangled(connection, process, older):
            await connection.execute(
                update(PROCESSES)
                .where(PROCESSES.c.id == process)
                .values(owner=owner, lease_until=until, status=ProcessStatus.RUNNING.value, entry=0)
            )
            return int(process)
        older.append(process)
    return None


async def hold(connection: Transaction, process: int, owner: str, at: int | None) -> bool:
    """Raises LeaseLost unless `owner` holds the process (at this moment, where `at` is given).

    Returns whether the process was cancelled.
    """
    rows = await connection.execute(
        select(PROCESSES.c.owner, PROCESSES.c.lease_until, PROCESSES.c.cancelling)
        .where(PROCESSES.c.id == process)
        .with_for_update()
    )
    for holder, held_until, cancelling in rows:
        if holder != owner or (at is not None and held_until <= at):
            raise LeaseLost(f"Process {process} is run by another copy of Rollcall now.")
        return bool(cancelling)
    raise StateError(f"There is no process {process}.")


async def extend(connection: Transaction, process: int, until: int) -> None:
    """Moves the end of the lease."""
    await connection.execute(update(PROCESSES).where(PROCESSES.c.id == process).values(lease_until=until))


async def drop(connection: Transaction, process: int, owner: str) -> None:
    """Gives the process back; nothing happens when `owner` does not hold it."""
    await connection.execute(
        update(PROCESSES)
        .where(PROCESSES.c.id == process, PROCESSES.c.owner == owner)
        .values(owner="", lease_until=0)
    )


async def _entangled(connection: Transaction, process: int, older: Sequence[int]) -> bool:
    if not older:
        return False
    theirs = PLANS.alias("theirs")
    mine = PLANS.alias("mine")
    found = await connection.execute(
        select(STEPS.c.number)
        .join(theirs, (theirs.c.process == STEPS.c.process) & (theirs.c.number == STEPS.c.number))
        .join(mine, mine.c.serial == theirs.c.serial)
        .where(
            STEPS.c.process.in_(older),
            STEPS.c.state.in_([state.value for state in OPEN_CLASSES]),
            mine.c.process == process,
        )
        .limit(1)
    )
    return found.first() is not None
