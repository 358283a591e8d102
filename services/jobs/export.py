"""ExportExecution: one process that writes files, from its claim to its end, under the same lease and ledger."""

import asyncio
from collections.abc import Callable
from typing import Protocol, TypeAlias

import msgspec

from services.errors import (
    InvalidInput,
    NotFound,
    NotPermitted,
    Rejected,
    RollcallError,
    ServiceDown,
    SignInNeeded,
    Throttled,
    Unreachable,
)
from services.jobs.execution import Blocked
from services.jobs.lease import Lease, Moment
from services.jobs.ledger import Ledger
from services.jobs.limits import Limits, backoff
from services.jobs.waiting import event_or
from services.task import Export, decode
from state.clock import Clock
from state.processes import Processes
from state.values import Process, Step, StepClass, StepResult

BETWEEN_NEWS = 0.5
"""Seconds between two commits that only say how far it is."""

Report: TypeAlias = Callable[[str, int, int], None]
"""Told what is being done, and how far it is of how much (0: not known yet); as often as one likes."""

_AGAIN = (Throttled, ServiceDown, Unreachable)
_REFUSED = (InvalidInput, NotPermitted, NotFound, Rejected)


class Exporter(Protocol):
    """What writes the files."""

    async def write(self, order: Export, report: Report) -> str:
        """Writes the whole file and returns the sentence that says where it is and what is in it.

        However it ends, nothing stands under the final name but a whole file. Raises `RollcallError`.
        """
        ...

    async def tidy(self, order: Export) -> None:
        """Removes what is left of the work, once the journal knows how it ended; never raises."""
        ...


