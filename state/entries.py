"""Entries: what a runner tells the journal at once, written once however often it has to be tried."""

from collections.abc import Sequence

import msgspec
from sqlalchemy import select, update

from state import audit, leases, steps
from state.process_rows import note
from state.tables.processes import PROCESSES
from state.transaction import Transaction
from state.values import AuditEntry, StepClass, StepResult


class Entry(msgspec.Struct, frozen=True):
    """What a runner writes at once: answers to what was sent, and what it is about to send.

    `number` tells its entries apart since the claim, from 1; 0 for one that is never tried again. A disk may
    report a failure of what it has kept: without the number the second try would count and audit it twice,
    and take for sent by somebody else what it marked itself.
    """

    send: Sequence[int] = ()
    unsent: Sequence[int] = ()
    """Marked *sent*, but never left this machine: they wait again, with one attempt less."""
    results: Sequence[StepResult] = ()
    audit: Sequence[AuditEntry] = ()
    lines: Sequence[str] = ()
    retries: int = 0
    throttled: int = 0
    progress: tuple[int, int] | None = None
    """How far the step under way is, of how much (0: nobody knows yet); None leaves it as it was."""
    number: int = 0


class Written(msgspec.Struct, frozen=True):
    """What the journal says back: which of `Entry.send` may be sent, and whether it was cancelled."""

    send: frozenset[int]
    cancelling: bool


async def write(
    connection: Transaction, tenant: str, process: int, owner: str, entry: Entry, at: int
) -> Written:
    """Writes the entry in the caller's transaction, unless it is there. Raises LeaseLost."""
    cancelling = await leases.hold(connection, process, owner, at if entry.send else None)
    touched = [*entry.send, *entry.unsent, *(result.number for result in entry.results)]
    known = await steps.known(connection, process, touched)
    if entry.number and await _last(connection, process) == entry.number:
        marked = [number for number in entry.send if known.states.get(number) is StepClass.SENT]
        return Written(frozenset(marked), cancelling)
    await steps.unmark(connection, process, entry.unsent, known)
    await steps.settle(connection, process, entry.results, at, known)
    marked = [] if cancelling else await steps.mark(connection, process, entry.send, at, known)
    await audit.append(connection, tenant, entry.audit)
    await note(
        connection,
        process,
        at,
        lines=entry.lines,
        moved=known.moved,
        retries=entry.retries,
        throttled=entry.throttled,
        progress=entry.progress,
    )
    if entry.number:
        await connection.execute(
            update(PROCESSES).where(PROCESSES.c.id == process).values(entry=entry.number)
        )
    return Written(frozenset(marked), cancelling)


async def _last(connection: Transaction, process: int) -> int:
    """The number of the entry that the present owner wrote last; 0 before the first."""
    found = await connection.execute(select(PROCESSES.c.entry).where(PROCESSES.c.id == process))
    return int(found.scalar_one())
