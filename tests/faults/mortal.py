"""One life of a program that kills itself: the real session on a real file, with failpoints at its edges."""

import asyncio
import os
import signal
import time
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path
from random import Random
from unittest.mock import patch

import httpx
import msgspec

from services.action import Form
from services.actions import resend_invitation
from services.errors import RollcallError
from services.plan import checked, review
from services.session import Session
from services.user import User
from state.database import Database
from state.errors import StateError
from state.transaction import Transaction
from state.values import Change
from tests.faults.points import Chance, Fault, Odds, Place
from tests.sandbox import Endpoints
from tests.services.connected import connected

SPEED = 20.0
"""Seconds of the program's time in one of ours."""

PAST_A_LEASE = 40.0
"""Seconds that pass between a kill and the next start."""

APPLY, INVITE = "memberships", "invitations"
_TURNS = 100
_FORM = Form(title="")


class Work(msgspec.Struct, frozen=True):
    """What the operator wants: memberships changed by staging, and one invitation to each guest.

    `began` is the moment, in Unix seconds, from which the clocks of all lives count. `invited` is how often
    the tenant had invited each guest before, by id.
    """

    seed: int
    folder: str
    began: float
    changes: list[Change]
    guests: list[User]
    invited: dict[str, int]


class HurriedClock:
    """The machine's clock, faster since `began`, and `ahead` seconds on."""

    def __init__(self, began: float, ahead: float) -> None:
        self._began = began
        self._ahead = ahead

    def now(self) -> datetime:
        return datetime.fromtimestamp(self._began + self._ahead + (time.time() - self._began) * SPEED, UTC)

    def monotonic(self) -> float:
        return time.monotonic() * SPEED

    async def sleep(self, seconds: float) -> None:
        await asyncio.sleep(seconds / SPEED)


class Doom:
    """Kills at the `last`-th failpoint; errors and delays at some before."""

    def __init__(self, seed: str) -> None:
        random = Random(seed)  # noqa: S311
        self._left = random.randrange(1, 40)
        self._others = Chance(Odds(error=0.02, delay=0.03), random.randrange(1 << 30))
        self._random = random

    async def point(self, place: Place) -> bool:
        """Whether an error is to be raised here; does not return at the last failpoint."""
        self._left -= 1
        if self._left == 0:
            os.kill(os.getpid(), signal.SIGKILL)
        fault = self._others.at(place)
        if fault is Fault.DELAY:
            await asyncio.sleep(self._random.choice((0.01, 0.05, 2.0)) if self._random.random() < 0.3 else 0)
        return fault is Fault.ERROR


@contextmanager
def doomed(doom: Doom) -> Iterator[None]:
    """Failpoints around every transaction that writes, and around every HTTP call of the program."""
    write, call = Database.write, httpx.AsyncHTTPTransport.handle_async_request

    async def at(place: Place) -> None:
        if await doom.point(place):
            raise StateError(f"The disk failed {place}.")

    @asynccontextmanager
    async def writing(database: Database) -> AsyncIterator[Transaction]:
        await at(Place.BEFORE_WRITE)
        async with write(database) as transaction:
            yield transaction
            await at(Place.IN_WRITE)
        await at(Place.AFTER_WRITE)

    async def calling(client: httpx.AsyncHTTPTransport, request: httpx.Request) -> httpx.Response:
        if await doom.point(Place.BEFORE_CALL):
            raise httpx.ConnectError("no way", request=request)
        response = await call(client, request)
        if await doom.point(Place.AFTER_CALL):
            await response.aclose()
            raise httpx.ReadError("cut", request=request)
        return response

    with (
        patch.object(Database, "write", writing),
        patch.object(httpx.AsyncHTTPTransport, "handle_async_request", calling),
    ):
        yield


async def live(tenant: Endpoints, work: Work, number: int) -> None:
    """One life: does what is not done yet, and ends when all is; or dies on the way."""
    folder = Path(work.folder)
    clock = HurriedClock(work.began, number * PAST_A_LEASE)
    with doomed(Doom(f"{work.seed}, life {number}")):
        for _ in range(_TURNS):
            try:
                async with connected(tenant, folder, clock=clock) as session:
                    await _begin(session, work, Diary(folder / "diary"))
                    await session.engine.drain()
                    if not await session.processes.running():
                        return
            except (StateError, RollcallError):
                # what an operator is told, who looks and tries again
                pass
            await clock.sleep(5)
    raise AssertionError(f"still at work after {_TURNS} turns")


class Diary:
    """What the program was told to be on the disk, in a file that a kill does not reach."""

    def __init__(self, path: Path) -> None:
        self._path = path

    def has(self, line: str) -> bool:
        """Whether that was said."""
        return self._path.exists() and line in self._path.read_text().splitlines()

    def say(self, line: str) -> None:
        """Keeps a line."""
        with self._path.open("a") as file:
            file.write(line + "\n")


async def _begin(session: Session, work: Work, diary: Diary) -> None:
    """Stages, applies and starts what was not yet. Raises AssertionError for anything that was lost."""
    there = {process.title for process in await session.processes.recent(20)}
    for title in (APPLY, INVITE):
        assert title in there or not diary.has(title), f"the process of {title} is lost"
    if APPLY not in there:
        if diary.has("staged"):
            staged = await session.pending.all()
            assert {change.key for change in staged} == {change.key for change in work.changes}, (
                "lost changes"
            )
        await session.stage(work.changes)
        diary.say("staged")
        await session.apply(await checked(session.tenant, review(await session.pending.all())), APPLY)
        diary.say(APPLY)
    if INVITE not in there:
        operations = [one for guest in work.guests for one in resend_invitation.plan(guest, _FORM, {})]
        await session.start(resend_invitation.ACTION.id, INVITE, operations)
        diary.say(INVITE)
