"""Flights: one batch on its way, and everything the journal has to learn from it."""

from collections.abc import Callable, Sequence
from typing import TypeAlias

import msgspec

from services.errors import ForeignHost, RollcallError, ServiceDown, SignInNeeded, Throttled, Unreachable
from services.jobs.limits import Limits, backoff
from services.jobs.lookup import completed
from services.jobs.outcome import Verdict, classify, cut_off, with_words
from services.jobs.pausing import UNKNOWN_ROLES, Lack, Roles
from services.jobs.promised import kept
from services.jobs.refusals import said
from services.jobs.sender import Sender
from services.jobs.step_queue import Waiting
from services.log.events import about, tell
from services.operation import Answer, Operation, Request, Service
from services.transport import permit
from services.vault import SecretGone
from state.clock import Clock
from state.values import StepClass, StepResult

HEARD = 6
"""Sendings, within half a minute, after which a service has heard of a role that is active: what it still refuses
then it refuses for another reason, such as the rank of who is changed."""

_Judged: TypeAlias = tuple[Waiting, Verdict, Answer | None]


class Landed(msgspec.Struct, frozen=True):
    """What one flight, or one look, brought: results for the journal, and what is still to be done.

    `again` go again when they are due. `unsure` may have been carried out and are looked at before they do.
    `doubtful` were sent as often as may be (once-only steps: once) and must be looked at; `claimed` are so already, as
    the service says, and are looked at before that is believed; `unsent` were marked but never left this machine.
    `blocked` says why nothing more can be sent for now; `reached` is whether the service answered at all. `lack` is
    what keeps the whole process from going on, and the steps in `again` with it.
    """

    steps: Sequence[Waiting]
    results: Sequence[StepResult] = ()
    again: Sequence[Waiting] = ()
    unsure: Sequence[Waiting] = ()
    doubtful: Sequence[Waiting] = ()
    claimed: Sequence[Waiting] = ()
    unsent: Sequence[Waiting] = ()
    retries: int = 0
    throttled: int = 0
    wait: float = 0.0
    blocked: str = ""
    service: Service | None = None
    reached: bool = True
    lack: Lack | None = None


class Departure:
    """Whether anything of a flight has left this machine. `held` raises LeaseLost where nothing may."""

    def __init__(self, held: Callable[[], None]) -> None:
        self._held = held
        self.left = False

    def __call__(self) -> None:
        """A call leaves, if it may."""
        self._held()
        self.left = True


async def carry(
    tenant: Sender,
    clock: Clock,
    batch: Sequence[Waiting],
    limits: Limits,
    held: Callable[[], None],
    roles: Roles = UNKNOWN_ROLES,
) -> Landed:
    """Sends a batch that is journaled as sent; `attempts` of its steps count this sending already.

    `held` raises LeaseLost when the process is no longer this runner's. It is asked as each call leaves, and
    what it raises is raised: nothing was sent then that the next runner does not look for. `roles` tells what a
    refusal for want of a right comes from.
    """
    permit.require(held)
    with about(step=batch[0].number if len(batch) == 1 else None):
        return await _carry(tenant, clock, batch, limits, roles)


async def _carry(
    tenant: Sender, clock: Clock, batch: Sequence[Waiting], limits: Limits, roles: Roles
) -> Landed:
    service = batch[0].operation.request.service
    try:
        answers = await _answers(tenant, service, [step.operation for step in batch])
        answers = [await _fitting(tenant, step, answer) for step, answer in zip(batch, answers, strict=True)]
        answers = [
            await kept(tenant, clock, step.operation, answer)
            for step, answer in zip(batch, answers, strict=True)
        ]
    except SignInNeeded as error:
        return _unsent(batch, error.sentence, service)
    except (ForeignHost, SecretGone) as error:
        failed = [StepResult(step.number, StepClass.FAILED, sentence=error.sentence) for step in batch]
        return Landed(batch, failed, service=service)
    except RollcallError as error:
        now = clock.monotonic()
        pairs = [(step, cut_off(step.operation, error), None) for step in batch]
        reached = isinstance(error, Throttled | ServiceDown)
        landed = _land(batch, pairs, service, limits, now)
        return msgspec.structs.replace(landed, reached=reached or not isinstance(error, Unreachable))
    now = clock.monotonic()
    judged: list[_Judged] = [
        (step, classify(step.operation, answer, step.attempts), answer)
        for step, answer in zip(batch, answers, strict=True)
    ]
    judged, lack = await _lacking(roles, judged)
    for step, verdict, answer in judged:
        _tell_step(step, verdict, answer, service)
    landed = _land(batch, judged, service, limits, now)
    return msgspec.structs.replace(landed, lack=lack) if lack else landed


