"""What a schedule is: something that will start at an instant, with the answers it will be planned from."""

from datetime import datetime
from enum import StrEnum

import msgspec

from state.values import Json


class ScheduleStatus(StrEnum):
    """What is known about a schedule. `missed` waits for the operator: it is later than the profile allows."""

    WAITING = "waiting"
    MISSED = "missed"
    STARTED = "started"
    FAILED = "failed"
    CANCELLED = "cancelled"


OPEN_SCHEDULES = (ScheduleStatus.WAITING, ScheduleStatus.MISSED)
"""What can still be changed, run and cancelled."""


class NewSchedule(msgspec.Struct, frozen=True, kw_only=True):
    """A schedule to be stored: `action` will be done to `user` at the instant `at` (UTC).

    `kind` is the id of the action that made it. `zone` is the IANA name and `local` the time as it was typed
    there. `answers` are those of the action's form and never hold a secret: its operations are planned from
    them when it starts, as the tenant is then. `seats` are the skuIds of the licences it will take a seat of,
    `about` says in words what will be done besides the title, `tag` names it in one or two words,
    `reason` is why it was made, "" where nobody asked.
    """

    kind: str
    action: str
    title: str
    user: str
    user_name: str
    operator: str
    at: datetime
    zone: str
    local: str
    answers: dict[str, Json] = {}
    seats: tuple[str, ...] = ()
    about: str = ""
    tag: str = ""
    reason: str = ""


class Schedule(msgspec.Struct, frozen=True, kw_only=True):
    """One stored schedule as it stands. `revision` grows with every change of `plan`.

    `process` is the number of what it became, `late` whether that was after its time, `asked` whether the
    operator had it run at once. `sentence` says why it could not start yet, or why it never will.
    """

    id: int
    plan: NewSchedule
    revision: int
    status: ScheduleStatus
    process: int | None
    created_at: datetime
    ended_at: datetime | None
    late: bool
    asked: bool
    attempts: int
    tried_at: datetime | None
    sentence: str

    @property
    def open(self) -> bool:
        """Whether it is still to come."""
        return self.status in OPEN_SCHEDULES


class Worker(msgspec.Struct, frozen=True):
    """One headless worker that runs a tenant's processes and schedules."""

    id: str
    host: str
    pid: int
    since: datetime
    beat_at: datetime
