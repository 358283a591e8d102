"""The worker: runs processes and schedules while no screen is open, and tells the journal that it lives."""

import argparse
import asyncio
import os
import signal
import socket
from collections.abc import Awaitable, Callable, Sequence
from contextlib import AsyncExitStack
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TypeAlias
from uuid import uuid4

import msgspec

from services.errors import InvalidInput, RollcallError
from services.places import default_state, private_dir, sandbox_dir, state_file
from services.profile import Config, TenantProfile
from services.profile_file import choose
from services.session import Session
from state.errors import StateError
from state.schedule_values import Schedule, ScheduleStatus, Worker
from state.values import Process, ProcessStatus
from state.workers import BEAT
from tui.logged import logged
from tui.start import configured, state_problem
from tui.verdict import verdict
from tui.worker_lines import WorkerLines

if TYPE_CHECKING:
    from services.sandbox.embedded import EmbeddedTenant

Say: TypeAlias = Callable[[str, str], None]
"""Says a line about a tenant."""

NEEDS_A_PERSON = 'sign_in = "device-code" needs a person, and a worker has none'

_RECENT = 100
_BETWEEN_LOOKS = 0.5


def work(arguments: argparse.Namespace) -> int:
    """Runs until it is told to end, or with `once` until nothing is left to run.

    The exit status: 0 fine, 1 something went wrong or was not finished. Raises `InvalidInput` for what must be
    mended first, `StateError` when the state file cannot be used.
    """
    config = configured(arguments.config)
    state_dir = private_dir(arguments.state or default_state())
    if problem := state_problem(state_file(state_dir)):
        raise InvalidInput(problem)
    lines = WorkerLines()
    try:
        with logged(arguments, config, "worker") as log:
            log.on_trouble = lambda sentence: lines.say("all tenants", sentence)
            return _serve(arguments, config, state_dir, lines.say)
    finally:
        lines.close()


def _serve(arguments: argparse.Namespace, config: Config, state_dir: Path, say: Say) -> int:
    embedded: EmbeddedTenant | None = None
    profiles = list(_profiles(config, arguments.tenant or "", say))
    if not profiles:
        from services.sandbox.embedded import attach

        embedded = attach(sandbox_dir(state_dir))
        profiles = [embedded.profile]
    try:

        async def opened(profile: TenantProfile) -> Session:
            return await Session.open(profile, state_dir=state_dir)

        return asyncio.run(_work(profiles, opened, say, once=arguments.once))
    finally:
        if embedded is not None:
            embedded.close()


def _profiles(config: Config, name: str, say: Say) -> Sequence[TenantProfile]:
    """The tenants that can be run without a person; none: the embedded one. Raises `InvalidInput`."""
    chosen = choose(config, name) if name else None
    if chosen is not None:
        wanted = [chosen]
    elif name or not config.tenants:
        return ()
    else:
        wanted = list(config.tenants.values())
    alone = []
    for profile in wanted:
        if profile.readonly:
            say(profile.name, "is read-only in the profile file: nothing is run there")
        elif profile.sign_in == "device-code":
            say(profile.name, f"left out: {NEEDS_A_PERSON}; use certificate, managed-identity or azure-cli")
        else:
            alone.append(profile)
    if not alone:
        raise InvalidInput(
            f"There is no tenant that a worker could sign in to by itself. {NEEDS_A_PERSON}: use certificate, "
            "managed-identity or azure-cli."
        )
    return alone


async def _work(
    profiles: Sequence[TenantProfile],
    opened: Callable[[TenantProfile], Awaitable[Session]],
    say: Say,
    *,
    once: bool,
) -> int:
    told = asyncio.Event()
    loop = asyncio.get_running_loop()
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        # under nohup it goes on without its terminal
        if signal.getsignal(number) is not signal.SIG_IGN:
            loop.add_signal_handler(number, told.set)
    async with AsyncExitStack() as stack:
        watches = []
        for profile in profiles:
            session = await opened(profile)
            # told to end, it raises what is wrong as it closes
            session.on_defect = lambda _: told.set()
            stack.push_async_callback(session.close)
            watches.append(_Watch(profile.name, session, say))
            say(profile.name, f"worker {os.getpid()} runs" + (" what there is, once" if once else ""))
        beats = asyncio.create_task(_live(watches))
        beats.add_done_callback(lambda _: told.set())
        try:
            if once:
                return await _once(watches, told)
            await told.wait()
            for watch in watches:
                watch.say("told to end: finishing what is in flight")
            return 0
        finally:
            beats.cancel()
            await asyncio.wait({beats})
            for watch in watches:
                await watch.leave()
            if not beats.cancelled():
                beats.result()


async def _once(watches: "Sequence[_Watch]", told: asyncio.Event) -> int:
    """Runs what there is to run in every tenant; a signal ends it as it ends the worker."""
    drained = asyncio.create_task(_drained(watches))
    stopped = asyncio.create_task(told.wait())
    await asyncio.wait({drained, stopped}, return_when=asyncio.FIRST_COMPLETED)
    if not drained.done():
        for watch in watches:
            watch.say("told to end before everything was run: the rest waits in the journal")
            await watch.session.engine.stop()
        await drained
        return 1
    stopped.cancel()
    return 0 if drained.result() else 1


