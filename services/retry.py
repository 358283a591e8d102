"""Retry: the steps of a process that were refused, failed or cancelled, to be started again as a new process."""

from collections.abc import Collection, Mapping

from services.errors import InvalidInput
from services.operation import Operation
from services.plan import Finding, Line
from services.proposal import Item, Kind, Proposal, ended, held, so_already, steps_of
from services.session import Session
from services.vault import names
from state.filters import ProcessFilter
from state.values import Process, Step, StepClass

AGAIN = (StepClass.REFUSED, StepClass.FAILED, StepClass.UNKNOWN, StepClass.CANCELLED)
"""Classes of steps that did not come to what they were for, as far as is known."""

_SENT = (StepClass.WAITING, StepClass.SENT, StepClass.DONE, StepClass.ALREADY_SO, StepClass.UNKNOWN)
_PAGE = 200


async def propose(session: Session, number: int, marked: Collection[int] = ()) -> Proposal:
    """The steps of process `number` to start again: all that did not succeed, or the `marked` ones of them.

    Raises `StateError`, and `InvalidInput` where there is nothing to retry.
    """
    process = await session.processes.get(number)
    ended(process)
    found = await steps_of(session.processes, number, AGAIN)
    once = any(step.once for step, _ in found)
    tried = await _tried(session, number) if once else {}
    items = [
        Item(step, Line(operation, (), reason=objection), objection, _doubt(step, tried))
        for step, operation in found
        for objection in (_objection(operation),)
        if not marked or step.number in marked
    ]
    if not items:
        raise InvalidInput(_nothing(process, bool(found)))
    return Proposal(Kind.RETRY, process, tuple(items))


async def against_tenant(session: Session, proposal: Proposal) -> Proposal:
    """The proposal held against what the tenant holds now; what somebody changed since waits to be decided on."""
    return await held(session.tenant, proposal, _weigh)


def may_have_happened(step: Step) -> bool:
    """Whether it must not be repeated, and nobody knows if it was carried out."""
    return (
        step.once
        and not step.decided
        and (step.state is StepClass.UNKNOWN or (step.state is StepClass.FAILED and step.attempts > 0))
    )


async def _tried(session: Session, number: int) -> dict[bytes, int]:
    """What retries of process `number` sent or may have sent, by the number of the last that did."""
    found: dict[bytes, int] = {}
    before = None
    where = ProcessFilter(kind=Kind.RETRY, text=f"#{number}")
    while page := await session.processes.recent(_PAGE, before, where=where):
        before = page[-1].id
        for process in page:
            if f"Retry of #{number} · " in process.title:
                for step, _ in await steps_of(session.processes, process.id, _SENT):
                    found.setdefault(step.operation, process.id)
    return found


def _objection(operation: Operation) -> str:
    """Nobody has the password of an earlier process any more."""
    return (
        "its password was kept nowhere: reset it again"
        if names(operation.request.body)
        else operation.objection
    )


def _doubt(step: Step, tried: Mapping[bytes, int]) -> str:
    if step.once and step.operation in tried:
        return f"#{tried[step.operation]} has tried it since, and twice is not the same as once"
    return "it may have happened, and twice is not the same as once" if may_have_happened(step) else ""


def _weigh(item: Item) -> str:
    if item.line.finding is Finding.CONFLICT:
        return "somebody changed it since"
    return so_already(item)


def _nothing(process: Process, some: bool) -> str:
    if some:
        return "None of the marked steps failed: there is nothing to retry. Space takes a mark away."
    if process.kind == "export":
        return "An export is started again on its tab, with e."
    return f"Nothing of #{process.id} is to be retried: no step was refused, failed or cancelled."
