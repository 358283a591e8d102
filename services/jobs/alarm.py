"""The alarm clock: APScheduler rings at a moment. What there is to do then, the database alone knows."""

import asyncio
import logging
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any, Protocol

_JOB = "next"


class Alarm(Protocol):
    """Rings once at the moment it was set to."""

    def set(self, at: datetime | None, ring: Callable[[], None]) -> None:
        """Rings at `at`, at once where that is over, and at no moment it was set to before; None: never."""
        ...

    async def stop(self) -> None:
        """Rings no more."""
        ...


class AlarmClock:
    """Rings by APScheduler, which keeps its jobs in memory; it is started with the first moment.

    A timer of APScheduler's is reckoned from the wall clock of the moment it was set: whoever sets the clock
    back makes it ring late. So the one who waits sets it anew from time to time.
    """

    def __init__(self) -> None:
        self._scheduler: Any = None

    def set(self, at: datetime | None, ring: Callable[[], None]) -> None:
        """See `Alarm.set`."""
        if at is None:
            if self._scheduler is not None:
                self._scheduler.remove_all_jobs()
            return
        from apscheduler.triggers.date import DateTrigger

        async def rung() -> None:
            # a coroutine: a plain function would be called in a thread
            ring()

        # without a grace time it rings however late it is, and once for all moments that went by
        self._started().add_job(
            rung,
            DateTrigger(at, UTC),
            id=_JOB,
            replace_existing=True,
            misfire_grace_time=None,
            coalesce=True,
        )

    async def stop(self) -> None:
        """See `Alarm.stop`."""
        if self._scheduler is not None:
            self._scheduler.remove_all_jobs()
            self._scheduler.shutdown(wait=False)
            self._scheduler = None
            # it only asked the loop to shut it down
            await asyncio.sleep(0)

    def _started(self) -> Any:
        if self._scheduler is None:
            from apscheduler.schedulers.asyncio import AsyncIOScheduler

            # it must never write to the terminal
            logging.getLogger("apscheduler").addHandler(logging.NullHandler())
            self._scheduler = AsyncIOScheduler(timezone=UTC)
            self._scheduler.start()
        return self._scheduler
