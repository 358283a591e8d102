"""ScheduleRows: schedules as they stand among the processes: what is to come above what was started."""

from collections.abc import Mapping, Sequence
from datetime import datetime

from services.matching import matches, words_of
from services.record import Record
from state.schedule_values import OPEN_SCHEDULES, Schedule, ScheduleStatus
from state.schedules import Schedules
from tui.screens.schedule_words import status_of
from tui.screens.step_words import moment

SOON = 5
"""So many of what is to come stand above the processes; the others when the list is narrowed to schedules."""

_SIGN = "S"
_PIECE = 500
_AMONG: Mapping[str, tuple[ScheduleStatus, ...]] = {
    "": OPEN_SCHEDULES,
    "open": OPEN_SCHEDULES,
    "trouble": (ScheduleStatus.MISSED,),
    "cancelled": (ScheduleStatus.CANCELLED,),
}
"""Which stand among processes, by the list's facet; what was started is there as the process it became."""
_ALONE: Mapping[str, tuple[ScheduleStatus, ...]] = {
    "": tuple(ScheduleStatus),
    "open": OPEN_SCHEDULES,
    "trouble": (ScheduleStatus.MISSED, ScheduleStatus.FAILED),
    "succeeded": (ScheduleStatus.STARTED,),
    "cancelled": (ScheduleStatus.CANCELLED,),
}


def schedule_record(schedule: Schedule) -> Record:
    """A line of the list of processes, with words behind its columns that the filter finds it by."""
    plan = schedule.plan
    cells = (
        f"{_SIGN}{schedule.id}",
        moment(plan.at),
        f"{plan.title} · {plan.user_name}",
        f"scheduled: {status_of(schedule)}",
        plan.operator,
    )
    return Record(f"{_SIGN}{schedule.id}", (*cells, plan.kind, plan.user, plan.about))


class ScheduleRows:
    """The schedules on show, read piece by piece."""

    def __init__(self) -> None:
        self._found: dict[str, Schedule] = {}
        self._read = 0
        self.more = False
        """Whether there are more than those that stand above the processes."""

    def get(self, key: str) -> Schedule | None:
        """The schedule that a row stands for."""
        return self._found.get(key)

    def clear(self) -> None:
        """The list is read from its start."""
        self._found, self._read, self.more = {}, 0, False

    async def read(
        self,
        schedules: Schedules,
        limit: int,
        text: str,
        chosen: Mapping[str, str],
        since: datetime | None,
        *,
        alone: bool,
    ) -> list[Record]:
        """Up to `limit` further ones that fit; `alone`: without processes beside them. Raises `StateError`."""
        statuses = (_ALONE if alone else _AMONG).get(chosen.get("status", ""), ())
        found: list[Schedule] = []
        while statuses and len(found) < limit:
            piece = await schedules.listed(statuses, min(limit, _PIECE), self._read)
            for schedule in piece:
                if len(found) == limit:
                    break
                self._read += 1
                if _fits(schedule, text, chosen, since):
                    found.append(schedule)
            if len(piece) < min(limit, _PIECE):
                break
        rows = [schedule_record(schedule) for schedule in found]
        self._found.update(zip((row.key for row in rows), found, strict=True))
        return rows

    async def soon(
        self, schedules: Schedules, text: str, chosen: Mapping[str, str], since: datetime | None
    ) -> Sequence[Record]:
        """The first of what is to come, to stand above the processes. Raises `StateError`."""
        rows = await self.read(schedules, SOON + 1, text, chosen, since, alone=False)
        self.more = len(rows) > SOON
        return rows[:SOON]


def _fits(schedule: Schedule, text: str, chosen: Mapping[str, str], since: datetime | None) -> bool:
    plan = schedule.plan
    wanted = (("kind", plan.kind), ("user", plan.user), ("operator", plan.operator))
    if any(chosen.get(facet, held) != held for facet, held in wanted):
        return False
    if since is not None and plan.at < since:
        return False
    return matches(words_of(text), schedule_record(schedule).cells)
