"""Readings: which ended processes are still to be read back, and what reading them back has found."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from types import MappingProxyType

from sqlalchemy import func, select, update

from state.audit import append
from state.database import Database
from state.process_rows import of_row
from state.tables.processes import PROCESSES, STEPS
from state.times import stored
from state.transaction import Transaction
from state.values import AuditEntry, Process, StepClass

AGE = timedelta(days=7)
"""After this time nobody looks any more: what the tenant shows then says little about the process."""

_DENIED = (StepClass.REFUSED.value, StepClass.FAILED.value)
_PIECE = 500


class Readings:
    """The read-backs of one tenant's processes. Each is held for a while by one copy of the program."""

    def __init__(self, db: Database, tenant_id: str) -> None:
        self._db = db
        self._tenant = tenant_id

    async def take(self, now: datetime, until: datetime, process: int | None = None) -> Process | None:
        """The newest ended process (or this one) that nobody reads back, held until then; None without any."""
        due = (
            select(PROCESSES)
            .where(PROCESSES.c.tenant == self._tenant, PROCESSES.c.look_at.is_not(None))
            .where(PROCESSES.c.look_at <= stored(now), PROCESSES.c.ended_at >= stored(now - AGE))
            .order_by(PROCESSES.c.id.desc())
            .limit(1)
        )
        if process is not None:
            due = due.where(PROCESSES.c.id == process)
        async with self._db.read() as connection:
            # nearly always there is none, and that costs no transaction that writes
            if (await connection.execute(due)).first() is None:
                return None
        async with self._db.write() as connection:
            for row in (await connection.execute(due.with_for_update())).all():
                await _set(connection, row.id, stored(until))
                return of_row(row)
        return None

    async def hold(self, process: int, until: datetime) -> None:
        """It is still read back, or is to be read back again then; nothing happens where it was to its end."""
        async with self._db.write() as connection:
            await _set(connection, process, stored(until))

    async def end(self, process: int) -> None:
        """It was read back to its end."""
        async with self._db.write() as connection:
            await _set(connection, process, None)

    async def show(
        self,
        process: int,
        visible: Mapping[int, bool],
        audit: Mapping[int, AuditEntry] = MappingProxyType({}),
    ) -> None:
        """Stores what was found, by step number, and counts what was carried out despite its answer.

        `audit` is what the audit log says other than by then, of each such step: once, also where a copy of the
        program that was stopped for a while comes to tell what another has told.
        """
        async with self._db.write() as connection:
            told = await _shown(connection, process, list(audit))
            await append(connection, self._tenant, [audit[number] for number in audit if number not in told])
            for found in (True, False):
                numbers = [number for number, seen in visible.items() if seen is found]
                for start in range(0, len(numbers), _PIECE):
                    await _show(connection, process, numbers[start : start + _PIECE], found)


async def _shown(connection: Transaction, process: int, numbers: list[int]) -> set[int]:
    """Those of the steps that the tenant is known to show."""
    found: set[int] = set()
    for start in range(0, len(numbers), _PIECE):
        these = STEPS.c.number.in_(numbers[start : start + _PIECE])
        asked = select(STEPS.c.number).where(STEPS.c.process == process, these, STEPS.c.visible.is_(True))
        found.update((await connection.execute(asked)).scalars())
    return found


async def _show(connection: Transaction, process: int, numbers: list[int], found: bool) -> None:
    these = (STEPS.c.process == process, STEPS.c.number.in_(numbers))
    if found:
        news = (STEPS.c.state.in_(_DENIED), STEPS.c.visible.is_distinct_from(True))
        counted = await connection.execute(select(func.count()).select_from(STEPS).where(*these, *news))
        if more := int(counted.scalar_one()):
            await connection.execute(
                update(PROCESSES).where(PROCESSES.c.id == process).values(despite=PROCESSES.c.despite + more)
            )
    await connection.execute(update(STEPS).where(*these).values(visible=found))


async def _set(connection: Transaction, process: int, at: int | None) -> None:
    await connection.execute(
        update(PROCESSES)
        .where(PROCESSES.c.id == process, PROCESSES.c.look_at.is_not(None))
        .values(look_at=at)
    )
