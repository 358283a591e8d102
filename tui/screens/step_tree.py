"""StepTree: what a step is opened into in the list: its request, and every sending with its times and answer."""

from collections.abc import Iterator, Sequence
from datetime import datetime

import msgspec

from services.operation import Operation
from services.record import Record
from services.task import decode
from services.telling import told
from state.values import OPEN_CLASSES, Attempt, Step

_APART = "/"
_REQUEST = "request"
_AGAIN = "unsettled"


class Sending(msgspec.Struct, frozen=True):
    """One sending of a step, or the look that settled it without a further one (`number` is 0 then)."""

    number: int
    state: str
    sent_at: datetime | None
    ended_at: datetime | None
    status: int
    sentence: str
    request_id: str

    @property
    def name(self) -> str:
        """What it is called."""
        return f"Attempt {self.number}" if self.number else "Looked"

    @property
    def times(self) -> tuple[str, str]:
        """When it was sent (for a look: when it ended), and how long the answer took."""
        if not self.number:
            return _clock(self.ended_at), "looked"
        if self.sent_at is None or self.ended_at is None:
            return _clock(self.sent_at), "no answer so far"
        return _clock(self.sent_at), f"answered in {(self.ended_at - self.sent_at).total_seconds():.1f} s"

    @property
    def said(self) -> str:
        """The answer in one line, with its request-id."""
        status = f"status {self.status}" if self.status else ""
        request = f"request-id {self.request_id}" if self.request_id else ""
        return " · ".join(part for part in (status, self.sentence, request) if part)


def sendings(step: Step, earlier: Sequence[Attempt]) -> list[Sending]:
    """Every sending of the step, in order; `earlier` are those of its sendings that settled nothing."""
    found = [
        Sending(
            each.attempt, _AGAIN, each.sent_at, each.ended_at, each.status, each.sentence, each.request_id
        )
        for each in earlier
    ]
    kept = {each.attempt for each in earlier}
    settled = step.state not in OPEN_CLASSES
    if step.attempts and step.attempts not in kept:
        found.append(_own(step, step.attempts))
    elif step.attempts and settled:
        found.append(_own(step, 0))
    return found


def _own(step: Step, number: int) -> Sending:
    return Sending(
        number, step.state.value, step.sent_at, step.ended_at, step.status, step.sentence, step.request_id
    )


def step_of(key: str) -> int:
    """The number of the step that a row stands for or belongs to; 0 for ""."""
    return int(key.partition(_APART)[0] or 0)


def is_step(key: str) -> bool:
    """Whether the row is a step's own, and not one that it was opened into."""
    return _APART not in key


def branches(step: Step, earlier: Sequence[Attempt], ascii_only: bool) -> list[Record]:
    """The rows below an opened step."""
    task = decode(step.operation)
    rows = list(_request(step, task)) if isinstance(task, Operation) else []
    rows += [_sending(step, each) for each in sendings(step, earlier)]
    if not rows:
        rows = [_row(step, "none", ("", "not sent", "", "", ""), "Not sent", ())]
    fork, end = ("|-", "`-") if ascii_only else ("├─", "└─")
    return [
        msgspec.structs.replace(
            row, cells=(f" {fork if row is not rows[-1] else end}{row.cells[0]}", *row.cells[1:])
        )
        for row in rows
    ]


def _request(step: Step, operation: Operation) -> Iterator[Record]:
    parts = list(told(operation.request))
    (label, first), *rest = parts
    how, _, where = first.rpartition(" ")
    more = ", ".join(f"{name.lower()} {text}" for name, text in rest)
    cells = ("", _REQUEST, how or label, where, more or operation.powershell)
    yield _row(step, _REQUEST, cells, "Request", (*parts, ("PowerShell", operation.powershell)))


def _sending(step: Step, sending: Sending) -> Record:
    at, took = sending.times
    cells = (str(sending.number or ""), sending.state, at, took, sending.said)
    details = (
        ("Result", sending.state),
        ("Sent", _long(sending.sent_at)),
        ("Ended", _long(sending.ended_at)),
        ("Status", str(sending.status or "")),
        ("Answer", sending.sentence),
    )
    facts = {"request-id": sending.request_id}
    return _row(step, str(sending.number), cells, sending.name, details, facts)


def _row(
    step: Step,
    part: str,
    cells: tuple[str, ...],
    name: str,
    details: tuple[tuple[str, str], ...],
    facts: dict[str, str] | None = None,
) -> Record:
    whose = (("Step", step.title), ("Target", step.target))
    return Record(f"{step.number}{_APART}{part}", cells, (*whose, *details), facts or {}, name)


def _clock(at: datetime | None) -> str:
    return at.astimezone().strftime("%H:%M:%S.%f")[:-3] if at else ""


def _long(at: datetime | None) -> str:
    return at.astimezone().strftime("%Y-%m-%d %H:%M:%S.%f")[:-3] if at else ""
