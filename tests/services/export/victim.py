"""The program that test_export kills: it starts one export, says so, and goes on until it is killed."""

import asyncio
import json
import sys
from pathlib import Path

import msgspec

from services.export.order import order
from services.tabs.registry import BY_ID
from tests.sandbox import Endpoints
from tests.services.connected import ADELE, connected, ended
from tests.state.victim import said


async def export(endpoints: Endpoints, folder: Path, path: Path) -> None:
    """Exports the shared mailboxes; a line says when the work has begun."""
    async with connected(endpoints, folder) as session:
        user = await session.find_user(ADELE)
        news = asyncio.Event()
        session.on_change = news.set
        number = await session.export(order(BY_ID["shared-mailboxes"], user, path), user.name)
        while not any("Reading" in line for _, line in await session.processes.log(number, 10)):
            news.clear()
            await news.wait()
        said("begun", number)
        await ended(session, number)
        said("ended", number)


if __name__ == "__main__":
    asyncio.run(
        export(msgspec.convert(json.loads(sys.argv[1]), Endpoints), Path(sys.argv[2]), Path(sys.argv[3]))
    )
