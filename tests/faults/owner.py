"""A copy of the program with short leases, to be stopped and continued: it runs whatever is journaled.

It reads its profile from its input, and says "holds" and "free" as it takes and leaves processes.
"""

import asyncio
import signal
import sys
from pathlib import Path

import msgspec

from services.jobs.limits import Limits
from services.session import Session
from tests.sandbox import Endpoints
from tests.services.connected import profile

LEASE = 2.0
"""Seconds."""


async def own(folder: Path, tenant: Endpoints) -> None:
    """Runs processes, and tells whether it does."""
    ended = asyncio.Event()
    asyncio.get_running_loop().add_signal_handler(signal.SIGTERM, ended.set)
    limits = Limits(lease=LEASE, renew=LEASE / 4, poll=LEASE / 4)
    session = await Session.open(profile(tenant), state_dir=folder, limits=limits)
    held = False
    while not ended.is_set():
        if session.engine.busy is not held:
            held = session.engine.busy
            print("holds" if held else "free", flush=True)
        await asyncio.sleep(0.01)
    await session.close()


if __name__ == "__main__":
    asyncio.run(own(Path(sys.argv[1]), msgspec.json.decode(sys.stdin.readline(), type=Endpoints)))
