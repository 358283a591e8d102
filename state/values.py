"""The values that are stored: changes, processes, steps, audit entries."""

from datetime import datetime
from enum import StrEnum
from typing import Any, TypeAlias

import msgspec

Json: TypeAlias = Any
"""A decoded JSON value."""


class Change(msgspec.Struct, frozen=True):
    """One staged edit of one user.

    `row` is the id of the thing the row stands for ("" on a properties tab, where `field` says it all).
    `facts` is what a plan needs later without loading the tab again (a group's kind, the user's name).
    """

    user: str
    user_name: str
    tab: str
    row: str
    row_name: str
    field: str
    before: Json
    after: Json
    facts: dict[str, str] = {}

    @property
    def key(self) -> str:
        """Names the cell: the same user, tab, row and field is the same change."""
        return "\x1f".join((self.user, self.tab, self.row, self.field))


class StepClass(StrEnum):
    """What is known about one step."""

    WAITING = "waiting"
    SENT = "sent"
    DONE = "done"
    ALREADY_SO = "already so"
    REFUSED = "refused"
    FAILED = "failed"
    UNKNOWN = "unknown"
    CANCELLED = "cancelled"


OPEN_CLASSES = (StepClass.WAITING, StepClass.SENT)
"""Classes a step can still leave by itself."""


class ProcessStatus(StrEnum):
    """What is known about a process; `finished` means that some step is not done, and the counts say so."""

    WAITING = "waiting"
    RUNNING = "running"
    SUCCEEDED = "succeeded"
    FINISHED = "finished"
    CANCELLED = "cancelled"


class NewStep(msgspec.Struct, frozen=True):
    """One step to be journaled; `operation` is opaque to this floor."""

    operation: bytes
    title: str
    target: str
    serial: str
    once: bool = False


class NewProcess(msgspec.Struct, frozen=True):
    """A process to be journaled."""

    kind: str
    title: str
    operator: str
    user: str = ""
    digest: str = ""
    undo_of: int | None = None
    reason: str = ""


class Step(msgspec.Struct, frozen=True):
    """One journaled step as it stands.

    `visible` is what was found when it was read back, None until the tenant told. `decided` is the operator
    who said what became of it where nobody else could, "" for all others.
    """

    process: int
    number: int
    operation: bytes
    title: str
    target: str
    serial: str
    once: bool
    state: StepClass
    attempts: int = 0
    status: int = 0
    sentence: str = ""
    request_id: str = ""
    sent_at: datetime | None = None
    ended_at: datetime | None = None
    visible: bool | None = None
    decided: str = ""


class Attempt(msgspec.Struct, frozen=True):
    """One sending of a step that settled nothing, so that it was to be sent again or looked for."""

    number: int
    """The step's."""
    attempt: int
    """1 is the first sending."""
    sent_at: datetime | None
    ended_at: datetime
    status: int
    sentence: str
    request_id: str


class StepResult(msgspec.Struct, frozen=True):
    """What became of one step; the runner records it. `state` may be `waiting` to have it sent again."""

    number: int
    state: StepClass
    status: int = 0
    sentence: str = ""
    request_id: str = ""
    visible: bool | None = None


class Process(msgspec.Struct, frozen=True):
    """One journaled process with its counts. `retries` and `throttled` are totals over its requests.

    `progress` of `expected` is how far the step under way is, where it is more than a call; 0 of 0 elsewhere.
    `reason` is why it was started, "" where nobody asked.
    `despite` counts the steps that were refused or failed, and that the tenant shows as wanted all the same.
    `paused` is why nobody runs it although it has not ended, "" where somebody may; it waits for one of `lacks`,
    which names roles by what tells them apart in the tenant.
    """

    id: int
    kind: str
    title: str
    operator: str
    user: str
    status: ProcessStatus
    created_at: datetime
    started_at: datetime | None
    ended_at: datetime | None
    owner: str
    undo_of: int | None
    total: int
    counts: dict[StepClass, int]
    retries: int
    throttled: int
    last_line: str
    progress: int = 0
    expected: int = 0
    despite: int = 0
    reason: str = ""
    paused: str = ""
    lacks: tuple[str, ...] = ()

    @property
    def done_of(self) -> tuple[int, int]:
        """How much is done, of how much: parts of the step under way where that has any, else steps."""
        if self.expected and self.ended_at is None:
            return self.progress, self.expected
        return self.ended_steps, self.total

    @property
    def ended_steps(self) -> int:
        """How many steps have a final class."""
        return self.total - sum(self.counts.get(c, 0) for c in OPEN_CLASSES)


class AuditEntry(msgspec.Struct, frozen=True):
    """One write that was sent: who did what to whom, and what the service said."""

    at: datetime
    operator: str
    user: str
    """Id of the user whose page the write came from; "" when there is none."""
    target: str
    action: str
    before: dict[str, Json]
    after: dict[str, Json]
    process: int
    outcome: StepClass
    request_id: str = ""
    note: str = ""
    """What the tenant showed later, other than the outcome lets expect; "" in the entry of the outcome."""