async def _lacking(roles: Roles, judged: Sequence[_Judged]) -> tuple[list[_Judged], Lack | None]:
    """The same, with what the service refused for want of a role as that role makes it; and what pauses all.

    Whatever is refused with 403 was not carried out, so that it may be sent again, also where that is once only.
    """
    found = list(judged)
    denied = [n for n, (_, verdict, answer) in enumerate(found) if _is_denied(verdict, answer)]
    if not denied:
        return found, None
    lacks = await roles.refused([found[n][0].operation for n in denied])
    for n, lack in zip(denied, lacks, strict=True):
        step, verdict, answer = found[n]
        if lack is not None and answer is not None and not (lack.again and step.attempts >= HEARD):
            waits = lack.pauses or lack.again
            state = StepClass.WAITING if waits else verdict.state
            found[n] = (step, Verdict(state, with_words(lack.sentence, answer)), answer)
    return found, next((lack for lack in lacks if lack is not None and lack.pauses), None)


def _is_denied(verdict: Verdict, answer: Answer | None) -> bool:
    return verdict.state is StepClass.REFUSED and answer is not None and answer.status == 403


def _tell_step(step: Waiting, verdict: Verdict, answer: Answer | None, service: Service) -> None:
    request, said = step.operation.request, answer or Answer(0)
    tell(
        "step",
        step=step.number,
        attempt=step.attempts,
        outcome=str(verdict.state),
        service=service.label,
        method=request.method,
        path=request.path,
        status=said.status,
        code=said.code,
        request_id=said.request_id,
    )


async def _answers(tenant: Sender, service: Service, operations: Sequence[Operation]) -> list[Answer]:
    """What the service says to these operations; to one whose lookup did not find its object, that.

    Raises only what stands for all of them.
    """
    ready = [await completed(tenant, operation) for operation in operations]
    requests = [one for one in ready if isinstance(one, Request)]
    if len(requests) == 1:
        came = [await tenant.send(requests[0], bulk=True)]
    else:
        came = await tenant.batch(service, requests, bulk=True) if requests else []
    given = iter(came)
    return [next(given) if isinstance(one, Request) else one for one in ready]


async def _fitting(tenant: Sender, step: Waiting, answer: Answer) -> Answer:
    """The answer, or that to what is sent instead; one that did not come settles nothing."""
    instead = step.operation.instead
    if instead is None or step.once or not any(said(answer, text) for text in instead.contains):
        return answer
    try:
        return await tenant.send(instead.request, bulk=True)
    except RollcallError as error:
        sent = not isinstance(error, Unreachable) or error.sent
        return Answer(0, message=error.sentence, request_id=error.request_id, sent=sent)


def _land(
    batch: Sequence[Waiting],
    judged: Sequence[_Judged],
    service: Service,
    limits: Limits,
    now: float,
) -> Landed:
    results, again, unsure, doubtful, claimed = list[StepResult](), [], [], [], []
    throttled, longest = 0, 0.0
    for step, verdict, answer in judged:
        throttled += verdict.throttled
        if step.once and verdict.state is StepClass.UNKNOWN and step.operation.look:
            # it stays marked as sent: whatever comes between, it is looked for and not sent again
            doubtful.append(step)
            continue
        result = _result(step, verdict, answer, limits)
        if verdict.claimed:
            # it stays marked as sent here, too
            due = now + backoff(step.attempts)
            claimed.append(msgspec.structs.replace(step, due=due, last=result))
            continue
        if result.state is not StepClass.WAITING or step.attempts >= limits.attempts:
            results.append(result)
            if result.state is StepClass.WAITING:
                doubtful.append(msgspec.structs.replace(step, last=result))
            continue
        wait = max(backoff(step.attempts), (answer.retry_after if answer else None) or 0.0)
        longest = max(longest, wait)
        if verdict.doubtful:
            # it stays marked as sent, so that after a crash it is looked for, too
            unsure.append(msgspec.structs.replace(step, due=now + wait, last=result))
        else:
            results.append(result)
            again.append(msgspec.structs.replace(step, due=now + wait))
    return Landed(
        batch,
        results,
        again,
        unsure,
        doubtful,
        claimed,
        retries=len(again) + len(unsure),
        throttled=throttled,
        wait=longest,
        service=service,
    )


def _result(step: Waiting, verdict: Verdict, answer: Answer | None, limits: Limits) -> StepResult:
    state, sentence = verdict.state, verdict.sentence
    if step.once and state is StepClass.WAITING and step.attempts >= limits.attempts:
        # a once-only step waits only after answers that say it was not carried out
        state, sentence = StepClass.FAILED, f"Not carried out in {step.attempts} tries. {sentence}"
    if answer is None:
        return StepResult(step.number, state, sentence=sentence)
    # what stands for a result of LDAP is nothing that a service answered
    status = answer.status if step.operation.request.service.http else 0
    return StepResult(step.number, state, status, sentence, answer.request_id)


def recalled(batch: Sequence[Waiting]) -> Landed:
    """What a flight brings that was called back before anything of it had left."""
    return _unsent(batch, "", batch[0].operation.request.service)


def _unsent(batch: Sequence[Waiting], sentence: str, service: Service) -> Landed:
    before = [msgspec.structs.replace(step, attempts=step.attempts - 1) for step in batch]
    return Landed(batch, again=before, unsent=before, blocked=sentence, service=service)
