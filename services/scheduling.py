"""Scheduling: a tenant's schedules as the operator uses them, planned by the actions' own code when they are due."""

from collections.abc import Awaitable, Callable, Mapping, Sequence

from services import people
from services.action import Action
from services.actions.block_sign_in import STAYS
from services.errors import InvalidInput, NotFound
from services.operation import Operation
from services.tenant import Tenant
from services.user import Tag
from state.clock import Clock
from state.schedule_values import NewSchedule, Schedule, ScheduleStatus, Worker
from state.schedules import Schedules
from state.workers import Workers

NOBODY = "No worker is alive: schedules start only while Rollcall is open."
NOBODY_AT_LENGTH = f"{NOBODY} What is missed starts late; rollcall worker needs no screen."


class Scheduling:
    """What is scheduled in one tenant. `must_grant` raises where the action of this id may not be scheduled,
    `must_reason` where the reason is missing.

    `wake` has what is due looked at, as after everything that is stored here. Everything raises
    `NotPermitted` when read-only or when the operator's portal role does not grant the action, and `StateError`
    when it cannot be stored or is not open any more.
    """

    def __init__(
        self,
        schedules: Schedules,
        workers: Workers,
        clock: Clock,
        must_grant: Callable[[str], Awaitable[None]],
        must_reason: Callable[[str], str],
        wake: Callable[[], None],
    ) -> None:
        self._schedules = schedules
        self._workers = workers
        self._clock = clock
        self._must_grant = must_grant
        self._must_reason = must_reason
        self.wake = wake

    async def make(self, new: NewSchedule) -> int:
        """Stores a schedule; returns its number. Raises `InvalidInput` as `change`."""
        await self._must_grant(new.kind)
        self._must_reason(new.reason)
        self._to_come(new)
        number = await self._schedules.add(new, self._clock.now())
        self.wake()
        return number

    async def change(self, schedule: Schedule, new: NewSchedule) -> None:
        """Puts `new` in its place. Raises `InvalidInput` when its time is over, or without a reason asked for."""
        await self._must_grant(schedule.plan.kind)
        await self._must_grant(new.kind)
        self._must_reason(new.reason)
        self._to_come(new)
        await self._schedules.change(schedule.id, schedule.revision, new)
        self.wake()

    async def run_now(self, schedule: int) -> None:
        """Has it start at once."""
        await self._must_grant((await self._schedules.get(schedule)).plan.kind)
        await self._schedules.run_now(schedule, self._clock.now())
        self.wake()

    async def cancel(self, schedule: int) -> None:
        """It will not start."""
        await self._must_grant((await self._schedules.get(schedule)).plan.kind)
        await self._schedules.cancel(schedule, self._clock.now())
        self.wake()

    async def missed(self) -> list[Schedule]:
        """What is too late to start by itself and asks the operator."""
        return [each for each in await self._schedules.upcoming() if each.status is ScheduleStatus.MISSED]

    async def runs_it(self, *, at_length: bool = False) -> str:
        """What will start a schedule when its time has come, in a sentence or `at_length`."""
        said = runs_it(await self._workers.alive(self._clock.now()))
        return NOBODY_AT_LENGTH if at_length and said == NOBODY else said

    def _to_come(self, new: NewSchedule) -> None:
        if new.at <= self._clock.now():
            raise InvalidInput(f"{new.local} in {new.zone} is over by now: choose a time to come.")


async def operations(
    tenant: Tenant, actions: Mapping[str, Action], schedule: Schedule
) -> tuple[Sequence[Operation], Sequence[str]]:
    """What the schedule's answers come to now, and what is to be told besides. Raises `RollcallError`."""
    plan = schedule.plan
    action = actions.get(plan.action)
    if action is None:
        raise InvalidInput(f"This version of Rollcall does not know the action {plan.action}.")
    user = await people.find(tenant, plan.user)
    if user.deleted:
        raise NotFound(f"{user.name} is deleted: nothing was sent. Restore the user, then schedule it again.")
    form = await action.ask(tenant, user, None)
    planned = action.plan(user, form, plan.answers)
    if objection := next((o.objection for o in planned if o.objection), ""):
        raise InvalidInput(objection)
    return planned, form.facts.get(STAYS) or form.told


def runs_it(workers: Sequence[Worker]) -> str:
    """What will start a schedule of this tenant, with these workers alive."""
    if not workers:
        return NOBODY
    return f"A worker is alive on {workers[0].host} (pid {workers[0].pid}): it starts schedules, screen or no screen."


def tags(waiting: Sequence[Schedule]) -> tuple[Tag, ...]:
    """What is scheduled for a user, as marks beside the name: the day is that of the schedule's own zone."""
    return tuple(
        Tag(
            f"{each.plan.tag or each.plan.title} {_HOW[each.status][0]} {each.plan.local[:10]}",
            _HOW[each.status][1],
        )
        for each in waiting
    )


_HOW = {ScheduleStatus.WAITING: ("scheduled", "warning"), ScheduleStatus.MISSED: ("missed", "error")}
