"""Engine: the runner and the scheduler of one tenant at work, begun, woken and brought to an end together."""

import asyncio
import contextlib
from collections.abc import Callable, Mapping, Sequence

from services.jobs.runner import JobRunner
from services.jobs.scheduler import Scheduler
from services.secret import Secret
from state.values import NewProcess, NewStep


class Engine:
    """What runs processes and starts schedules. `on_defect` is told a mistake of the program that ended either."""

    def __init__(
        self, runner: JobRunner, scheduler: Scheduler, on_defect: Callable[[Exception], object]
    ) -> None:
        self._runner = runner
        self._scheduler = scheduler
        self._on_defect = on_defect
        self._running: asyncio.Task[None] | None = None
        self._scheduling: asyncio.Task[None] | None = None

    def begin(self, *, scheduling: bool) -> None:
        """Goes on with what was started and, with `scheduling`, starts what is due."""
        self._running = asyncio.create_task(self._runner.run_forever())
        self._running.add_done_callback(self._ended)
        if scheduling:
            self._scheduling = asyncio.create_task(self._scheduler.run_forever())
            self._scheduling.add_done_callback(self._ended)

    @property
    def busy(self) -> bool:
        """Whether a process is run here now."""
        return self._runner.busy

    @property
    def troubles(self) -> list[str]:
        """One sentence for each thing that keeps processes or schedules from going on."""
        left = [f"#{number} is left to others: {why}" for number, why in self._runner.leaving.reasons.items()]
        return [trouble for trouble in (self._runner.trouble, self._scheduler.trouble, *left) if trouble]

    def wake(self) -> None:
        """A process was journaled, or what kept one from going on may be gone: looks at once."""
        self._runner.wake()

    def wake_all(self) -> None:
        """The same, also for what kept schedules from being started."""
        self._runner.wake()
        self._scheduler.wake()

    async def start_alone(
        self, new: NewProcess, steps: Sequence[NewStep], secrets: Mapping[str, Secret]
    ) -> int:
        """Journals a process that no other copy of the program may run; returns its number. Raises `StateError`."""
        number = await self._runner.kept.start(new, steps, secrets)
        self._runner.wake()
        return number

    async def finish(self) -> None:
        """Starts nothing more, and returns when the processes that are run here have come to their ends."""
        await self._stop_scheduling()
        if self._running is not None:
            self._runner.finish()
            await self._running

    async def drain(self) -> None:
        """Starts every schedule that is due, and returns when nothing is left that could be run here now.

        Raises `StateError` when the schedules cannot be read.
        """
        await self._stop_scheduling()
        await self._scheduler.start_due()
        if self._running is not None:
            self._runner.drain()
            await self._running

    async def stop(self) -> None:
        """Finishes what is in flight and lets the rest wait in the journal. Raises again what ended the runner."""
        await self._stop_scheduling()
        if self._running is not None:
            await self._runner.stop()
            await self._running

    async def _stop_scheduling(self) -> None:
        if self._scheduling is not None:
            self._scheduling.cancel()
            with contextlib.suppress(asyncio.CancelledError):
                await self._scheduling

    def _ended(self, task: asyncio.Task[None]) -> None:
        error = None if task.cancelled() else task.exception()
        if isinstance(error, Exception):
            self._on_defect(error)
