"""An operator's desk that can lose its power in the middle of a write: the real session on a real file."""

import asyncio
import time
from collections.abc import AsyncIterator, Coroutine
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any, TypeVar
from unittest.mock import patch

from services.session import Session
from state.database import Database
from state.transaction import Transaction
from tests.faults.mortal import PAST_A_LEASE, HurriedClock
from tests.faults.points import Place
from tests.sandbox import Endpoints
from tests.services.connected import profile

T = TypeVar("T")


class PowerCut(BaseException):
    """The program is no more: nobody in it can do anything about it."""


class Desk:
    """One session after another on the same file, each on an event loop of its own."""

    def __init__(self, tenant: Endpoints, folder: Path) -> None:
        self._tenant = tenant
        self._folder = folder
        self._began = time.time()
        self._sessions = 0
        self._open()

    def _open(self) -> None:
        self._loop = asyncio.new_event_loop()
        clock = HurriedClock(self._began, self._sessions * PAST_A_LEASE)
        self._sessions += 1
        self.session = self.do(Session.open(profile(self._tenant), state_dir=self._folder, clock=clock))

    def do(self, work: Coroutine[Any, Any, T]) -> T:
        """What the coroutine returns."""
        return self._loop.run_until_complete(work)

    def reopen(self) -> None:
        """An orderly end, and a new start."""
        self.close()
        self._open()

    def close(self) -> None:
        """An orderly end."""
        self.do(self.session.close())
        self._loop.close()

    def cut(self, work: Coroutine[Any, Any, object], place: Place) -> None:
        """Begins the work; at its first write, there, the power goes. Then a new start."""
        write, dead = Database.write, False

        @asynccontextmanager
        async def writing(database: Database) -> AsyncIterator[Transaction]:
            nonlocal dead
            mine = asyncio.current_task(self._loop) is working
            if dead or (mine and place is Place.BEFORE_WRITE):
                dead = True
                raise PowerCut
            async with write(database) as transaction:
                yield transaction
                if dead or (mine and place is Place.IN_WRITE):
                    dead = True
                    raise PowerCut
            if mine:
                dead = True
                raise PowerCut

        async def caught() -> None:
            # past asyncio, which lets what is no Exception out of the loop at once
            try:
                await work
            except PowerCut:
                return
            raise AssertionError("there was no write")

        with patch.object(Database, "write", writing):
            working = self._loop.create_task(caught())
            self._loop.run_until_complete(working)
            self._loop.run_until_complete(self._abandon())
        self._loop.close()
        self._open()

    async def _abandon(self) -> None:
        """Takes away every task; none of them can write a word of farewell."""
        tasks = asyncio.all_tasks() - {asyncio.current_task()}
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)
        await self.session.tenant.close()
        await self.session.database.close()
