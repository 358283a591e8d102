"""Schedules: what will start at an instant. The database is the truth: each becomes a process exactly once."""

from collections import Counter
from collections.abc import Iterable, Sequence
from datetime import datetime, timedelta
from typing import Any

import msgspec
from sqlalchemy import ColumnElement, Row, and_, case, func, insert, or_, select, update

from state import starting
from state.database import Database
from state.errors import StateError
from state.process_rows import note
from state.schedule_values import OPEN_SCHEDULES, NewSchedule, Schedule, ScheduleStatus
from state.tables.schedules import SCHEDULES
from state.times import shown, stored
from state.transaction import Transaction
from state.values import NewProcess, NewStep, ProcessStatus

GRACE = timedelta(seconds=60)
"""What starts within this time of its instant is not called late."""

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(NewSchedule)
_S = SCHEDULES.c


class Schedules:
    """The schedules of one tenant, shared by every copy of the program on this file."""

    def __init__(self, db: Database, tenant_id: str) -> None:
        self._db = db
        self._tenant = tenant_id

    async def add(self, new: NewSchedule, now: datetime) -> int:
        """Stores a schedule; returns its number."""
        row = {
            **_planned(new),
            "tenant": self._tenant,
            "operator": new.operator,
            "status": ScheduleStatus.WAITING.value,
            "created_at": stored(now),
        }
        async with self._db.write() as connection:
            added = await connection.execute(insert(SCHEDULES).values(row).returning(_S.id))
            return int(added.scalar_one())

    async def change(self, schedule: int, revision: int, new: NewSchedule) -> None:
        """Puts `new` in the place of that revision; a missed one waits again.

        Raises StateError when it was changed, started or cancelled meanwhile.
        """
        async with self._db.write() as connection:
            found = await self._open(connection, schedule)
            if found.revision != revision:
                raise StateError("The schedule was changed meanwhile; nothing was stored. Look at it again.")
            fresh = {"asked": False, "attempts": 0, "tried_at": None, "not_before": 0, "sentence": ""}
            await self._set(connection, schedule, **_planned(new), **_WAITS, **fresh, revision=revision + 1)

    async def run_now(self, schedule: int, now: datetime) -> None:
        """Makes it due at once, however late or early that is. Raises StateError when it is not open any more."""
        async with self._db.write() as connection:
            await self._open(connection, schedule)
            await self._set(connection, schedule, **_WAITS, asked=True, not_before=stored(now))

    async def cancel(self, schedule: int, now: datetime) -> None:
        """It will not start. Raises StateError when it is not open any more."""
        async with self._db.write() as connection:
            await self._open(connection, schedule)
            await self._set(
                connection,
                schedule,
                status=ScheduleStatus.CANCELLED.value,
                ended_at=stored(now),
                owner="",
                lease_until=0,
            )

    async def take(self, owner: str, now: datetime, lease: timedelta, limit: timedelta) -> Schedule | None:
        """Gives `owner` the oldest due schedule to plan, for the time of the lease; None when there is none.

        What is later than `limit` and was never tried does not start by itself any more: it becomes *missed*.
        """
        at, until = stored(now), stored(now + lease)
        # a lease that ends later than any given now is from before the clock was set back
        free = or_(_S.owner == "", _S.lease_until <= at, _S.lease_until > until)
        due = and_(_S.not_before <= at, or_(_S.at <= at, _S.asked))
        async with self._db.write() as connection:
            await connection.execute(
                update(SCHEDULES)
                .where(self._with(ScheduleStatus.WAITING), free, _S.at < stored(now - limit))
                .where(_S.attempts == 0, _S.asked.is_(False))
                .values(status=ScheduleStatus.MISSED.value)
            )
            rows = await connection.execute(
                select(SCHEDULES)
                .where(self._with(ScheduleStatus.WAITING), free, due)
                .order_by(_S.at, _S.id)
                .limit(1)
                .with_for_update()
            )
            for row in rows.all():
                first = at if row.tried_at is None else row.tried_at
                await self._set(connection, row.id, owner=owner, lease_until=until, tried_at=first)
                return await self._one(connection, row.id)
        return None

    async def start(
        self,
        taken: Schedule,
        owner: str,
        new: NewProcess,
        steps: Sequence[NewStep],
        lines: Sequence[str],
        now: datetime,
    ) -> int | None:
        """Journals the process and marks the schedule *started*, in one transaction; returns the process.

        None, with nothing written, when the schedule is not what `owner` took any more: somebody changed,
        cancelled or started it, or the lease was over and somebody else took it.
        """
        return await self._end(taken, owner, new, steps, lines, now, ScheduleStatus.STARTED, "")

    async def fail(
        self, taken: Schedule, owner: str, new: NewProcess, sentence: str, now: datetime
    ) -> int | None:
        """Gives it up: an ended process without steps and the schedule say why. None like `start`."""
        return await self._end(taken, owner, new, (), (sentence,), now, ScheduleStatus.FAILED, sentence)

    async def postpone(self, taken: Schedule, owner: str, sentence: str, until: datetime) -> None:
        """Gives it back to be tried again from `until` on; nothing happens when `owner` does not hold it."""
        async with self._db.write() as connection:
            await connection.execute(
                update(SCHEDULES)
                .where(_S.id == taken.id, _S.owner == owner, _S.revision == taken.revision)
                .values(
                    owner="",
                    lease_until=0,
                    attempts=_S.attempts + 1,
                    not_before=stored(until),
                    sentence=sentence,
                )
            )

    async def release(self, taken: Schedule, owner: str) -> None:
        """Gives it back untried, for anybody to take; no error when `owner` does not hold it."""
        async with self._db.write() as connection:
            await connection.execute(
                update(SCHEDULES).where(_S.id == taken.id, _S.owner == owner).values(owner="", lease_until=0)
            )

    async def next_moment(self, now: datetime, lease: timedelta) -> datetime | None:
        """When `take` may find the next waiting schedule, with these arguments; None when none waits."""
        begins = case((_S.asked, _S.not_before), (_S.not_before > _S.at, _S.not_before), else_=_S.at)
        held = and_(_S.lease_until > begins, _S.lease_until <= stored(now + lease))
        moments = func.min(case((held, _S.lease_until), else_=begins))
        async with self._db.read() as connection:
            found = await connection.execute(select(moments).where(self._with(ScheduleStatus.WAITING)))
            moment: int | None = found.scalar_one()
            return shown(moment)

    async def get(self, schedule: int) -> Schedule:
        """One schedule as it stands. Raises StateError when there is none."""
        async with self._db.read() as connection:
            return await self._one(connection, schedule)

    async def upcoming(self) -> list[Schedule]:
        """Everything that is still to come or was missed, by its instant."""
        return await self._list(self._with(*OPEN_SCHEDULES))

    async def past(self, limit: int) -> list[Schedule]:
        """What became of the newest `limit` of the others, the newest first."""
        others = [status for status in ScheduleStatus if status not in OPEN_SCHEDULES]
        query = select(SCHEDULES).where(self._with(*others)).order_by(_S.ended_at.desc(), _S.id.desc())
        async with self._db.read() as connection:
            return [_of_row(row) for row in await connection.execute(query.limit(limit))]

    async def listed(self, statuses: Sequence[ScheduleStatus], limit: int, skip: int = 0) -> list[Schedule]:
        """Those of these statuses behind the first `skip`: what is to come by its instant, then the newest end."""
        still = _S.status.in_([status.value for status in OPEN_SCHEDULES])
        query = select(SCHEDULES).where(self._with(*statuses)).limit(limit).offset(skip)
        order = (case((still, 0), else_=1), case((still, _S.at), else_=-_S.ended_at), _S.id)
        async with self._db.read() as connection:
            return [_of_row(row) for row in await connection.execute(query.order_by(*order))]

    async def of_user(self, user_id: str) -> list[Schedule]:
        """What is still to come for one user, by its instant."""
        return await self._list(self._with(*OPEN_SCHEDULES), _S.user_id == user_id)

    async def reserved_seats(self, besides: str = "") -> dict[str, int]:
        """skuId → seats that schedules will take, each user counted once a licence; those of `besides` left out."""
        waiting = [schedule.plan for schedule in await self.upcoming() if schedule.plan.user != besides]
        pairs = {(plan.user, sku) for plan in waiting for sku in plan.seats}
        return dict(Counter(sku for _, sku in pairs))

    async def _end(
        self,
        taken: Schedule,
        owner: str,
        new: NewProcess,
        steps: Sequence[NewStep],
        lines: Sequence[str],
        now: datetime,
        status: ScheduleStatus,
        sentence: str,
    ) -> int | None:
        at = stored(now)
        async with self._db.write() as connection:
            held = await connection.execute(
                select(_S.id)
                .where(self._with(ScheduleStatus.WAITING), _S.id == taken.id)
                .where(_S.owner == owner, _S.revision == taken.revision)
                .with_for_update()
            )
            if held.first() is None:
                return None
            ended = ProcessStatus.FINISHED if status is ScheduleStatus.FAILED else ProcessStatus.SUCCEEDED
            process = await starting.journal(connection, self._tenant, new, steps, at, ended)
            await note(connection, process, at, lines=lines)
            await self._set(
                connection,
                taken.id,
                status=status.value,
                process=process,
                ended_at=at,
                late=taken.plan.at + GRACE < now,
                owner="",
                lease_until=0,
                sentence=sentence,
            )
            return process

    def _with(self, *statuses: ScheduleStatus) -> ColumnElement[bool]:
        return and_(_S.tenant == self._tenant, _S.status.in_([status.value for status in statuses]))

    async def _list(self, *conditions: ColumnElement[bool]) -> list[Schedule]:
        async with self._db.read() as connection:
            rows = await connection.execute(select(SCHEDULES).where(*conditions).order_by(_S.at, _S.id))
            return [_of_row(row) for row in rows]

    async def _one(self, connection: Transaction, schedule: int) -> Schedule:
        rows: Iterable[Row[tuple[object, ...]]] = await connection.execute(
            select(SCHEDULES).where(_S.tenant == self._tenant, _S.id == schedule)
        )
        for row in rows:
            return _of_row(row)
        raise StateError(f"There is no schedule {schedule}.")

    async def _open(self, connection: Transaction, schedule: int) -> Schedule:
        """The schedule, when it is still to come. Raises StateError."""
        found = await self._one(connection, schedule)
        if not found.open:
            raise StateError(f"The schedule has {_ENDED[found.status]} already; nothing was changed.")
        return found

    async def _set(self, connection: Transaction, schedule: int, **values: object) -> None:
        await connection.execute(update(SCHEDULES).where(_S.id == schedule).values(values))


_WAITS = {"status": ScheduleStatus.WAITING.value, "owner": "", "lease_until": 0}

_ENDED = {
    ScheduleStatus.STARTED: "started",
    ScheduleStatus.FAILED: "failed",
    ScheduleStatus.CANCELLED: "been cancelled",
}


def _planned(new: NewSchedule) -> dict[str, Any]:
    return {"plan": _ENCODER.encode(new), "user_id": new.user, "at": stored(new.at)}


def _of_row(row: Row[tuple[object, ...]]) -> Schedule:
    return Schedule(
        id=row.id,
        plan=_DECODER.decode(row.plan),
        revision=row.revision,
        status=ScheduleStatus(row.status),
        process=row.process,
        created_at=shown(row.created_at),
        ended_at=shown(row.ended_at),
        late=row.late,
        asked=row.asked,
        attempts=row.attempts,
        tried_at=shown(row.tried_at),
        sentence=row.sentence,
    )
