"""Undo: what a process changed, put back from the values it recorded, as a new process in the reverse order."""

import msgspec

from services.errors import InvalidInput
from services.operation import FOR_GOOD, Operation
from services.plan import Finding, Line
from services.proposal import Item, Kind, Proposal, ended, held, so_already, steps_of
from services.session import Session
from state.values import Process, Step, StepClass

_CHANGED = (StepClass.DONE, StepClass.UNKNOWN)
_DENIED = (StepClass.REFUSED, StepClass.FAILED)


def back(operation: Operation) -> Operation | None:
    """What puts back what the operation changed, itself to be undone by the operation; None where nothing does."""
    inverse = operation.inverse
    if inverse is None:
        return None
    forth = msgspec.structs.replace(operation, inverse=None)
    # the same cells are meant where both name their fields alike, and are known as written a moment ago
    alike = list(inverse.after) == list(operation.after)
    return msgspec.structs.replace(
        inverse,
        inverse=forth,
        changes=operation.changes if alike else (),
        cells=operation.cells if alike else (),
        part=operation.part,
        user=operation.user,
    )


async def propose(session: Session, number: int) -> Proposal:
    """What undoes process `number`, the last step first.

    Raises `StateError`, and `InvalidInput` with the reason where there is nothing to undo.
    """
    process = await session.processes.get(number)
    ended(process)
    states = (*_CHANGED, *_DENIED) if process.despite else _CHANGED
    found = [
        (step, operation)
        for step, operation in await steps_of(session.processes, number, states)
        if step.state in _CHANGED or step.visible
    ]
    items = tuple(_item(step, operation) for step, operation in reversed(found))
    if not items:
        raise InvalidInput(_nothing(process))
    so = process.counts.get(StepClass.ALREADY_SO, 0)
    told = f"{so:,} not listed: so before, nothing was changed by them" if so else ""
    return Proposal(Kind.UNDO, process, items, told)


async def against_tenant(session: Session, proposal: Proposal) -> Proposal:
    """The proposal held against the tenant: what is no longer as the process left it waits to be decided on."""
    return await held(session.tenant, proposal, _weigh)


def _item(step: Step, operation: Operation) -> Item:
    undoing = back(operation)
    if undoing is None:
        return Item(step, Line(operation, ()), bar=f"{FOR_GOOD}: nothing puts back what was before")
    bar = undoing.objection
    open_ = step.state is StepClass.UNKNOWN and not step.visible
    unknown = "it is not known whether it happened" if open_ else ""
    return Item(step, Line(undoing, (), reason=bar), bar, unknown)


def _weigh(item: Item) -> str:
    if item.line.finding is Finding.CONFLICT:
        return "somebody changed it since"
    if item.line.finding is Finding.UNSEEN:
        return item.line.reason or "the tenant cannot be asked what it is now"
    if item.line.finding is Finding.ALREADY_SO and item.step.visible is not True:
        return "the tenant is so, but the change itself was never seen there: it may still come"
    return so_already(item)


def _nothing(process: Process) -> str:
    if process.kind == "export":
        return f"Nothing of #{process.id} is to be undone: an export changes nothing in the tenant."
    if process.counts.get(StepClass.ALREADY_SO):
        return f"Nothing of #{process.id} is to be undone: all that did not fail was so before."
    return f"Nothing of #{process.id} is to be undone: no step of it was carried out."
