"""Scheduler: has every schedule become a process at its instant, once, whatever runs, restarts or sets the clock."""

import asyncio
import logging
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from typing import TypeAlias

import msgspec

from services.errors import (
    BadAnswer,
    RollcallError,
    ServiceDown,
    SignInNeeded,
    Throttled,
    Unreachable,
)
from services.jobs.alarm import Alarm
from services.jobs.waiting import event_or
from services.log.events import tell
from state.clock import Clock
from state.errors import StateError
from state.schedule_values import Schedule
from state.schedules import Schedules
from state.values import NewProcess, NewStep

LOOK = 20.0
"""Seconds, by the clock that nobody sets, between looks for what others scheduled and for a clock that was set."""

LEASE = timedelta(minutes=5)
"""How long one may take to plan a schedule before another takes it over."""

PATIENCE = timedelta(hours=1)
"""How long a schedule is planned again and again while a service is down."""

_SIDE_BY_SIDE = 4
_FIRST_PAUSE, _LONGEST_PAUSE = 15.0, 300.0
_PASSING = (ServiceDown, Unreachable, Throttled, SignInNeeded, BadAnswer)
"""What may be better in a while; everything else stays as it is."""


class Planned(msgspec.Struct, frozen=True):
    """What a schedule comes to now: its process, the steps, and the first lines of its log."""

    new: NewProcess
    steps: Sequence[NewStep]
    lines: Sequence[str] = ()


Plan: TypeAlias = Callable[[Schedule], Awaitable[Planned]]
"""Plans a schedule from its answers, as the tenant is now. Raises `RollcallError`."""


class Scheduler:
    """Starts what is due. `owner` names this one alone. `limit`: what is later than that asks the operator.

    `started` is called after a schedule became a process, or changed in the database otherwise.
    """

    def __init__(
        self,
        schedules: Schedules,
        clock: Clock,
        owner: str,
        plan: Plan,
        *,
        alarm: Alarm,
        limit: timedelta,
        started: Callable[[], None],
    ) -> None:
        self._schedules = schedules
        self._clock = clock
        self._owner = owner
        self._plan = plan
        self._alarm = alarm
        self._limit = limit
        self._started = started
        self._woken = asyncio.Event()
        self.trouble = ""

    def wake(self) -> None:
        """A schedule was made, changed or cancelled here: looks at once."""
        self._woken.set()

    async def run_forever(self) -> None:
        """Starts what is due until it is cancelled."""
        try:
            while True:
                self._woken.clear()
                try:
                    self._alarm.set(await self.start_due(), self.wake)
                    self.trouble = ""
                except StateError as error:
                    # the state file is the truth: without it nothing may start
                    self.trouble = error.sentence
                await event_or(self._clock, self._woken, self._clock.monotonic() + LOOK)
        finally:
            await self._alarm.stop()

    async def start_due(self) -> datetime | None:
        """Starts everything that is due; returns the moment of the next. Raises `StateError`."""
        moment = await self._schedules.next_moment(self._clock.now(), LEASE)
        if moment is not None and moment <= self._clock.now():
            async with asyncio.TaskGroup() as group:
                several = [group.create_task(self._start_each()) for _ in range(_SIDE_BY_SIDE)]
            for each in several:
                if error := each.result():
                    raise error
            moment = await self._schedules.next_moment(self._clock.now(), LEASE)
        return moment

    async def _start_each(self) -> StateError | None:
        """Starts one after the other until none is due; what the state file says stops this one alone."""
        try:
            while taken := await self._schedules.take(self._owner, self._clock.now(), LEASE, self._limit):
                try:
                    await self._start(taken)
                except asyncio.CancelledError:
                    await self._schedules.release(taken, self._owner)
                    raise
                self._started()
        except StateError as error:
            return error
        return None

    async def _start(self, taken: Schedule) -> None:
        try:
            planned = await self._plan(taken)
        except RollcallError as error:
            await self._not_planned(taken, error)
            return
        lines = [*_history(taken), *planned.lines]
        now = self._clock.now()
        tell("schedule-started", schedule=taken.id, steps=len(planned.steps))
        await self._schedules.start(taken, self._owner, planned.new, planned.steps, lines, now)

    async def _not_planned(self, taken: Schedule, error: RollcallError) -> None:
        now = self._clock.now()
        tell("schedule-not-planned", level=logging.WARNING, schedule=taken.id, error=type(error).__name__)
        pause = timedelta(seconds=min(_LONGEST_PAUSE, _FIRST_PAUSE * 2.0**taken.attempts))
        asked = error.retry_after if isinstance(error, Throttled) else 0.0
        again = now + max(pause, timedelta(seconds=asked))
        # somebody may sign in hours later; a service that is down so long needs a person
        patience = max(PATIENCE, self._limit) if isinstance(error, SignInNeeded) else PATIENCE
        if isinstance(error, _PASSING) and again - (taken.tried_at or now) <= patience:
            await self._schedules.postpone(taken, self._owner, error.sentence, again)
            return
        tries = f" in {taken.attempts + 1} tries" if taken.attempts else ""
        sentence = f"Not started{tries}: {error.sentence}"
        await self._schedules.fail(taken, self._owner, process_of(taken), sentence, now)


def process_of(schedule: Schedule) -> NewProcess:
    """The process that the schedule becomes."""
    plan = schedule.plan
    title = f"{plan.title} · {plan.user_name}"
    return NewProcess(plan.action, title, plan.operator, plan.user, reason=plan.reason)


def _history(schedule: Schedule) -> list[str]:
    """Where the process comes from, for its log."""
    plan = schedule.plan
    at = f"{plan.at:%Y-%m-%d %H:%M} UTC"
    local = "" if plan.zone == "UTC" else f" ({plan.local} {plan.zone})"
    how = "; started on demand" if schedule.asked else ""
    lines = [f"Schedule {schedule.id}, made by {plan.operator} for {at}{local}{how}"]
    if schedule.attempts:
        lines.append(f"Planned in try {schedule.attempts + 1}; before: {schedule.sentence}")
    return lines
