"""JobRunner: claims what was started, by whatever copy of the program, and runs it to its end."""

import asyncio
import logging
from collections.abc import Callable, Coroutine
from functools import partial
from typing import Protocol, TypeVar

import msgspec

from services.jobs.admission import Admit, anything
from services.jobs.execution import Blocked, Execution
from services.jobs.export import Exporter, ExportExecution
from services.jobs.keeping import Keeping
from services.jobs.lease import Moment
from services.jobs.leaving import Bars, Leaving, nothing
from services.jobs.limits import Limits
from services.jobs.pausing import UNKNOWN_ROLES, Roles
from services.jobs.read_back import ReadBacks
from services.jobs.sender import Sender
from services.jobs.waiting import event_or
from services.log.events import tell
from services.operation import Operation
from services.task import EXPORT, Export, Task, decode
from services.vault import Vault
from state.clock import Clock
from state.errors import LeaseLost, StateError
from state.processes import Processes
from state.values import Process

DEFAULT = Limits()
T = TypeVar("T")


class Run(Protocol):
    """One claimed process on its way to its end."""

    process: Process

    def wake(self) -> None:
        """Looks into the journal now."""
        ...

    def stop(self) -> None:
        """Begins nothing more."""
        ...

    async def run(self) -> Process | None:
        """Runs to the end and returns the process; None when it was stopped before."""
        ...


class Start(Protocol):
    """Makes the run of a process that was claimed."""

    def __call__(
        self,
        process: Process,
        *,
        processes: Processes,
        clock: Clock,
        owner: str,
        limits: Limits,
        claimed: Moment,
        on_change: Callable[[], None],
        on_trouble: Callable[[str], None],
    ) -> Run:
        """The run; nothing of it has begun."""
        ...


