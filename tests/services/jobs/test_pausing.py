"""Refusals for want of a role, as one flight brings them: what waits, what goes again, what stands."""

from collections.abc import Sequence

import pytest

from services.jobs.flight import HEARD, Landed, carry
from services.jobs.limits import Limits
from services.jobs.pausing import Lack
from services.jobs.step_queue import Waiting
from services.operation import Answer, Operation, Repeat, Request, Service
from state.clock import SystemClock
from state.values import StepClass

pytestmark = pytest.mark.anyio

DENIED = Answer(403, code="Authorization_RequestDenied", message="Insufficient privileges.")


class Refusing:
    """Refuses everything."""

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """One request."""
        return DENIED

    async def batch(
        self, service: Service, requests: Sequence[Request], *, bulk: bool = True
    ) -> list[Answer]:
        """Several."""
        return [DENIED for _ in requests]

    def batch_size(self, service: Service) -> int:
        """Any."""
        return 20

    def lanes(self, service: Service) -> int:
        """Any."""
        return 4


class Saying:
    """Says the same of every refusal."""

    def __init__(self, lack: Lack | None) -> None:
        self._lack = lack

    async def before(self, operations: Sequence[Operation]) -> Lack | None:
        """Nothing is known before."""
        return None

    async def refused(self, operations: Sequence[Operation]) -> list[Lack | None]:
        """The same of each."""
        return [self._lack] * len(operations)

    async def regained(self, roles: Sequence[str]) -> str:
        """Nothing."""
        return ""


async def landed(lack: Lack | None, *, attempts: int = 1, once: bool = False) -> Landed:
    """What a refused step comes to at this sending."""
    repeat = Repeat.ONCE if once else Repeat.SET
    operation = Operation("Add", "x", Request(Service.GRAPH, "POST", "/invitations"), "s", "", repeat=repeat)
    step = Waiting(1, operation, "", once=once, attempts=attempts)
    return await carry(Refusing(), SystemClock(), [step], Limits(), lambda: None, Saying(lack))


@pytest.mark.parametrize("once", [False, True])
async def test_what_pauses_waits_also_where_it_is_sent_once_only(once: bool) -> None:
    lack = Lack("Guest Inviter ended at 14:30.", ("inviter",), pauses=True)
    found = await landed(lack, once=once)
    assert found.lack is lack
    assert [(r.state, r.status) for r in found.results] == [(StepClass.WAITING, 403)]
    assert found.results[0].sentence.startswith("Guest Inviter ended at 14:30. (Authorization_RequestDenied")
    assert [step.number for step in found.again] == [1]


async def test_what_has_not_been_heard_of_goes_again_until_it_must_have_been() -> None:
    lack = Lack("Guest Inviter is active since 14:30; the service has not heard of it yet.", again=True)
    found = await landed(lack)
    assert (found.results[0].state, found.lack) == (StepClass.WAITING, None)
    found = await landed(lack, attempts=HEARD)
    assert found.results[0].state is StepClass.REFUSED
    assert "has not heard" not in found.results[0].sentence


async def test_a_refusal_that_stands_says_which_role_it_takes() -> None:
    found = await landed(Lack("This needs Guest Inviter, and you are eligible for none: ask for one."))
    assert found.results[0].state is StepClass.REFUSED
    assert found.results[0].sentence.startswith("This needs Guest Inviter,")
    found = await landed(None)
    assert found.results[0].sentence.startswith("Your role does not allow it.")
