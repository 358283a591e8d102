"""Proposal: steps of a process that ran, as they could be sent again or taken back, for the operator to decide on."""

from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import TypeAlias

import msgspec

from services.errors import InvalidInput
from services.operation import Operation
from services.plan import Finding, Line, Review, checked, digest
from services.session import Session
from services.task import decode
from services.tenant import Tenant
from state.processes import Processes
from state.values import Process, Step, StepClass

_PAGE = 1000


class Kind(StrEnum):
    """What is proposed; the value is the kind of the process that comes of it."""

    RETRY = "retry"
    UNDO = "undo"


class Item(msgspec.Struct, frozen=True):
    """One step with what would be sent for it.

    `bar` says why it cannot be sent at all, `doubt` why it is sent only when the operator decides so; both
    are "" where nothing speaks against it. `line` holds what was found in the tenant.
    """

    step: Step
    line: Line
    bar: str = ""
    doubt: str = ""

    @property
    def offered(self) -> bool:
        """Whether it is sent unless the operator decides otherwise."""
        return not self.bar and not self.doubt


class Proposal(msgspec.Struct, frozen=True):
    """What one process can be followed by. `told` says what is not listed, and why nothing is."""

    kind: Kind
    of: Process
    items: tuple[Item, ...]
    told: str = ""

    @property
    def title(self) -> str:
        """The title of the process that comes of it."""
        verb = "Retry" if self.kind is Kind.RETRY else "Undo"
        return f"{verb} of #{self.of.id} · {self.of.title.removeprefix(f'{verb} of #{self.of.id} · ')}"

    @property
    def undo_of(self) -> int | None:
        """The process that is undone by it; what retries an undo undoes the same one."""
        return self.of.id if self.kind is Kind.UNDO else self.of.undo_of


Weigh: TypeAlias = Callable[[Item], str]
"""Why an item that was held against the tenant is not sent without being asked for; "" where it is."""


def ended(process: Process) -> None:
    """Raises `InvalidInput` while the process still runs: what becomes of its steps is not known yet."""
    if process.ended_at is None:
        raise InvalidInput(f"#{process.id} still runs: wait for its end, or cancel it with x.")


async def steps_of(
    processes: Processes, process: int, states: Sequence[StepClass]
) -> list[tuple[Step, Operation]]:
    """The steps of these classes that are calls to a service, in order. Raises `StateError`."""
    found: list[tuple[Step, Operation]] = []
    after = 0
    while page := await processes.steps(process, states=states, after=after, limit=_PAGE):
        after = page[-1].number
        for step in page:
            task = decode(step.operation)
            if isinstance(task, Operation):
                found.append((step, task))
    return found


async def held(tenant: Tenant, proposal: Proposal, weigh: Weigh) -> Proposal:
    """The proposal with every item that can be sent held against the tenant, and weighed anew.

    A read that fails leaves its items unchecked with the reason; it never raises.
    """
    open_ones = [item for item in proposal.items if not item.bar]
    lines = tuple(Line(item.line.operation, (), reason=item.line.reason) for item in open_ones)
    found = iter((await checked(tenant, Review(lines, ""))).lines)
    items = tuple(
        item if item.bar else _weighed(msgspec.structs.replace(item, line=next(found)), weigh)
        for item in proposal.items
    )
    return msgspec.structs.replace(proposal, items=items)


def review_of(lines: Sequence[Line]) -> Review:
    """These lines, and nothing else, as what is sent."""
    return Review(tuple(lines), digest([line.operation for line in lines]))


async def carry_out(session: Session, proposal: Proposal, chosen: Review, reason: str = "") -> int:
    """Starts the `chosen` lines as the process that follows the other; returns its number.

    Raises `NotPermitted` when read-only or beyond the operator's portal role, `InvalidInput` for a line with an
    objection or without a `reason` that the profile asks for, `StateError`.
    """
    operations = [line.operation for line in chosen.lines]
    return await session.start(
        proposal.kind,
        proposal.title,
        operations,
        proposal.of.user,
        undo_of=proposal.undo_of,
        reason=reason,
    )


def _weighed(item: Item, weigh: Weigh) -> Item:
    return item if item.doubt else msgspec.structs.replace(item, doubt=weigh(item))


def so_already(item: Item) -> str:
    """Nothing is sent for what is as it would be made; "" where something is left to do."""
    return "the tenant is so already" if item.line.finding is Finding.ALREADY_SO else ""