class JobRunner:
    """Runs the processes of one tenant. `owner` names this runner alone: host, process id, something random.

    `on_change` is called after every commit; `trouble` says why nothing is sent at the moment, "" when
    nothing stands in the way. `readonly`: only what writes nothing to the tenant is run, which are exports.
    `vault` is where the secrets are that steps name; `admit` tells what may be sent here, and with `bars` what is
    left to other copies of the program. `roles` tells when a process pauses for want of a role, and when it goes
    on. `on_end` is told each process that came to its end here.
    """

    def __init__(
        self,
        tenant: Sender,
        processes: Processes,
        clock: Clock,
        owner: str,
        *,
        on_change: Callable[[], None],
        limits: Limits = DEFAULT,
        exporter: Exporter | None = None,
        readonly: bool = False,
        vault: Vault | None = None,
        admit: Admit = anything,
        bars: Bars = nothing,
        roles: Roles = UNKNOWN_ROLES,
        on_end: Callable[[Process], None] = lambda _: None,
    ) -> None:
        vault = vault or Vault()
        self._roles = roles
        self._on_end = on_end
        self._runs: dict[type[Task], Start] = {}
        calls = partial(Execution, tenant=tenant, vault=vault, admit=admit, roles=self._roles)
        if not readonly:
            self._runs[Operation] = calls
        self._alone = partial(calls, alone=True)
        if exporter is not None:
            self._runs[Export] = partial(ExportExecution, exporter=exporter)
        self._kinds = (EXPORT,) if readonly else ()
        self._tenant = tenant
        self._processes = processes
        self._clock = clock
        self._owner = owner
        self._on_change = on_change
        self._limits = limits
        self._woken = asyncio.Event()
        self._executions: dict[asyncio.Task[Process | None], Run] = {}
        self._readings = ReadBacks(tenant, processes, clock, on_change, limits.processes)
        self._paused_until = self._regain_at = 0.0
        self._regaining: asyncio.Task[None] | None = None
        self._stopping = False
        self._finishing = False
        self._draining = False
        self.kept = Keeping(processes, vault, clock, owner, limits)
        """What only this runner can run, as only it has the secrets of it."""
        self.trouble = ""
        self.leaving = Leaving(admit, bars, processes)
        """What only other copies of the program may run."""

    def wake(self) -> None:
        """Something was started, cancelled, or mended (a sign-in): looks at once."""
        self._paused_until = self._regain_at = 0.0
        for execution in self._executions.values():
            execution.wake()
        self._woken.set()

    async def run_forever(self) -> None:
        """Runs until `stop`, `finish` or `drain` ends it. Raises only for a defect of this program."""
        try:
            while True:
                self._woken.clear()
                self._collect()
                await self.kept.renew(self.running)
                self._look_for_roles()
                await self._fill()
                await self._read_back()
                if self._over:
                    break
                await event_or(self._clock, self._woken, self._next_look())
        finally:
            regaining = [self._regaining] if self._regaining is not None else []
            await _cancel(*self._executions, *self._readings.tasks, *regaining)
            self._executions.clear()
            self._readings.tasks.clear()
            self._woken.set()

    async def run_once(self) -> Process | None:
        """Runs the oldest free process to its end, read-back included; None when there is none.

        Raises LeaseLost, Blocked, StateError.
        """
        execution = await self._claim()
        if execution is None:
            return None
        ended = await execution.run()
        if ended is not None:
            await self._readings.run(ended.id)
        return ended

    async def stop(self) -> None:
        """Sends nothing more, waits for what is in flight, gives the processes back; returns when done."""
        self._stopping = True
        running = list(self._executions)
        for execution in self._executions.values():
            execution.stop()
        self._woken.set()
        if running:
            await asyncio.wait(running)
        await self.kept.give_back()

    def finish(self) -> None:
        """Claims nothing more, and has `run_forever` end when what was claimed has come to its end."""
        self._finishing = True
        self._woken.set()

    def drain(self) -> None:
        """Has `run_forever` end when nothing is left that this runner could run."""
        self._draining = True
        self._paused_until = 0.0
        self._woken.set()

    @property
    def busy(self) -> bool:
        """Whether it runs a process now, or keeps one that nobody else can run."""
        return bool(self._executions or self.kept)

    @property
    def running(self) -> set[int]:
        """The numbers of the processes that are run here now."""
        return {run.process.id for run in self._executions.values()}

    @property
    def _over(self) -> bool:
        """Whether the time has come to end; in draining, what is free was claimed just before."""
        if self._stopping or self._finishing:
            return not self._executions
        looked = self._regaining is None or self._regaining.done()
        return self._draining and looked and not self._executions and not self._readings

    async def _fill(self) -> None:
        """Claims processes while there is room for them."""
        if self._stopping or self._finishing or self._paused_until > self._clock.monotonic():
            return
        while len(self._executions) < self._limits.processes:
            try:
                execution = await self._claim()
                if execution is None:
                    await self._forget_trouble()
                    return
            except StateError as error:
                self._pause(error)
                return
            self._executions[self._start(execution.run())] = execution
            if self._stopping:
                execution.stop()

    def _look_for_roles(self) -> None:
        """Has the processes go on that wait for a role, beside all else: the tenant may take long to say."""
        now = self._clock.monotonic()
        idle = self._regaining is None or self._regaining.done()
        if idle and now >= self._regain_at and not (self._kinds or self._stopping or self._finishing):
            self._regain_at = now + self._limits.poll
            self._regaining = asyncio.create_task(self._regain())

    async def _regain(self) -> None:
        """Lets the processes go on that waited for a role which is active by now."""
        try:
            for process in await self._processes.paused():
                line = await self._roles.regained(process.lacks)
                if line and await self._processes.resume(process.id, line, self._clock.now()):
                    self._woken.set()
        except StateError as error:
            self.trouble = error.sentence
        if self._draining:
            # it ends only when this has been looked at
            self._woken.set()

    async def _read_back(self) -> None:
        if self._kinds or self._stopping or self._finishing:
            return
        try:
            for reading in await self._readings.begin():
                reading.add_done_callback(lambda _: self._woken.set())
        except StateError as error:
            # what was written is classed; only the read-back's finding could not be stored
            self.trouble = error.sentence

    async def _forget_trouble(self) -> None:
        """Nothing is left that it stopped: that is still this one's, and waits for its lease to run out."""
        if self.trouble and all(one.owner != self._owner for one in await self._processes.running()):
            self._tell()

    async def _claim(self) -> Run | None:
        waiting = self.kept.waiting(self.running)
        left = await self._left({*self.running, *waiting})
        asked = Moment.of(self._clock)
        process = await self._processes.claim(
            self._owner,
            asked.wall,
            self._limits.lease,
            kinds=self._kinds,
            kept=waiting,
            busy=self.running | left,
        )
        if process is None:
            return None
        start = await self._way_of(process)
        tell("process-claimed", process=process.id, kind=process.kind, steps=process.total)
        return start(
            process,
            processes=self._processes,
            clock=self._clock,
            owner=self._owner,
            limits=self._limits,
            claimed=asked,
            on_change=self._tell,
            on_trouble=self._tell,
        )

    async def _left(self, mine: set[int]) -> set[int]:
        """The open processes that are left to others. Raises `StateError`."""
        if self._kinds:
            return set()
        before = self.leaving.reasons
        left = await self.leaving.among_open(mine)
        if self.leaving.reasons != before:
            self._on_change()
        return left

    async def _way_of(self, process: Process) -> "Start":
        """How the process is run: by what its first step is. What nothing here can run fails, step by step."""
        if process.id in self.kept:
            return self._alone
        steps = await self._processes.steps(process.id, limit=1)
        other = next(iter(self._runs.values()))
        try:
            return self._runs.get(type(decode(steps[0].operation)), other) if steps else other
        except msgspec.ValidationError:
            return other

    def _collect(self) -> None:
        """Takes note of the executions that ended."""
        for task in [task for task in self._executions if task.done()]:
            number = self._executions.pop(task).process.id
            try:
                ended = task.result()
            except LeaseLost:
                # another runner has it and goes on
                tell("process-lost", level=logging.WARNING, process=number)
                self.kept.drop(number)
                continue
            except (Blocked, StateError) as error:
                self._pause(error)
                continue
            if ended is None:
                tell("process-given-back", process=number)
            else:
                counts = {str(state): count for state, count in ended.counts.items()}
                tell("process-ended", process=number, outcome=str(ended.status), counts=counts)
                self.kept.drop(number)
                self._on_end(ended)

    def _start(self, work: Coroutine[None, None, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _: self._woken.set())
        return task

    def _tell(self, trouble: str = "") -> None:
        self.trouble = trouble
        self._on_change()

    def _pause(self, error: Blocked | StateError) -> None:
        # asking the disk again costs no service anything
        wait = self._limits.pause if isinstance(error, Blocked) else self._limits.poll
        self._paused_until = self._clock.monotonic() + wait
        tell("runner-paused", level=logging.WARNING, error=type(error).__name__, seconds=wait)
        self._tell(error.sentence)

    def _next_look(self) -> float:
        look = max(self._paused_until, self._clock.monotonic() + self._limits.poll)
        return min(look, self.kept.due) if self.kept else look


async def _cancel(*tasks: "asyncio.Task[Process | None] | asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
