"""Processes: the journal. Every state a process or a step passes through is one committed transaction."""

from collections.abc import Collection, Sequence
from datetime import datetime, timedelta

from sqlalchemy import Select, select, update

from state import decisions, entries, leases, pending, starting, steps
from state.database import Database
from state.entries import Entry, Written
from state.errors import StateError
from state.filters import ProcessFilter
from state.process_rows import note, of_row
from state.readings import Readings
from state.tables.processes import LOG, PROCESSES
from state.times import shown, stored
from state.transaction import Transaction
from state.values import (
    OPEN_CLASSES,
    Attempt,
    AuditEntry,
    Change,
    NewProcess,
    NewStep,
    Process,
    ProcessStatus,
    Step,
    StepClass,
    StepResult,
)


class Processes:
    """The processes of one tenant, shared by every copy of the program on this file."""

    def __init__(self, db: Database, tenant_id: str) -> None:
        self._db = db
        self._tenant = tenant_id
        self.readings = Readings(db, tenant_id)

    async def start(
        self,
        new: NewProcess,
        steps_: Sequence[NewStep],
        applied: Sequence[Change],
        now: datetime,
        *,
        owner: str = "",
        lease: float = 0.0,
    ) -> int:
        """Journals the process and takes exactly the `applied` changes out of what is staged; returns its id.

        With an `owner` it is kept for that runner alone for `lease` seconds; `renew` keeps it for longer.

        Raises StaleReview, with nothing written, when one of them is no longer staged as it was reviewed.
        A process without steps has succeeded at once.
        """
        async with self._db.write() as connection:
            await pending.take(connection, self._tenant, applied)
            return await starting.journal(
                connection,
                self._tenant,
                new,
                steps_,
                stored(now),
                owner=owner,
                until=_until(now, lease),
            )

    async def claim(
        self,
        owner: str,
        now: datetime,
        lease: float,
        *,
        kinds: Sequence[str] = (),
        kept: Collection[int] = (),
        busy: Collection[int] = (),
    ) -> Process | None:
        """Gives `owner` the oldest process that is free, for `lease` seconds; None when there is none.

        `kinds`: one of these alone, where they are given. `kept` are processes that are kept for this owner
        and that it does not run yet, `busy` those that are not free to it: it still runs them, whoever holds them,
        or leaves them to others.

        Free: not ended, held by nobody or by somebody whose lease is over, and not writing to an object that
        an older open process still has to write to.
        """
        async with self._db.write() as connection:
            process = await leases.take(
                connection, self._tenant, owner, stored(now), _until(now, lease), kinds, kept, busy
            )
            if process is None:
                return None
            await connection.execute(
                update(PROCESSES)
                .where(PROCESSES.c.id == process, PROCESSES.c.started_at.is_(None))
                .values(started_at=stored(now))
            )
            return await self._one(connection, process)

    async def renew(self, process: int, owner: str, now: datetime, lease: float) -> None:
        """Holds the process `lease` seconds from now. Raises LeaseLost when somebody else took it."""
        async with self._db.write() as connection:
            await leases.hold(connection, process, owner, None)
            await leases.extend(connection, process, _until(now, lease))

    async def release(self, process: int, owner: str) -> None:
        """Gives the process back for anybody to claim; no error when `owner` does not hold it."""
        async with self._db.write() as connection:
            await leases.drop(connection, process, owner)

    async def pause(
        self,
        process: int,
        owner: str,
        sentence: str,
        lacks: Sequence[str],
        now: datetime,
        *,
        keep: bool = False,
    ) -> None:
        """Gives the process back for nobody to claim before `resume`; `keep` leaves it to its owner even so.

        `sentence` says why, `lacks` names what it waits for, without blanks. Raises LeaseLost.
        """
        at = stored(now)
        async with self._db.write() as connection:
            await leases.hold(connection, process, owner, None)
            await connection.execute(
                update(PROCESSES)
                .where(PROCESSES.c.id == process)
                .values(paused=sentence, lacks=" ".join(lacks))
            )
            await note(connection, process, at, lines=(f"Paused: {sentence}",))
            if not keep:
                await leases.drop(connection, process, owner)

    async def resume(self, process: int, line: str, now: datetime) -> bool:
        """Lets a process that pauses be claimed again, with this line in its log; False where it did not pause."""
        async with self._db.write() as connection:
            pauses = (PROCESSES.c.id == process) & (PROCESSES.c.paused != "")
            changed = await connection.execute(update(PROCESSES).where(pauses).values(paused="", lacks=""))
            if not changed.rowcount:
                return False
            await note(connection, process, stored(now), lines=(line,))
            return True

    async def write(self, process: int, owner: str, entry: Entry, now: datetime) -> Written:
        """Writes everything of `entry` in one transaction: many batches' answers and the next batches' marks.

        Only the steps in the returned `send` may be sent: those that are still waiting, none of a cancelled
        process. Raises LeaseLost, with nothing written, when `owner` does not hold the process; to mark
        steps its lease must not be over. An entry that is on the disk already is not written twice.
        """
        async with self._db.write() as connection:
            return await entries.write(connection, self._tenant, process, owner, entry, stored(now))

    async def mark_sent(
        self, process: int, owner: str, numbers: Sequence[int], now: datetime
    ) -> frozenset[int]:
        """Marks steps *sent*, before they are; returns those that may be. Raises LeaseLost."""
        return (await self.write(process, owner, Entry(send=numbers), now)).send

    async def record(
        self,
        process: int,
        owner: str,
        results: Sequence[StepResult],
        now: datetime,
        audit: Sequence[AuditEntry] = (),
    ) -> None:
        """Stores what became of steps, with their audit entries. Raises LeaseLost."""
        await self.write(process, owner, Entry(results=results, audit=audit), now)

    async def note(
        self, process: int, text: str, *, retries: int = 0, throttled: int = 0, now: datetime
    ) -> None:
        """Adds a line to the process's log and to its counters; anybody may."""
        async with self._db.write() as connection:
            lines = (text,) if text else ()
            await note(connection, process, stored(now), lines=lines, retries=retries, throttled=throttled)

    async def finish(self, process: int, owner: str, now: datetime) -> Process:
        """Ends the process with the status its counts tell, and frees it.

        Raises LeaseLost, and ValueError while a step is still open.
        """
        async with self._db.write() as connection:
            await leases.hold(connection, process, owner, None)
            return await self._end(connection, process, now)

    async def cancel(self, process: int, now: datetime) -> None:
        """Nothing more of the process is sent; what was never sent is *cancelled*, the rest is still classed.

        A process that has ended stays as it is.
        """
        at = stored(now)
        async with self._db.write() as connection:
            found = await self._one(connection, process)
            if found.ended_at is not None:
                return
            stopped = await steps.cancel_unsent(connection, process, at)
            await connection.execute(
                update(PROCESSES).where(PROCESSES.c.id == process).values(cancelling=True)
            )
            line = f"Cancelled: {stopped:,} steps will not be sent"
            moved = {StepClass.WAITING: -stopped, StepClass.CANCELLED: stopped}
            await note(connection, process, at, lines=(line,), moved=moved)
            held = await connection.execute(
                select(PROCESSES.c.id).where(
                    PROCESSES.c.id == process, PROCESSES.c.owner != "", PROCESSES.c.lease_until > at
                )
            )
            # a runner that holds it ends it; one with open steps needs a runner to class them
            if held.first() is None and not _open(await self._one(connection, process)):
                await self._end(connection, process, now)

    async def decide(self, process: int, number: int, done: bool, operator: str, now: datetime) -> Process:
        """The operator says whether an unknown step was carried out; the process says how it ended anew.

        Raises StateError, with nothing written, where the step is not unknown (any more).
        """
        async with self._db.write() as connection:
            found = await self._one(connection, process)
            await decisions.decide(connection, self._tenant, found, number, done, operator, now)
            found = await self._one(connection, process)
            if found.ended_at is not None:
                await connection.execute(
                    update(PROCESSES).where(PROCESSES.c.id == process).values(status=_status(found).value)
                )
            return await self._one(connection, process)

    async def get(self, process: int) -> Process:
        """One process as it stands. Raises StateError when there is none."""
        async with self._db.read() as connection:
            return await self._one(connection, process)

    async def recent(
        self, limit: int, before_id: int | None = None, *, where: ProcessFilter | None = None
    ) -> list[Process]:
        """The newest processes first, older than `before_id` where that is given."""
        query = self._all().order_by(PROCESSES.c.id.desc()).limit(limit)
        if before_id is not None:
            query = query.where(PROCESSES.c.id < before_id)
        if where is not None:
            query = query.where(*where.conditions())
        async with self._db.read() as connection:
            return [of_row(row) for row in await connection.execute(query)]

    async def known(self) -> tuple[list[str], list[str]]:
        """The kinds of all processes, and their operators, each once and in order."""
        async with self._db.read() as connection:
            found = []
            for column in (PROCESSES.c.kind, PROCESSES.c.operator):
                query = select(column).where(PROCESSES.c.tenant == self._tenant).distinct().order_by(column)
                found.append([str(value) for value in (await connection.execute(query)).scalars()])
        return found[0], found[1]

    async def running(self) -> list[Process]:
        """Every process that has not ended, oldest first."""
        query = self._all().where(PROCESSES.c.status.in_(leases.OPEN_STATUSES)).order_by(PROCESSES.c.id)
        async with self._db.read() as connection:
            return [of_row(row) for row in await connection.execute(query)]

    async def paused(self) -> list[Process]:
        """Every process that pauses, oldest first."""
        query = self._all().where(PROCESSES.c.status.in_(leases.OPEN_STATUSES), PROCESSES.c.paused != "")
        async with self._db.read() as connection:
            return [of_row(row) for row in await connection.execute(query.order_by(PROCESSES.c.id))]

    async def steps(
        self,
        process: int,
        *,
        states: Sequence[StepClass] | None = None,
        after: int = 0,
        limit: int = 1000,
        unseen: bool = False,
        text: str = "",
    ) -> list[Step]:
        """Up to `limit` steps with a number above `after`, in order, of these classes where they are given.

        `unseen`: only steps that no read-back has found yet. `text`: only those that have every word of it.
        """
        async with self._db.read() as connection:
            return await steps.page(
                connection, process, states=states, after=after, limit=limit, unseen=unseen, text=text
            )

    async def attempts(self, process: int, numbers: Sequence[int]) -> list[Attempt]:
        """The sendings of these steps that settled nothing, step by step, each in order."""
        async with self._db.read() as connection:
            return await steps.attempts(connection, process, numbers)

    async def log(self, process: int, limit: int) -> list[tuple[datetime, str]]:
        """The newest lines of the process's log, oldest of them first."""
        query = select(LOG.c.at, LOG.c.line).where(LOG.c.process == process)
        async with self._db.read() as connection:
            found = await connection.execute(query.order_by(LOG.c.id.desc()).limit(limit))
            return [(shown(at), line) for at, line in reversed(found.all())]

    def _all(self) -> Select[tuple[object, ...]]:
        return select(PROCESSES).where(PROCESSES.c.tenant == self._tenant)

    async def _one(self, connection: Transaction, process: int) -> Process:
        row = (await connection.execute(self._all().where(PROCESSES.c.id == process))).one_or_none()
        if row is None:
            raise StateError(f"There is no process {process}.")
        return of_row(row)

    async def _end(self, connection: Transaction, process: int, now: datetime) -> Process:
        found = await self._one(connection, process)
        if _open(found):
            raise ValueError(f"process {process} has open steps: {found.counts}")
        at = stored(now)
        await connection.execute(
            update(PROCESSES)
            .where(PROCESSES.c.id == process)
            .values(
                status=_status(found).value,
                ended_at=at,
                paused="",
                lacks="",
                owner="",
                lease_until=0,
                look_at=at if set(found.counts) - {StepClass.CANCELLED, StepClass.ALREADY_SO} else None,
            )
        )
        return await self._one(connection, process)


def _until(now: datetime, lease: float) -> int:
    return stored(now + timedelta(seconds=lease))


def _open(process: Process) -> bool:
    return any(process.counts.get(step_class) for step_class in OPEN_CLASSES)


def _status(process: Process) -> ProcessStatus:
    """How a process whose steps have all ended has ended."""
    if process.counts.get(StepClass.CANCELLED):
        return ProcessStatus.CANCELLED
    good = process.counts.get(StepClass.DONE, 0) + process.counts.get(StepClass.ALREADY_SO, 0)
    return ProcessStatus.SUCCEEDED if good == process.total else ProcessStatus.FINISHED
