"""A program that races others for schedules: it takes and starts whatever is due, and says what it started.

It waits for a line on its input first, so that all rivals begin together.
"""

import asyncio
import sys
from datetime import timedelta
from pathlib import Path

from state.database import Database
from state.schedules import Schedules
from tests.state.values import APPLY, later, new_steps

LEASE = timedelta(seconds=60)
LIMIT = timedelta(days=1)


async def race(path: Path, name: str) -> None:
    """Starts schedules until none is due."""
    db = await Database.open(path)
    schedules = Schedules(db, "t1")
    sys.stdin.readline()
    while (taken := await schedules.take(name, later(0), LEASE, LIMIT)) is not None:
        process = await schedules.start(taken, name, APPLY, new_steps(2), ["Scheduled"], later(0))
        if process is not None:
            print(taken.id, process, flush=True)
    await db.close()


if __name__ == "__main__":
    asyncio.run(race(Path(sys.argv[1]), sys.argv[2]))
