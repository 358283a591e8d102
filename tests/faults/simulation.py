"""One simulated run: processes, runners that are killed, a tenant that fails, and what must be true then."""

import asyncio
from pathlib import Path
from random import Random

import msgspec

from services.jobs.limits import Limits
from services.jobs.runner import JobRunner
from services.jobs.waiting import event_or
from services.operation import Operation, Repeat, encode
from state.audit import AuditLog
from state.processes import Processes
from state.values import NewProcess, NewStep, Step, StepClass
from tests.faults.points import Odds, Script
from tests.faults.tenant import NO_FAULTS, Chances, ModelTenant, Object, invitation, membership
from tests.faults.virtual import LIFE, Life, VirtualClock, WatchedDatabase

LIMITS = Limits(poll=5.0)
LONGEST = 4 * 3600.0
DELAYS = (0.5, 5.0, 35.0, 90.0)
"""Seconds, some of them longer than a lease."""


class Shape(msgspec.Struct, frozen=True):
    """What a seed makes of a run."""

    seed: int
    steps: int
    processes: int
    runners: int
    cancel_after: float | None
    chances: Chances
    odds: Odds


def shape_of(seed: int) -> Shape:
    """The run that belongs to a seed."""
    random = Random(seed)  # noqa: S311
    return Shape(
        seed=seed,
        steps=random.choice((1, 4, 8, 14)),
        processes=random.choice((1, 1, 1, 2)),
        runners=random.choice((1, 1, 2)),
        cancel_after=random.uniform(0, 5) if random.random() < 0.15 else None,
        chances=NO_FAULTS
        if random.random() < 0.1
        else Chances(item=random.choice((0.05, 0.2, 0.4)), lag=random.choice((0.0, 0.0, 1.0, 1.9))),
        odds=Odds(
            error=random.choice((0.0, 0.02, 0.06)),
            delay=random.choice((0.0, 0.02, 0.06)),
            kill=random.choice((0.05, 0.15)),
            kills=random.choice((0, 1, 2)),
        ),
    )