async def _drained(watches: "Sequence[_Watch]") -> bool:
    return all(await asyncio.gather(*(watch.drain() for watch in watches)))


async def _live(watches: "Sequence[_Watch]") -> None:
    """Beats, and tells what moved in the journals, until it is cancelled."""
    loop = asyncio.get_running_loop()
    due = loop.time()
    while True:
        beat = loop.time() >= due
        if beat:
            due = loop.time() + BEAT
        for watch in watches:
            await watch.look(beat=beat)
        news = [asyncio.create_task(watch.news.wait()) for watch in watches]
        try:
            await asyncio.wait(news, timeout=max(0.0, due - loop.time()), return_when=asyncio.FIRST_COMPLETED)
        finally:
            for each in news:
                each.cancel()
        # a journal that moves hundreds of times a second is not read as often
        await asyncio.sleep(_BETWEEN_LOOKS)


class _Watch:
    """One tenant's session: what happened there since the worker looked last, a line each."""

    def __init__(self, name: str, session: Session, say: Say) -> None:
        self.session = session
        self.say = partial(say, name)
        self.news = asyncio.Event()
        session.on_change = self.news.set
        now = session.clock.now()
        self._worker = Worker(str(uuid4()), socket.gethostname(), os.getpid(), now, now)
        self._since = now
        self._known: dict[tuple[str, int], str] = {}
        self._looking = asyncio.Lock()
        self._trouble: tuple[str, ...] = ()
        self.bad = 0

    async def look(self, *, beat: bool = False) -> None:
        """Says what is new; a state file that cannot be read or written is said once, and tried again."""
        self.news.clear()
        now = self.session.clock.now()
        try:
            if beat:
                await self.session.workers.beat(msgspec.structs.replace(self._worker, beat_at=now))
            async with self._looking:
                await self._tell()
        except StateError as error:
            self._complain((error.sentence,))

    async def drain(self) -> bool:
        """Runs what there is to run; whether all of it went well."""
        await self.look()
        try:
            await self.session.engine.drain()
        except (RollcallError, StateError) as error:
            self.say(error.sentence)
            return False
        await self.look()
        left = await self.session.processes.running()
        late = [s for s in await self.session.schedules.upcoming() if s.plan.at <= self.session.clock.now()]
        for process in left:
            self.say(f"process {process.id} is not finished: {process.ended_steps} of {process.total}")
        for schedule in late:
            self.say(f"schedule {schedule.id} did not start: {schedule.sentence or schedule.status}")
        return not (left or late or self.bad or self._trouble)

    async def leave(self) -> None:
        """The heart beats no more."""
        try:
            await self.session.workers.leave(self._worker.id)
        except StateError as error:
            self.say(error.sentence)

    async def _tell(self) -> None:
        processes = {p.id: p for p in await self.session.processes.recent(_RECENT)}
        processes |= {p.id: p for p in await self.session.processes.running()}
        schedules = [*await self.session.schedules.upcoming(), *await self.session.schedules.past(_RECENT)]
        found = {("process", p.id): _state(p) for p in processes.values() if self._is_news(p)}
        found |= {("schedule", s.id): _status(s) for s in schedules if self._is_news(s)}
        for key in sorted(found, key=lambda key: key[1]):
            words = found[key]
            if words and self._known.get(key) != words:
                self.bad += words.startswith(_BAD)
                self.say(f"{key[0]} {key[1]} {words}")
        self._known = found
        self._complain(tuple(self.session.waiting()))

    def _is_news(self, what: Process | Schedule) -> bool:
        """Whether it is open, or ended since this worker lives."""
        return what.ended_at is None or what.ended_at >= self._since

    def _complain(self, sentences: tuple[str, ...]) -> None:
        for sentence in sentences:
            if sentence not in self._trouble and not sentence.startswith("waiting "):
                self.say(sentence)
        self._trouble = tuple(s for s in sentences if not s.startswith("waiting "))


_BAD = ("finished:", "failed", "missed")


def _state(process: Process) -> str:
    if process.status is ProcessStatus.WAITING:
        return ""
    if process.paused and process.ended_at is None:
        return f"pauses: {process.paused} ({process.title})"
    if process.ended_at is None:
        return f"is running: {process.title}"
    return f"{verdict(process)} ({process.title})"


def _status(schedule: Schedule) -> str:
    plan = schedule.plan
    what = f"{plan.title} · {plan.user_name}, {plan.at:%Y-%m-%d %H:%M} UTC"
    if schedule.status is ScheduleStatus.WAITING:
        return f"waits, as {schedule.sentence} ({what})" if schedule.sentence else ""
    if schedule.status is ScheduleStatus.STARTED:
        return f"started{' late' if schedule.late else ''} as process {schedule.process} ({what})"
    return f"{schedule.status} ({what}) {schedule.sentence}".rstrip()
