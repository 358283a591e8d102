"""Openings: when the operator had the tenant open for writing. Each is a process without steps, and audited."""

from datetime import datetime

from sqlalchemy import func, select, update

from state import audit, starting
from state.database import Database
from state.tables.processes import PROCESSES
from state.tables.schedules import SCHEDULES
from state.times import stored
from state.transaction import Transaction
from state.values import AuditEntry, NewProcess, Process, StepClass

KIND = "writing-window"
"""The kind of such a process. It ends when the window closes, which is known from its start."""


class Openings:
    """Those of one tenant, shared by every copy of the program on this file."""

    def __init__(self, db: Database, tenant_id: str) -> None:
        self._db = db
        self._tenant = tenant_id

    async def open(self, title: str, operator: str, until: datetime, reason: str, now: datetime) -> int:
        """Stores that the window is open from now until then; returns its number. Raises `StateError`."""
        async with self._db.write() as connection:
            new = NewProcess(KIND, title, operator, reason=reason)
            number = await starting.journal(connection, self._tenant, new, (), stored(now))
            await self._end(connection, number, until)
            await self._audit(connection, number, "Open the writing window", operator, until, now)
            return number

    async def close(self, number: int, operator: str, now: datetime) -> None:
        """It is over before its time. Raises `StateError`."""
        async with self._db.write() as connection:
            await self._end(connection, number, now)
            await self._audit(connection, number, "Close the writing window", operator, now, now)

    async def covers(self, process: Process) -> bool:
        """Whether the process was started, or what it was scheduled by was made, while a window was open.

        A window is its operator's own; a schedule may be another's by now. Raises `StateError`.
        """
        made = select(func.max(SCHEDULES.c.created_at)).where(
            SCHEDULES.c.tenant == self._tenant, SCHEDULES.c.process == process.id
        )
        async with self._db.read() as connection:
            scheduled = (await connection.execute(made)).scalar_one_or_none()
            moment = stored(process.created_at) if scheduled is None else int(scheduled)
            found = select(PROCESSES.c.id).where(
                PROCESSES.c.tenant == self._tenant,
                PROCESSES.c.kind == KIND,
                PROCESSES.c.created_at <= moment,
                PROCESSES.c.ended_at > moment,
            )
            if scheduled is None:
                found = found.where(PROCESSES.c.operator == process.operator)
            return (await connection.execute(found.limit(1))).first() is not None

    async def _end(self, connection: Transaction, number: int, at: datetime) -> None:
        await connection.execute(
            update(PROCESSES).where(PROCESSES.c.id == number).values(ended_at=stored(at))
        )

    async def _audit(
        self,
        connection: Transaction,
        number: int,
        action: str,
        operator: str,
        until: datetime,
        now: datetime,
    ) -> None:
        entry = AuditEntry(
            at=now,
            operator=operator,
            user="",
            target="the tenant",
            action=action,
            before={},
            after={"open until": until.isoformat()},
            process=number,
            outcome=StepClass.DONE,
        )
        await audit.append(connection, self._tenant, [entry])
