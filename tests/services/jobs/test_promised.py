"""A 202 is a promise: done only when the place it names says so, asked for a bounded time on the own host alone."""

import asyncio
from collections.abc import Sequence

import msgspec
import pytest

from services.errors import RollcallError, SignInNeeded, Unreachable
from services.jobs import promised
from services.jobs.outcome import classify
from services.operation import Answer, Operation, Repeat, Request, Service
from state.values import StepClass
from tests.faults.virtual import VirtualClock

POST = Request(
    Service.GRAPH, "POST", "/users/1/authentication/methods/2/resetPassword", body={"newPassword": 1}
)
OPERATION = Operation(
    "Reset", "ann", POST, "user:1", "X", repeat=Repeat.ONCE, later=True, doubt="Reset it again to be sure."
)
PLACE = "/v1.0/users/1/authentication/operations/7?api=x%26y"
TAKEN = Answer(202, location=PLACE, retry_after=1.0, request_id="r1")


class Service202:
    """A service that answers the reads of one operation."""

    def __init__(self, said: Sequence[Answer | RollcallError]) -> None:
        self._said = list(said)
        self.asked: list[Request] = []

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """The next answer, the last one again and again."""
        self.asked.append(request)
        said = self._said.pop(0) if len(self._said) > 1 else self._said[0]
        if isinstance(said, RollcallError):
            raise said
        return said

    async def batch(
        self, service: Service, requests: Sequence[Request], *, bulk: bool = True
    ) -> list[Answer]:
        """Not here."""
        raise AssertionError("a promise is asked for alone")

    def batch_size(self, service: Service) -> int:
        """Any."""
        return 20

    def lanes(self, service: Service) -> int:
        """One."""
        return 1


def state(status: str, detail: str | None = None) -> Answer:
    """What the operation says."""
    return Answer(200, {"id": "7", "status": status, "statusDetail": detail, "more": 1})


def end(
    said: Sequence[Answer | RollcallError], answer: Answer = TAKEN
) -> tuple[StepClass, str, Service202, float]:
    """The class and the sentence of it, and how many seconds went by."""

    async def run() -> tuple[StepClass, str, Service202, float]:
        clock, service = VirtualClock(), Service202(said)
        moving = asyncio.create_task(clock.run())
        started = clock.monotonic()
        kept = await promised.kept(service, clock, OPERATION, answer)
        verdict = classify(OPERATION, kept, 1)
        moving.cancel()
        return verdict.state, verdict.sentence, service, clock.monotonic() - started

    return asyncio.run(run())


def test_it_is_done_when_the_operation_has_succeeded() -> None:
    found, _, service, seconds = end([state("notStarted"), state("running"), state("Succeeded")])
    assert found is StepClass.DONE
    path = "/users/1/authentication/operations/7"
    assert {(r.service, r.method, r.path, r.query) for r in service.asked} == {
        (Service.GRAPH, "GET", path, (("api", "x&y"),))
    }
    assert len(service.asked) == 3
    assert seconds < 10


def test_a_failed_one_is_refused_with_the_services_words() -> None:
    found, sentence, _, _ = end([state("failed", "The domain controller said no.")])
    assert found is StepClass.REFUSED
    assert "The domain controller said no." in sentence
    assert "the old one stays" in sentence
    assert end([state("failed", None)])[0] is StepClass.REFUSED
    complexity = "does not comply with password complexity requirements"
    assert "tenant's rules" in end([state("failed", complexity)])[1]


@pytest.mark.parametrize(
    "said",
    [
        state("running"),
        state("unknownFutureValue"),
        Answer(200, {"status": None}),
        Answer(200, []),
        Answer(503, message="busy", retry_after=20.0),
        Unreachable("The connection was cut."),
    ],
)
def test_what_does_not_end_is_unknown_after_a_bounded_time(said: Answer | RollcallError) -> None:
    found, sentence, service, seconds = end([said])
    assert found is StepClass.UNKNOWN
    assert sentence.endswith("Reset it again to be sure.")
    assert seconds <= promised.PATIENCE
    assert 5 < len(service.asked) < 40


@pytest.mark.parametrize(
    "said", [Answer(403, message="no"), Answer(404, message="gone"), SignInNeeded("Sign in.", status=401)]
)
def test_a_refused_look_ends_the_asking(said: Answer | RollcallError) -> None:
    found, _, service, _ = end([said])
    assert (found, len(service.asked)) == (StepClass.UNKNOWN, 1)


@pytest.mark.parametrize("place", ["", "/adminapi/beta/x", "/v1.0/", "nonsense"])
def test_without_a_place_of_its_own_it_is_unknown_and_nothing_is_asked(place: str) -> None:
    found, sentence, service, _ = end([state("succeeded")], msgspec.structs.replace(TAKEN, location=place))
    assert (found, service.asked) == (StepClass.UNKNOWN, [])
    assert "no place of this tenant" in sentence


def test_an_answer_that_promises_nothing_stays_as_it_is() -> None:
    found, _, service, _ = end([state("failed")], Answer(200))
    assert (found, service.asked) == (StepClass.DONE, [])


def test_ones_own_account_is_told_before_the_role_that_sign_in_methods_need() -> None:
    own = Answer(403, code="accessDenied", message="The password of your own account cannot be reset.")
    verdict = classify(OPERATION, own, 1)
    assert (verdict.state, verdict.sentence.startswith("A password cannot be reset here")) == (
        StepClass.REFUSED,
        True,
    )
    rank = classify(OPERATION, Answer(403, code="Authorization_RequestDenied"), 1)
    assert "Privileged Authentication Administrator" in rank.sentence
