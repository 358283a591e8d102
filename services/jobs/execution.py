"""Execution: one process from its claim to its end, with nothing sent that was not journaled before."""

import asyncio
from collections.abc import Callable, Sequence

import msgspec

from services.errors import RollcallError
from services.jobs import flight, looked, looking
from services.jobs.admission import Admission, Admit, anything
from services.jobs.flight import Landed
from services.jobs.lanes import Lanes
from services.jobs.lease import Lease, Moment
from services.jobs.ledger import Ledger
from services.jobs.limits import Limits
from services.jobs.pausing import UNKNOWN_ROLES, Lack, Roles
from services.jobs.sender import Sender
from services.jobs.step_queue import StepQueue, Waiting
from services.jobs.waiting import event_or
from services.log.events import about
from services.operation import Operation
from services.task import decode
from services.vault import GONE, Vault, names
from state.clock import Clock
from state.entries import Written
from state.processes import Processes
from state.values import Process, Step, StepClass, StepResult

_WINDOW = 400
"""Steps in memory that wait, while there are more: enough for the most batches that any service takes at once."""
_PAGE = 200
"""Steps read from the journal in one go, in a few milliseconds: meanwhile no key is answered."""


class Blocked(RollcallError):
    """Nothing more can be sent until something changes outside; `sentence` says what."""