class ExportExecution:
    """Runs one claimed process of exports, one after the other. What was cut off starts over."""

    def __init__(
        self,
        process: Process,
        exporter: Exporter,
        processes: Processes,
        clock: Clock,
        owner: str,
        limits: Limits,
        claimed: Moment,
        on_change: Callable[[], None],
        on_trouble: Callable[[str], None],
    ) -> None:
        self.process = process
        self._exporter = exporter
        self._processes = processes
        self._clock = clock
        self._owner = owner
        self._limits = limits
        self._woken = asyncio.Event()
        self._lease = Lease(process.id, processes, clock, owner, limits, claimed, self.wake, on_trouble)
        self._ledger = Ledger(process, processes, clock, owner, self._lease, on_change, on_trouble)
        self._stopping = False
        self._what = ""
        self._far = self._known = (0, 0)

    def wake(self) -> None:
        """Looks into the journal now: somebody may have cancelled the process."""
        self._woken.set()

    def stop(self) -> None:
        """Gives up the file that is being written; whoever claims the process next starts it over."""
        self._stopping = True
        self._woken.set()

    async def run(self) -> Process | None:
        """Runs to the end of the process and returns it; None when it was stopped before.

        Raises LeaseLost, Blocked, StateError.
        """
        open_steps = (StepClass.WAITING, StepClass.SENT)
        blocked = ""
        async with self._lease:
            for step in await self._processes.steps(self.process.id, states=open_steps):
                try:
                    await self._do(step)
                except (_Stopped, SignInNeeded) as reason:
                    self._ledger.unsend(step.number)
                    await self._ledger.commit(())
                    blocked = getattr(reason, "sentence", "")
                    break
            else:
                return await self._ledger.finish()
        await self._processes.release(self.process.id, self._owner)
        if blocked:
            raise Blocked(blocked)
        return None

    async def _do(self, step: Step) -> None:
        """Carries out one step to its end. Raises `_Stopped`, `SignInNeeded`."""
        order = _order(step)
        if order is None:
            self._ledger.fail(step.number, "This version of Rollcall cannot read the step.")
            await self._ledger.commit(())
            return
        attempts, result = step.attempts, StepResult(step.number, StepClass.WAITING)
        if step.state is StepClass.SENT:
            self._ledger.say("Taken up again: the file was not finished, so it is written anew")
            self._ledger.again(result)
        while result.state is StepClass.WAITING:
            if not await self._begun(step.number):
                # what was never begun is out already
                result = _cancelled(step.number, (0, 0))
                break
            attempts += 1
            result, wait = await self._tried(step.number, order, last=attempts >= self._limits.attempts)
            if result.state is StepClass.WAITING:
                self._ledger.again(result)
                await self._pause(max(wait, backoff(attempts)), result.sentence)
        self._ledger.settle(result, order.title, order.path)
        await self._ledger.commit(())
        await self._exporter.tidy(order)

    async def _begun(self, number: int) -> bool:
        """Marks the step as under way before anything is written; False when it was cancelled meanwhile."""
        return number in (await self._ledger.commit((number,))).send

    async def _tried(self, number: int, order: Export, *, last: bool) -> tuple[StepResult, float]:
        """What became of one try, and how long to wait before the next. Raises `_Stopped`, `SignInNeeded`."""
        try:
            sentence = await self._written(order)
        except SignInNeeded:
            raise
        except _Cancelled:
            return _cancelled(number, self._far), 0.0
        except RollcallError as error:
            state = StepClass.REFUSED if isinstance(error, _REFUSED) else StepClass.FAILED
            if isinstance(error, _AGAIN) and not last:
                state = StepClass.WAITING
            result = StepResult(number, state, error.status, error.sentence, error.request_id)
            return result, error.retry_after if isinstance(error, Throttled) else 0.0
        return StepResult(number, StepClass.DONE, sentence=sentence), 0.0

    async def _written(self, order: Export) -> str:
        """The exporter's sentence. Raises what it raises, `_Cancelled` and `_Stopped`."""
        self._take_news("", 0, 0)
        writing = asyncio.create_task(self._exporter.write(order, self._take_news))
        writing.add_done_callback(lambda _: self._woken.set())
        try:
            while not writing.done():
                await event_or(self._clock, self._woken, self._clock.monotonic() + BETWEEN_NEWS)
                self._woken.clear()
                self._lease.check()
                if not writing.done():
                    await self._tell()
        except (_Cancelled, _Stopped):
            writing.cancel()
            await asyncio.wait({writing})
            if writing.cancelled():
                raise
        finally:
            writing.cancel()
            await asyncio.wait({writing})
        # also when it was finished before the cancel reached it: the file is there
        return writing.result()

    async def _tell(self) -> None:
        """Tells the journal how far it is, and hears from it whether to go on."""
        if self._stopping:
            raise _Stopped
        if self._far != self._known:
            self._ledger.progress = self._known = self._far
        if (await self._ledger.commit(())).cancelling:
            raise _Cancelled("")

    def _take_news(self, what: str, done: int, total: int) -> None:
        if what and what != self._what:
            self._ledger.say(what)
        self._what, self._far = what, (done, total)

    async def _pause(self, seconds: float, why: str) -> None:
        """Waits before the next try; a cancel ends it. Raises `_Stopped`."""
        until = self._clock.monotonic() + seconds
        self._ledger.say(f"waiting {seconds:.0f} s, then the file is written anew: {why}")
        while self._clock.monotonic() < until:
            self._woken.clear()
            self._lease.check()
            if (await self._ledger.commit(())).cancelling:
                return
            if self._stopping:
                raise _Stopped
            await event_or(self._clock, self._woken, min(until, self._lease.until))


class _Cancelled(RollcallError):
    """Nobody wants the file any more."""


class _Stopped(Exception):
    """The program ends; the next one takes the process up."""


def _order(step: Step) -> Export | None:
    try:
        task = decode(step.operation)
    except msgspec.ValidationError:
        return None
    return task if isinstance(task, Export) else None


def _cancelled(number: int, far: tuple[int, int]) -> StepResult:
    done, total = far
    after = f" after {done:,} of {total:,} rows" if total else ""
    return StepResult(number, StepClass.CANCELLED, sentence=f"Cancelled{after}; no file was written.")
