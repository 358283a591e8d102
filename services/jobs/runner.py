"""JobRunner: claims what was started, by whatever copy of the program, and runs it to its end."""

import asyncio
from collections.abc import Callable, Coroutine
from typing import TypeVar

from services.jobs.execution import Blocked, Execution
from services.jobs.limits import Limits
from services.jobs.read_back import read_back
from services.jobs.sender import Sender
from services.jobs.waiting import event_or
from state.clock import Clock
from state.errors import LeaseLost, StateError
from state.processes import Processes
from state.values import Process

DEFAULT = Limits()
T = TypeVar("T")


class JobRunner:
    """Runs the processes of one tenant. `owner` names this runner alone: host, process id, something random.

    `on_change` is called after every commit; `trouble` says why nothing is sent at the moment, "" when
    nothing stands in the way.
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
    ) -> None:
        self._tenant = tenant
        self._processes = processes
        self._clock = clock
        self._owner = owner
        self._on_change = on_change
        self._limits = limits
        self._woken = asyncio.Event()
        self._executions: dict[asyncio.Task[Process | None], Execution] = {}
        self._readings: set[asyncio.Task[None]] = set()
        self._paused_until = 0.0
        self._stopping = False
        self.trouble = ""

    def wake(self) -> None:
        """Something was started, cancelled, or mended (a sign-in): looks at once."""
        self._paused_until = 0.0
        for execution in self._executions.values():
            execution.wake()
        self._woken.set()

    async def run_forever(self) -> None:
        """Runs until `stop`. Raises only for a defect of this program."""
        try:
            while not self._stopping or self._executions:
                self._woken.clear()
                self._collect()
                await self._fill()
                if not self._stopping or self._executions:
                    await event_or(self._clock, self._woken, self._next_look())
        finally:
            await _cancel(*self._executions, *self._readings)
            self._executions.clear()
            self._readings.clear()
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
            await read_back(self._tenant, self._processes, self._clock, ended.id, self._on_change)
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

    async def _fill(self) -> None:
        """Claims processes while there is room for them."""
        if self._stopping or self._paused_until > self._clock.monotonic():
            return
        while len(self._executions) < self._limits.processes:
            try:
                execution = await self._claim()
            except StateError as error:
                self._pause(error.sentence)
                return
            if execution is None:
                return
            self._executions[self._start(execution.run())] = execution
            if self._stopping:
                execution.stop()

    async def _claim(self) -> Execution | None:
        asked = self._clock.monotonic()
        process = await self._processes.claim(self._owner, self._clock.now(), self._limits.lease)
        if process is None:
            return None
        return Execution(
            process,
            self._tenant,
            self._processes,
            self._clock,
            self._owner,
            self._limits,
            asked,
            self._committed,
        )

    def _collect(self) -> None:
        """Takes note of the executions and readings that ended."""
        for reading in [reading for reading in self._readings if reading.done()]:
            self._readings.discard(reading)
            try:
                reading.result()
            except StateError as error:
                # what was written is classed; only the read-back's finding could not be stored
                self.trouble = error.sentence
        for task in [task for task in self._executions if task.done()]:
            del self._executions[task]
            try:
                ended = task.result()
            except LeaseLost:
                # another runner has it and goes on
                continue
            except (Blocked, StateError) as error:
                self._pause(error.sentence)
                continue
            if ended is not None and not self._stopping:
                self._readings.add(
                    self._start(
                        read_back(self._tenant, self._processes, self._clock, ended.id, self._on_change)
                    )
                )

    def _start(self, work: Coroutine[None, None, T]) -> asyncio.Task[T]:
        task = asyncio.create_task(work)
        task.add_done_callback(lambda _: self._woken.set())
        return task

    def _committed(self) -> None:
        self.trouble = ""
        self._on_change()

    def _pause(self, sentence: str) -> None:
        self.trouble = sentence
        self._paused_until = self._clock.monotonic() + self._limits.pause
        self._on_change()

    def _next_look(self) -> float:
        return max(self._paused_until, self._clock.monotonic() + self._limits.poll)


async def _cancel(*tasks: "asyncio.Task[Process | None] | asyncio.Task[None]") -> None:
    for task in tasks:
        task.cancel()
    await asyncio.gather(*tasks, return_exceptions=True)
