"""Lookup: the id that is found just before a request is sent, and what is said where there is none."""

from collections.abc import Sequence

import msgspec
import pytest

from services.errors import ForeignHost, RollcallError, ServiceDown, Unreachable
from services.jobs.flight import carry
from services.jobs.limits import Limits
from services.jobs.step_queue import Waiting
from services.operation import Already, Answer, Lookup, Operation, Repeat, Request, Service, decode, encode
from state.clock import SystemClock
from state.values import StepClass

pytestmark = pytest.mark.anyio

LIST = Request(Service.SHAREPOINT, path="/_api/web/users")
REMOVE = Operation(
    "Remove",
    "x",
    Request(Service.SHAREPOINT, "POST", f"/_api/web/users/removebyid({Lookup.HERE})"),
    "s",
    "",
    already=(Already(404, "Can not find the user"),),
    lookup=Lookup(LIST, (("LoginName", "I|Ann"),), "Id"),
)


class Site:
    """Answers the list with `listed`, everything else with 200, and keeps what was asked."""

    def __init__(self, listed: Answer | Exception) -> None:
        self.listed = listed
        self.asked: list[Request] = []

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """One request."""
        self.asked.append(request)
        if request != LIST:
            return Answer(200)
        if isinstance(self.listed, Exception):
            raise self.listed
        return self.listed

    async def batch(
        self, service: Service, requests: Sequence[Request], *, bulk: bool = True
    ) -> list[Answer]:
        """Several."""
        return [await self.send(request) for request in requests]

    def batch_size(self, service: Service) -> int:
        """Any."""
        return 20

    def lanes(self, service: Service) -> int:
        """Any."""
        return 4


async def landed(listed: Answer | Exception, *operations: Operation) -> tuple[list[StepClass], list[str]]:
    """What became of the steps, and which paths were written."""
    service = Site(listed)
    steps = [
        Waiting(n, operation, "", once=False, attempts=1)
        for n, operation in enumerate(operations or (REMOVE,), 1)
    ]
    found = await carry(service, SystemClock(), steps, Limits(), lambda: None)
    return [r.state for r in found.results], [r.path for r in service.asked if r.method == "POST"]


def people(*found: object) -> Answer:
    return Answer(200, {"value": list(found)})


async def test_the_id_is_found_and_encoded() -> None:
    other, ann = {"LoginName": "i|bob", "Id": 1}, {"LoginName": "i|ANN", "Id": "7/8"}
    states, paths = await landed(people(other, ann))
    assert (states, paths) == ([StepClass.DONE], ["/_api/web/users/removebyid(7%2F8)"])


async def test_who_is_not_there_needs_no_removing() -> None:
    for body in (
        people({"LoginName": "i|bob", "Id": 1}),
        people(),
        people("x", {"LoginName": "i|ann"}),
        Answer(200),
    ):
        assert await landed(body) == ([StepClass.ALREADY_SO], [])


@pytest.mark.parametrize(
    ("answer", "state"),
    [
        (Answer(503), StepClass.WAITING),
        (Answer(429), StepClass.WAITING),
        (Answer(403), StepClass.REFUSED),
        (Unreachable("cut"), StepClass.WAITING),
    ],
)
async def test_what_cannot_be_read_is_not_written(answer: Answer | Exception, state: StepClass) -> None:
    assert await landed(answer) == ([state], [])


async def test_in_a_batch_each_answer_finds_its_step() -> None:
    plain = Operation("Add", "x", Request(Service.SHAREPOINT, "POST", "/add"), "s", "")
    states, paths = await landed(people(), plain, REMOVE, plain)
    assert states == [StepClass.DONE, StepClass.ALREADY_SO, StepClass.DONE]
    assert paths == ["/add", "/add"]


@pytest.mark.parametrize(
    "listed", [Unreachable("cut"), ServiceDown("down"), Answer(429), Answer(503), Answer(0)], ids=str
)
async def test_one_whose_lookup_fails_keeps_none_back_and_was_not_sent(listed: Answer | Exception) -> None:
    plain = Operation("Add", "x", Request(Service.SHAREPOINT, "POST", "/add"), "s", "")
    once = msgspec.structs.replace(REMOVE, repeat=Repeat.ONCE)
    site = Site(listed)
    steps = [
        Waiting(n, operation, "", operation.repeat is Repeat.ONCE, attempts=1)
        for n, operation in enumerate((plain, REMOVE, once, plain), 1)
    ]
    found = await carry(site, SystemClock(), steps, Limits(), lambda: None)
    assert [(r.number, r.state) for r in found.results] == [
        (1, StepClass.DONE),
        (2, StepClass.WAITING),
        (3, StepClass.WAITING),
        (4, StepClass.DONE),
    ]
    assert ([step.number for step in found.again], found.unsure, found.doubtful) == ([2, 3], [], [])


@pytest.mark.parametrize(
    ("error", "state", "reached"),
    [
        (Unreachable("no way", sent=False), StepClass.WAITING, False),
        (ForeignHost("not ours"), StepClass.FAILED, True),
    ],
)
async def test_what_stands_for_all_of_them_is_told_of_all_and_nothing_is_sent(
    error: RollcallError, state: StepClass, reached: bool
) -> None:
    plain = Operation("Add", "x", Request(Service.SHAREPOINT, "POST", "/add"), "s", "", repeat=Repeat.ONCE)
    site = Site(error)
    steps = [Waiting(n, o, "", n == 1, attempts=1) for n, o in enumerate((plain, REMOVE), 1)]
    found = await carry(site, SystemClock(), steps, Limits(), lambda: None)
    assert ([r.state for r in found.results], found.reached) == ([state] * 2, reached)
    assert site.asked == [LIST]


def test_it_survives_the_journal() -> None:
    assert decode(encode(REMOVE)) == REMOVE