class Simulation:
    """A run of one seed on a shared database, in a tenant of its own."""

    def __init__(
        self, db: WatchedDatabase, shape: Shape, journal: Path, script: Script, tenant: str = ""
    ) -> None:
        self.shape = shape
        self.random = Random(shape.seed + 1)  # noqa: S311
        self.script = script
        tenant = tenant or f"tenant {shape.seed}"
        self.clock = VirtualClock()
        db.clock = self.clock
        self.tenant = ModelTenant(self.clock, self.random, shape.chances, journal)
        self.processes = Processes(db, tenant)
        self.audit = AuditLog(db, tenant)
        self.operations: dict[tuple[int, int], Operation] = {}
        self._changed = asyncio.Event()

    async def run(self) -> list[str]:
        """Everything that is wrong at the end; an empty list when all is as it must be."""
        moving = asyncio.create_task(self.clock.run())
        try:
            started = [await self._start() for _ in range(self.shape.processes)]
            runners = [asyncio.create_task(self._lives(n)) for n in range(self.shape.runners)]
            cancelling = asyncio.create_task(self._cancel(started[0]))
            try:
                await self._until_ended()
            finally:
                for task in (*runners, cancelling):
                    task.cancel()
                await asyncio.gather(*runners, cancelling, return_exceptions=True)
            return self.tenant.complaints + [
                wrong for number in started for wrong in await self._judge(number)
            ]
        finally:
            moving.cancel()
            await self.tenant.close()

    async def _start(self) -> int:
        operations = [self._operation(len(self.operations) + n) for n in range(self.shape.steps)]
        steps = [NewStep(encode(o), o.title, o.target, o.serial, o.repeat is Repeat.ONCE) for o in operations]
        new = NewProcess("apply", f"seed {self.shape.seed}", "operator")
        process = await self.processes.start(new, steps, [], self.clock.now())
        for number, operation in enumerate(operations, 1):
            self.operations[process, number] = operation
            self.tenant.steps[operation.target] = (process, number, operation.serial)
        return process

    def _operation(self, index: int) -> Operation:
        random = self.random
        group, user = f"g{random.randrange(max(2, self.shape.steps * 2 // 3))}", f"u{index}"
        if random.random() < 0.2:
            return invitation(group, user)
        present = random.random() < 0.6
        already = random.random() < 0.1
        kind = random.random()
        self.tenant.objects[f"{group}/{user}"] = Object(
            [(-1.0, present if already else not present)], dynamic=kind < 0.05, deleted=kind > 0.95
        )
        return membership(group, user, present)

    async def _lives(self, number: int) -> None:
        """A runner that is started again, under another name, each time it was killed."""
        for generation in range(1000):
            life = Life(self.script, self.clock, lambda: self.random.choice(DELAYS))
            LIFE.set(life)
            owner = f"runner {number}, life {generation}"
            runner = JobRunner(
                self.tenant, self.processes, self.clock, owner, on_change=self._changed.set, limits=LIMITS
            )
            running = asyncio.create_task(runner.run_forever())
            killed = asyncio.create_task(life.over.wait())
            try:
                await asyncio.wait({running, killed}, return_when=asyncio.FIRST_COMPLETED)
                if running.done():
                    running.result()
            finally:
                life.over.set()
                killed.cancel()
                running.cancel()
                await asyncio.gather(running, killed, return_exceptions=True)

    async def _cancel(self, process: int) -> None:
        if self.shape.cancel_after is not None:
            await self.clock.sleep(self.shape.cancel_after)
            await self.processes.cancel(process, self.clock.now())

    async def _until_ended(self) -> None:
        while await self.processes.running():
            if self.clock.seconds > LONGEST:
                raise AssertionError(f"seed {self.shape.seed}: still running after {LONGEST} s")
            self._changed.clear()
            # a cancel, or a kill after the last commit, ends a process without any runner's word
            await event_or(self.clock, self._changed, self.clock.seconds + LIMITS.poll)

    async def _judge(self, process: int) -> list[str]:
        ended = await self.processes.get(process)
        steps = await self.processes.steps(process)
        audited = await self._audited(process)
        wrong = [
            f"process {process} step {step.number} {step.target} is {step.state} ({step.sentence}): {why}"
            for step in steps
            if (why := self._wrong(step, self.operations[process, step.number]))
        ]
        if len(steps) != self.shape.steps:
            wrong.append(f"process {process} has {len(steps)} steps of {self.shape.steps}")
        for step in steps:
            wanted = [step.state] if step.attempts else []
            if audited.get(step.target, []) != wanted:
                wrong.append(f"{step.target} is {step.state}, audited as {audited.get(step.target)}")
        for step_class in StepClass:
            if ended.counts.get(step_class, 0) != sum(step.state is step_class for step in steps):
                wrong.append(f"process {process} miscounts {step_class}")
        return wrong

    async def _audited(self, process: int) -> dict[str, list[StepClass]]:
        """How each target's steps ended by the audit log, without what was noted of them later."""
        found: dict[str, list[StepClass]] = {}
        for entry in await self.audit.of_user("", limit=1000):
            if entry.process == process and not entry.note:
                found.setdefault(entry.target, []).append(entry.outcome)
        return found

    def _wrong(self, step: Step, operation: Operation) -> str:
        if operation.repeat is Repeat.ONCE:
            return _wrong_once(step, self.tenant.effects[operation.target])
        thing = self.tenant.objects[operation.target]
        present = operation.after["member"]
        so = self.tenant.holds(operation.target) == present
        was_so = thing.history[0][1] == present
        return _wrong_set(step, operation, thing, so, was_so, self.shape.cancel_after is not None)


def _wrong_once(step: Step, effects: int) -> str:
    if effects > 1:
        return f"it happened {effects} times"
    wanted = {StepClass.DONE: 1, StepClass.CANCELLED: 0, StepClass.FAILED: 0, StepClass.REFUSED: 0}
    if step.state is StepClass.UNKNOWN:
        return "" if step.attempts else "it was never sent"
    return "" if wanted.get(step.state) == effects else f"it happened {effects} times"


def _wrong_set(
    step: Step, operation: Operation, thing: Object, so: bool, was_so: bool, cancelled: bool
) -> str:
    if step.state is StepClass.CANCELLED:
        return "it happened" if so and not was_so else ""
    if step.state is StepClass.UNKNOWN or step.state is StepClass.FAILED:
        if step.attempts < LIMITS.attempts and not cancelled:
            return "it was given up too early"
        return "it happened" if so and not was_so and step.state is StepClass.FAILED else ""
    if step.state is StepClass.DONE and so:
        return ""
    if thing.dynamic:
        return "" if step.state is StepClass.REFUSED else "the service refuses it"
    if thing.deleted and operation.after["member"]:
        return "" if step.state is StepClass.REFUSED else "the group is gone"
    if step.state is StepClass.ALREADY_SO:
        return "" if was_so or thing.deleted else "it was not so before"
    if step.state is StepClass.DONE:
        return "" if thing.deleted else "it is not so"
    return "it is nothing of the kind"
