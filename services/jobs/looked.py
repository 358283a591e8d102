"""Looked: what a look makes of steps whose answers were lost, or said what the tenant is to show first."""

from collections.abc import Sequence

import msgspec

from services.jobs.flight import Landed
from services.jobs.looking import BELIEVING, Patience, settle
from services.jobs.outcome import never_twice
from services.jobs.sender import Sender
from services.jobs.step_queue import Waiting
from state.clock import Clock
from state.values import StepClass, StepResult

FOUND_AFTER_CUT = "Found done after the answer was lost."
NOT_SHOWN = (
    "The service says that it is so already, but the tenant did not show it. Refresh the tab in some minutes, and apply"
    " it again if it is not so then."
)

CLAIMS = 3
"""Sendings after which it is no longer asked why a service says what its tenant does not show: reads may lag, too."""


async def look(
    tenant: Sender, clock: Clock, steps: Sequence[Waiting], patience: Patience, otherwise: StepClass | None
) -> Landed:
    """Looks what became of steps whose answers were lost.

    `otherwise` is the class of those that are not as wanted; None sends them again.
    """
    found = await settle(tenant, clock, {step.number: step.operation for step in steps}, patience)
    results, again = [], []
    for step in steps:
        verdict = found[step.number]
        last = step.last or StepResult(step.number, StepClass.WAITING)
        if verdict:
            found_so = (
                f"Found done, although the answer was {last.status}." if last.status else FOUND_AFTER_CUT
            )
            results.append(
                StepResult(step.number, StepClass.DONE, sentence=found_so, request_id=last.request_id)
            )
        elif otherwise is None:
            again.append(msgspec.structs.replace(step, last=None))
            results.append(last)
        else:
            results.append(_given_up(step, verdict, otherwise))
    return Landed(steps, results, again)


async def believe(tenant: Sender, clock: Clock, steps: Sequence[Waiting]) -> Landed:
    """Looks at steps of which the service says that they are so already.

    A part of the directory that has not heard of an object yet answers as if it were gone: what the tenant goes on
    to show otherwise goes again. What it does not tell is as the service says.
    """
    found = await settle(tenant, clock, {step.number: step.operation for step in steps}, BELIEVING)
    results, again = [], []
    for step in steps:
        said = step.last or StepResult(step.number, StepClass.ALREADY_SO)
        if found[step.number] is not False or step.once:
            results.append(said)
        elif step.attempts < CLAIMS:
            again.append(msgspec.structs.replace(step, last=None))
            results.append(msgspec.structs.replace(said, state=StepClass.WAITING, sentence=""))
        else:
            results.append(msgspec.structs.replace(said, state=StepClass.FAILED, sentence=NOT_SHOWN))
    return Landed(steps, results, again, retries=len(again))


def lost(step: Waiting) -> StepResult:
    """The result of a once-only step whose answer nobody has."""
    return StepResult(step.number, StepClass.UNKNOWN, sentence=never_twice(step.operation))


def _given_up(step: Waiting, verdict: bool | None, otherwise: StepClass) -> StepResult:
    if step.once:
        return lost(step)
    # the service's own last words are all that tells what to do about it
    last = f" Last: {step.last.sentence}" if step.last and step.last.sentence else ""
    if verdict is None:
        sentence = f"Sent {step.attempts} times without a usable answer, and the tenant does not tell.{last}"
        return StepResult(step.number, StepClass.UNKNOWN, sentence=sentence)
    sentence = f"Sent {step.attempts} times; the tenant does not show it.{last}"
    return StepResult(step.number, otherwise, sentence=sentence)
