"""What an answer means for a step: its class, and a sentence that an administrator can act on."""

import msgspec

from services.errors import RollcallError, Unreachable
from services.jobs.directory_refusals import DIRECTORY_REFUSALS
from services.jobs.method_refusals import METHOD_REFUSALS
from services.jobs.password_refusals import PASSWORD_REFUSALS
from services.jobs.refusals import ALREADY, REFUSALS, SLOW_DOWN, UNSETTLED, said
from services.jobs.role_refusals import ROLE_REFUSALS, requested
from services.operation import Answer, Json, Operation, Repeat
from services.sameness import same
from state.values import StepClass

FOUND_SO = "Found done: an earlier try was cut off, so whether it did this or somebody else cannot be told."
NEVER_TWICE = (
    "It may have happened: the answer was lost, and this is never sent twice. Look before you repeat it."
)
_NOT_PROCESSED = (401, 424)
_NO_ANSWER = (0, 408)
_PACE = "Micro delay applied"
_LONGEST = 400


class Verdict(msgspec.Struct, frozen=True):
    """What one answer means. `waiting` means that it settled nothing and the step may be sent again.

    `doubtful`: it may have been carried out all the same, so that the tenant is looked at before. `claimed`: the
    service says that it is so already, which the tenant can be asked to show.
    """

    state: StepClass
    sentence: str = ""
    throttled: bool = False
    doubtful: bool = False
    claimed: bool = False


def classify(operation: Operation, answer: Answer, attempt: int) -> Verdict:
    """The meaning of `answer` to the `attempt`-th sending (1 is the first).

    A service may have carried out what it answers with 429 or 5xx, in a batch and alone. A once-only
    operation goes again only when it never left this machine, or surely was not processed.
    """
    if _was_so(operation, answer):
        first = Verdict(StepClass.ALREADY_SO) if attempt == 1 else Verdict(StepClass.DONE, FOUND_SO)
        return msgspec.structs.replace(first, claimed=operation.look is not None)
    if operation.later and answer.status == 202:
        return Verdict(
            StepClass.UNKNOWN, f"The service took it on, and {answer.message}. {operation.doubt}".strip()
        )
    if meant := requested(operation, answer):
        return Verdict(*meant)
    if answer.ok:
        return Verdict(StepClass.DONE, _told(operation, answer))
    for meaning in UNSETTLED:
        if meaning.matches(operation, answer) and attempt < (meaning.tries or attempt + 1):
            return _unsettled(operation, answer, meaning.sentence)
    # before what failed inside: Exchange says some of its refusals with status 500
    for meaning in (*DIRECTORY_REFUSALS, *PASSWORD_REFUSALS, *METHOD_REFUSALS, *ROLE_REFUSALS, *REFUSALS):
        if meaning.matches(operation, answer):
            return Verdict(StepClass.REFUSED, with_words(meaning.sentence, answer))
    if answer.status >= 500:
        return _unsettled(operation, answer, "The service failed inside.")
    if 400 <= answer.status < 500:
        name = operation.request.service.label
        return Verdict(StepClass.REFUSED, with_words(f"{name} refused it.", answer))
    return Verdict(StepClass.FAILED, f"An answer came that makes no sense (status {answer.status}).")


def cut_off(operation: Operation, error: RollcallError) -> Verdict:
    """The meaning of a call that brought no usable answer: unless it never left, it may have happened."""
    if isinstance(error, Unreachable) and not error.sent:
        return Verdict(StepClass.WAITING, error.sentence)
    if operation.repeat is Repeat.ONCE:
        return Verdict(StepClass.UNKNOWN, never_twice(operation))
    return Verdict(StepClass.WAITING, error.sentence, doubtful=True)


def never_twice(operation: Operation) -> str:
    """What is known of an operation that is never repeated and whose answer nobody has."""
    if not operation.doubt:
        return NEVER_TWICE
    return f"It may have happened: the answer was lost, and this is never sent twice. {operation.doubt}"


def as_wanted(operation: Operation, found: dict[str, Json]) -> bool | None:
    """Whether all fields that the look tells are as wanted; None when it tells too little."""
    if operation.look is None:
        return None
    wanted = {find.field: operation.after.get(find.field) for find in operation.look.finds}
    if any(field in found and not same(found[field], value) for field, value in wanted.items()):
        return False
    return True if all(field in found for field in wanted) else None


def _unsettled(operation: Operation, answer: Answer, sentence: str) -> Verdict:
    # SharePoint and Exchange throttle with 503, too; that alone does not say that nothing was carried out
    throttled = answer.status == 429 or sentence == SLOW_DOWN or answer.retry_after is not None
    clean = answer.status in _NOT_PROCESSED or not answer.sent
    if operation.repeat is Repeat.ONCE and not clean:
        return Verdict(StepClass.UNKNOWN, f"{never_twice(operation)} ({sentence})", throttled)
    lost = throttled or answer.status in _NO_ANSWER or answer.status >= 500
    return Verdict(StepClass.WAITING, with_words(sentence, answer), throttled, lost and not clean)


def _was_so(operation: Operation, answer: Answer) -> bool:
    own = any(
        already.status in (0, answer.status) and said(answer, already.contains)
        for already in operation.already
    )
    return own or any(meaning.matches(operation, answer) for meaning in ALREADY)


def _told(operation: Operation, answer: Answer) -> str:
    """What the operator is to read of the answer to a call that was carried out."""
    body = answer.body if isinstance(answer.body, dict) else {}
    words = [f"{name} {body[name]}" for name in operation.tells if body.get(name) not in (None, "")]
    told = [f"Answer: {', '.join(words)}."] if words else []
    # Exchange carries a cmdlet out and says beside it what it did not, or not yet; its own pace is nobody's business
    warned = [text for text in answer.warnings if text.strip() and not text.startswith(_PACE)]
    told += (
        [f"{operation.request.service.label} warns: {' '.join(' '.join(warned).split())[:_LONGEST]}"]
        if warned
        else []
    )
    return " ".join(told)


def with_words(sentence: str, answer: Answer) -> str:
    """The sentence with the service's own words behind it."""
    words = ": ".join(part for part in (answer.code, answer.message) if part)
    return f"{sentence} ({words})" if words else sentence
