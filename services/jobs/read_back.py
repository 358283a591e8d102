"""Reading back: whether the tenant already shows what a finished process wrote."""

import asyncio
from collections.abc import Callable, Coroutine, Iterator
from datetime import datetime, timedelta

import msgspec

from services.jobs import auditing, looking
from services.jobs.sender import Sender
from services.operation import Operation
from services.task import decode
from state.clock import Clock
from state.processes import Processes
from state.values import Process, Step, StepClass

MOMENTS = (0.0, 2.0, 5.0, 15.0, 30.0)
"""Seconds after the end of a process at which it is read back."""
HELD = timedelta(seconds=60)
"""How long a read-back is one copy's own after each look; then another takes it up from there."""
SEEN = {
    StepClass.REFUSED: "The service refused it; the tenant shows it all the same.",
    StepClass.FAILED: "The service answered that it failed; the tenant shows it all the same.",
    StepClass.UNKNOWN: "No answer told what became of it; the tenant shows it.",
}
"""What is noted in the audit log of a step that was not known as done."""
_PAGE = 1000


class ReadBacks:
    """What is read back now: what ended here, and in a copy of the program that did not come to it.

    `on_change` is called when something was found, `most` is how many processes are read back side by side.
    """

    def __init__(
        self, tenant: Sender, processes: Processes, clock: Clock, on_change: Callable[[], None], most: int
    ) -> None:
        self._tenant = tenant
        self._processes = processes
        self._clock = clock
        self._on_change = on_change
        self._most = most
        self.tasks: set[asyncio.Task[None]] = set()

    def __bool__(self) -> bool:
        return bool(self.tasks)

    async def begin(self) -> list[asyncio.Task[None]]:
        """Begins what is due, the newest first, as far as there is room; returns what has begun.

        Raises `StateError`, also for one that began earlier and could not store what it found.
        """
        for task in [task for task in self.tasks if task.done()]:
            self.tasks.discard(task)
            task.result()
        begun: list[asyncio.Task[None]] = []
        while len(self.tasks) < self._most and (reading := await self._take()) is not None:
            begun.append(asyncio.create_task(reading))
            self.tasks.add(begun[-1])
        return begun

    async def run(self, process: int) -> None:
        """Reads this process back to the end, unless another copy of the program does. Raises `StateError`."""
        reading = await self._take(process)
        if reading is not None:
            await reading

    async def _take(self, process: int | None = None) -> Coroutine[None, None, None] | None:
        now = self._clock.now()
        found = await self._processes.readings.take(now, now + HELD, process)
        if found is None:
            return None
        return read_back(self._tenant, self._processes, self._clock, found, self._on_change)


async def read_back(
    tenant: Sender, processes: Processes, clock: Clock, process: Process, on_change: Callable[[], None]
) -> None:
    """Looks at every step that was done until the tenant shows it; stores what was found.

    What is not shown at the last moment is "not visible yet": a state, not a failure. At the first moment and at
    the last it looks at what was sent and refused, failed or is unknown, too: a service may have carried out
    what it denied. What the tenant did not tell at all is asked for again later, ever more rarely.

    One that was left half-way goes on at the moment that has come; one that ended long ago is looked at once.
    """
    begun = clock.monotonic()
    moments = _moments(process, clock.now())
    for at in moments:
        await clock.sleep(max(0.0, at - (clock.monotonic() - begun)))
        last = at == moments[-1]
        states = (StepClass.DONE, *SEEN) if last or at == moments[0] else (StepClass.DONE,)
        left = untold = after = 0
        while page := await processes.steps(process.id, states=states, after=after, limit=_PAGE, unseen=True):
            after = page[-1].number
            operations = dict(_lookable(page))
            found = await looking.once(tenant, operations)
            done = {step.number for step in page if step.state is StepClass.DONE}
            shown = {number: True for number, so in found.items() if so}
            if last:
                shown |= {number: False for number, so in found.items() if so is False and number in done}
            left += sum(number in done and not so for number, so in found.items())
            untold += sum(so is None for so in found.values())
            if shown:
                audit = {
                    s.number: auditing.entry(
                        process, operations[s.number], clock.now(), s.state, s.request_id, SEEN[s.state]
                    )
                    for s in page
                    if shown.get(s.number) and s.state in SEEN
                }
                await processes.readings.show(process.id, shown, audit)
                on_change()
            if len(page) == _PAGE:
                await processes.readings.hold(process.id, clock.now() + HELD)
        if not left:
            break
        await processes.readings.hold(process.id, clock.now() + HELD)
    if left and untold:
        await processes.readings.hold(process.id, clock.now() + max(HELD, _age(process, clock.now())))
    else:
        await processes.readings.end(process.id)


def _age(process: Process, now: datetime) -> timedelta:
    return max(timedelta(0), now - (process.ended_at or now))


def _moments(process: Process, now: datetime) -> list[float]:
    """Seconds from now: at once, then what is left of the moments."""
    age = _age(process, now).total_seconds()
    return [0.0, *(moment - age for moment in MOMENTS if moment > age)]


def _lookable(page: list[Step]) -> Iterator[tuple[int, Operation]]:
    """What can be looked at: what was never sent is not as wanted by any doing of the process."""
    for step in page:
        if step.state is not StepClass.DONE and not step.attempts:
            continue
        try:
            task = decode(step.operation)
        except msgspec.ValidationError:
            # another version of the program wrote it, and that one reads it back
            continue
        if isinstance(task, Operation) and task.look:
            yield step.number, task