class Execution:
    """Runs one claimed process. Every turn is one commit: what came in, and what goes out next.

    `vault` has the secrets that its steps name. `alone`: no other copy of the program has them, so that only
    an orderly end gives the process back to the others. `admit` tells what may be sent here: a process
    with a step that may not is refused as a whole, as half a plan can do more harm than none. It is asked again
    before each batch: what is taken away from the operator meanwhile is not sent any more. `roles` tells when the
    directory role that a step needs is over: then the process pauses, and its steps wait.

    Answers that come in while a commit is on its way to the disk share the next one, so that journaling
    costs a lane at most two commits a batch, whatever the number of lanes.
    """

    def __init__(
        self,
        process: Process,
        tenant: Sender,
        processes: Processes,
        clock: Clock,
        owner: str,
        limits: Limits,
        claimed: Moment,
        on_change: Callable[[], None],
        on_trouble: Callable[[str], None],
        vault: Vault | None = None,
        alone: bool = False,
        admit: Admit = anything,
        roles: Roles = UNKNOWN_ROLES,
    ) -> None:
        self.process = process
        self._vault = vault or Vault()
        self._alone = alone
        self._on_change = on_change
        self._admission = Admission(admit, processes, process)
        self._tenant = tenant
        self._processes = processes
        self._clock = clock
        self._owner = owner
        self._limits = limits
        self._woken = asyncio.Event()
        self._lease = Lease(process.id, processes, clock, owner, limits, claimed, self.wake, on_trouble)
        self._ledger = Ledger(process, processes, clock, owner, self._lease, on_change, on_trouble)
        self._lanes = Lanes(tenant, clock, self._woken.set)
        self._queue = StepQueue()
        self._read_to: int | None = 0
        self._ask = True
        self._stop_at: float | None = None
        self._cancelling = False
        self._blocked = ""
        self._roles = roles
        self._lack: Lack | None = None

    def wake(self) -> None:
        """Looks into the journal now: somebody may have cancelled the process."""
        self._ask = True
        self._woken.set()

    def stop(self) -> None:
        """Sends nothing more; what is in flight is finished."""
        self._stop_at = self._clock.monotonic() + self._limits.stop
        self._woken.set()

    async def run(self) -> Process | None:
        """Runs to the end of the process and returns it; None when it was stopped before.

        Raises LeaseLost (nothing more is sent from that moment), Blocked, StateError. However it ends,
        nothing of the process is in flight afterwards.
        """
        with about(process=self.process.id):
            return await self._run()

    async def _run(self) -> Process | None:
        try:
            async with self._lease:
                self._blocked = await self._admission.enter()
                if self._admission.refused:
                    self._ledger.say(f"Refused here as a whole: {self._admission.refused}")
                if not self._blocked:
                    await self._resume()
                while await self._turn():
                    pass
                if self._stop_at is None and not self._blocked and not self._paused:
                    return await self._ledger.finish()
        finally:
            await self._lanes.abandon()
        if self._lack is not None and self._paused:
            await self._processes.pause(
                self.process.id,
                self._owner,
                self._lack.sentence,
                self._lack.roles,
                self._clock.now(),
                keep=self._alone,
            )
            self._on_change()
            return None
        if not self._alone or self._stop_at is not None:
            await self._processes.release(self.process.id, self._owner)
        if self._blocked:
            raise Blocked(self._blocked)
        return None

    async def _turn(self) -> bool:
        """One commit and what follows from it; False when nothing is left to do."""
        self._woken.clear()
        self._lease.check()
        if self._stop_at is not None:
            await self._lanes.stop_looking()
            for recalled in await self._lanes.recall():
                self._take(recalled)
        for landed in self._lanes.landed():
            self._take(landed)
        batches = await self._next_batches()
        if batches or self._ledger or self._ask:
            self._ask = False
            written = await self._ledger.commit([step.number for batch in batches for step in batch])
            self._launch(batches, written)
        if self._ledger:
            return True
        more = not self._halted and (bool(self._queue) or self._read_to is not None)
        if not self._lanes and not more:
            return False
        if self._stop_at is not None and self._clock.monotonic() >= self._stop_at:
            return False
        await event_or(self._clock, self._woken, self._next_moment())
        return True

    @property
    def _halted(self) -> bool:
        return self._stop_at is not None or self._cancelling or bool(self._blocked) or self._lack is not None

    @property
    def _paused(self) -> bool:
        """Whether it waits for a role; what was cancelled, or stops for another reason, does not."""
        return self._lack is not None and not (self._cancelling or self._blocked or self._stop_at is not None)

    async def _next_batches(self) -> list[list[Waiting]]:
        if self._halted:
            return []
        await self._read_ahead()
        batches = self._queue.pick(self._clock.monotonic(), self._lanes.room, self._lanes.size)
        return await self._admitted(batches) if batches else []

    async def _admitted(self, batches: list[list[Waiting]]) -> list[list[Waiting]]:
        """The batches as they may be sent: none where the operator lost the right to a step, or may have."""
        steps = [step for batch in batches for step in batch]
        self._blocked = await self._admission.ask(step.operation for step in steps)
        if not self._blocked and not self._admission.refused:
            self._lack = self._lack or await self._roles.before([step.operation for step in steps])
            if self._lack is None:
                return batches
        self._queue.free(steps)
        self._queue.add(steps)
        if self._admission.refused:
            self._ledger.say(f"Refused from here on: {self._admission.refused}")
            self._refuse(self._queue.drain())
        return []

    def _next_moment(self) -> float:
        now = self._clock.monotonic()
        moments = (self._queue.next_due(now), self._lanes.next_try(), self._stop_at, self._lease.until)
        return min(moment for moment in moments if moment is not None)

    def _take(self, landed: Landed) -> None:
        """What a flight brought goes to the next commit; its steps go on as they must."""
        self._ledger.add(landed)
        self._forget(landed)
        self._blocked = self._blocked or landed.blocked
        self._lack = self._lack or landed.lack
        self._queue.free(landed.steps)
        self._queue.add(landed.again)
        self._look(landed.unsure, looking.RESUMING, None)
        if landed.doubtful:
            self._look(landed.doubtful, looking.GIVING_UP, StepClass.FAILED)
        if landed.claimed:
            self._queue.engage(landed.claimed)
            self._lanes.look(looked.believe(self._tenant, self._clock, landed.claimed))
        if self._cancelling:
            self._call_back()

    def _forget(self, landed: Landed) -> None:
        """A secret goes with the step that needed it, as soon as that has ended."""
        ended = {result.number for result in landed.results if result.state is not StepClass.WAITING}
        for step in landed.steps:
            if step.number in ended:
                self._vault.forget(names(step.operation.request.body))

    def _launch(self, batches: Sequence[Sequence[Waiting]], written: Written) -> None:
        """Sends what the journal has as sent; the rest was cancelled meanwhile."""
        for batch in batches:
            going = [
                msgspec.structs.replace(step, attempts=step.attempts + 1)
                for step in batch
                if step.number in written.send
            ]
            staying = [step for step in batch if step.number not in written.send]
            self._queue.free(staying)
            self._queue.add(step for step in staying if step.attempts)
            if going:
                departure = flight.Departure(self._lease.check)
                journey = flight.carry(self._tenant, self._clock, going, self._limits, departure, self._roles)
                self._lanes.carry(going, journey, departure)
        if written.cancelling:
            self._cancelling, self._read_to = True, None
            self._call_back()

    def _call_back(self) -> None:
        """After a cancel: what was never sent is out already, what was sent is looked at and classed."""
        if self._stop_at is not None:
            return
        sent = [step for step in self._queue.drain() if step.attempts]
        never_ran = [step for step in sent if step.once]
        self._ledger.add(Landed(never_ran, [_cancelled(step) for step in never_ran]))
        self._look([step for step in sent if not step.once], looking.GIVING_UP, StepClass.CANCELLED)

    async def _read_ahead(self) -> None:
        """Keeps enough waiting steps in memory to fill every lane, and no more."""
        while self._read_to is not None and len(self._queue) < _WINDOW:
            page = await self._processes.steps(
                self.process.id, states=(StepClass.WAITING,), after=self._read_to, limit=_PAGE
            )
            self._read_to = page[-1].number if len(page) == _PAGE else None
            read = self._sendable(self._readable(page))
            if self._admission.refused:
                self._refuse(read)
                return
            worn = [step for step in read if step.attempts >= self._limits.attempts]
            self._look(worn, looking.GIVING_UP, StepClass.FAILED)
            self._queue.add(step for step in read if step.attempts < self._limits.attempts)

    def _refuse(self, steps: Sequence[Waiting]) -> None:
        """These are not sent here; of one that was sent before and may have arrived, it is looked what became of it."""
        doubtful = [step for step in steps if step.attempts and not step.once]
        self._look(doubtful, looking.GIVING_UP, StepClass.REFUSED)
        for step in steps:
            if step.once or not step.attempts:
                self._ledger.refuse(step.number, f"Not sent: {self._admission.refused}")
                self._vault.forget(names(step.operation.request.body))

    def _sendable(self, steps: Sequence[Waiting]) -> list[Waiting]:
        """The steps whose secrets are here; one whose secret is gone fails here, unsent."""
        gone = {step.number for step in steps if self._vault.lacks(step.operation.request)}
        for step in steps:
            if step.number in gone:
                self._ledger.fail(step.number, GONE)
                self._ledger.say(f"{step.operation.target}: {GONE}")
        return [step for step in steps if step.number not in gone]

    async def _resume(self) -> None:
        """Takes up what an earlier runner left *sent*: nobody here knows what became of it."""
        after, found = 0, list[Waiting]()
        while page := await self._processes.steps(
            self.process.id, states=(StepClass.SENT,), after=after, limit=_PAGE
        ):
            found += self._readable(page)
            after = page[-1].number
        if found:
            self._ledger.say(f"Taken up again: {len(found):,} steps were on their way")
        once = [step for step in found if step.once]
        blind = [step for step in once if step.operation.look is None]
        self._ledger.add(Landed(blind, [looked.lost(step) for step in blind]))
        seen = [step for step in once if step.operation.look is not None]
        self._look(seen, looking.GIVING_UP, StepClass.UNKNOWN)
        again = [step for step in found if not step.once]
        if self._admission.refused:
            self._look(again, looking.GIVING_UP, StepClass.REFUSED)
        else:
            self._look(again, looking.RESUMING, None)

    def _readable(self, steps: Sequence[Step]) -> list[Waiting]:
        """The steps with their operations; one that cannot be read fails here, unsent."""
        read = []
        for step in steps:
            try:
                task = decode(step.operation)
            except msgspec.ValidationError as error:
                self._ledger.fail(step.number, f"This version of Rollcall cannot read the step ({error}).")
                continue
            if isinstance(task, Operation):
                read.append(Waiting(step.number, task, step.serial, step.once, step.attempts))
            else:
                self._ledger.fail(step.number, "A file cannot be written among calls to a service.")
        return read

    def _look(
        self, steps: Sequence[Waiting], patience: looking.Patience, otherwise: StepClass | None
    ) -> None:
        if steps:
            self._queue.engage(steps)
            self._lanes.look(looked.look(self._tenant, self._clock, steps, patience, otherwise))


def _cancelled(step: Waiting) -> StepResult:
    sentence = "Cancelled; the service had not carried it out."
    return StepResult(step.number, StepClass.CANCELLED, sentence=sentence)
