"""Workers: which headless workers are alive, by the beats of their hearts."""

from datetime import datetime, timedelta

from sqlalchemy import delete, insert, select

from state.database import Database
from state.schedule_values import Worker
from state.tables.workers import WORKERS
from state.times import shown, stored

BEAT = 15.0
"""Seconds between two beats."""

_SILENCE = timedelta(seconds=3 * BEAT)
"""Who was not heard of for this long is not alive."""


class Workers:
    """The workers of one tenant on this file."""

    def __init__(self, db: Database, tenant_id: str) -> None:
        self._db = db
        self._tenant = tenant_id

    async def beat(self, worker: Worker) -> None:
        """Tells that the worker is alive at its `beat_at`; clears away those that fell silent long ago."""
        at = stored(worker.beat_at)
        silent = stored(worker.beat_at - 100 * _SILENCE)
        mine = (WORKERS.c.id == worker.id) & (WORKERS.c.tenant == self._tenant)
        async with self._db.write() as connection:
            await connection.execute(delete(WORKERS).where(mine | (WORKERS.c.beat_at < silent)))
            await connection.execute(
                insert(WORKERS).values(
                    id=worker.id,
                    tenant=self._tenant,
                    host=worker.host,
                    pid=worker.pid,
                    since=stored(worker.since),
                    beat_at=at,
                )
            )

    async def leave(self, worker: str) -> None:
        """The worker ends."""
        mine = (WORKERS.c.id == worker) & (WORKERS.c.tenant == self._tenant)
        async with self._db.write() as connection:
            await connection.execute(delete(WORKERS).where(mine))

    async def alive(self, now: datetime) -> list[Worker]:
        """Those whose heart beat within the last beats, also when the clock was set back meanwhile."""
        query = select(WORKERS).where(WORKERS.c.tenant == self._tenant).order_by(WORKERS.c.since)
        async with self._db.read() as connection:
            rows = (await connection.execute(query)).all()
        found = [Worker(row.id, row.host, row.pid, shown(row.since), shown(row.beat_at)) for row in rows]
        return [worker for worker in found if abs(now - worker.beat_at) <= _SILENCE]
