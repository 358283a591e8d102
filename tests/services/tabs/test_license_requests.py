"""Licence requests: what is asked of the marketplace when no seat is free, told, and taken back."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from services.marketplace import asked_for, market_of
from services.operation import Request, Service
from services.plan import Finding, plan
from services.profile import Marketplace
from services.record import Record
from services.secret import Secret
from services.session import Session
from services.subscriptions import NO_SEAT
from services.tabs import licenses
from services.tabs.license_requests import CANCEL
from services.tabs.tab import Row, ToggleTab
from services.transport.marketplace import NOT_ACCEPTED
from services.user import User
from state.values import Change, Step
from tests.recorder import recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, applied, connected, ended, flip, reviewed, rows

EMS = "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"
NAME = "Enterprise Mobility + Security E3"
INTUNE = "c1ec4a95-1f05-45b3-a911-aa3fa01094f5"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant without a free seat of EMS; each test asks for people of its own."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session of the test's own."""
    async with connected(tenant, tmp_path) as found:
        yield found


def _decide(tenant: Endpoints, request: str, status: str) -> None:
    """What the buyer does."""
    answer = httpx.post(
        f"{tenant.marketplace_url}/requests/{request}/decide",
        json={"status": status},
        headers={"Authorization": f"Bearer {tenant.token}"},
    )
    assert answer.status_code == 200, answer.text


def _number(step: Step) -> str:
    """The number that the marketplace gave the request of this step."""
    return step.sentence.split()[2].rstrip(",")


def _told(row: Row) -> str:
    return row.cells[1]


async def _cancelled(session: Session, user: User, row: Row) -> tuple[str, str]:
    """Does the row's action; how its step ended, and in which words."""
    record = Record(row.key, row.cells, (), row.facts)
    assert CANCEL.fits(session.tenant, user, record) == ""
    form = await CANCEL.ask(session.tenant, user, record)
    number = await session.start(CANCEL.id, CANCEL.title, CANCEL.plan(user, form, {}), user.id)
    _, (step,) = await ended(session, number)
    return str(step.state), step.sentence


def _change(row: str, field: str, after: bool, **facts: str) -> Change:
    return Change("u-1", "a@x", "licenses", row, f"Name of {row}", field, not after, after, facts)


def test_requests_leave_the_one_call_and_take_their_service_plans_along() -> None:
    seated, plain = _change("s-1", "assigned", True), _change("s-2", "assigned", True, request="R-7")
    off = _change("s-2/p-1", "plan", False, request="R-7", licence="Name of s-2")
    call, asked = plan([seated, plain, off])
    assert call.request.body == {
        "addLicenses": [{"skuId": "s-1", "disabledPlans": []}],
        "removeLicenses": [],
    }
    assert (asked.request.service, asked.request.path) == (Service.MARKETPLACE, "/requests")
    assert asked.request.body["disabledPlans"] == ["p-1"]
    assert asked.changes == (plain.key, off.key)
    assert [asked.wanted(key) for key in asked.changes] == [None, None]
    assert asked.inverse is None
    again = asked_for([plain, off])
    assert again.request.headers == asked.request.headers
    next_one = asked_for([msgspec.structs.replace(plain, facts={"request": "R-8"})])
    assert next_one.request.headers != asked.request.headers


@pytest.mark.anyio
async def test_a_licence_without_a_seat_is_requested_told_and_cancelled_lawfully(
    tenant: Endpoints, tmp_path: Path
) -> None:
    with recording(tenant) as recorder:
        async with connected(recorder.endpoints, tmp_path) as session:
            adele = await session.find_user(ADELE)
            row = (await rows(session, adele, "licenses"))[NAME]
            assert (row.on, row.locks, _told(row)) == ((False,), (), "")
            record = Record(row.key, row.cells, (), row.facts)
            assert CANCEL.fits(session.tenant, adele, record) == "the licence was not requested"
            found = await reviewed(session, [flip(adele, "licenses", row)])
            (line,) = found.lines
            assert (line.finding, line.operation.title) == (
                Finding.READY,
                "Request licence from the marketplace",
            )
            _, (step,) = await applied(session, found)
            assert step.state == "done"
            first = _number(step)
            assert step.sentence == f"Answer: id {first}, status pending."
            row = (await rows(session, adele, "licenses"))[NAME]
            assert (row.on, _told(row)) == ((False,), f"requested: pending ({first})")
            assert row.lock(0) == f"No seat is free; it is requested: pending ({first})"
            assert await _cancelled(session, adele, row) == ("done", f"Answer: id {first}, status cancelled.")
            row = (await rows(session, adele, "licenses"))[NAME]
            assert (_told(row), row.locks) == (f"requested: cancelled ({first})", ())
            # asked for again it is another request
            _, (step,) = await applied(session, await reviewed(session, [flip(adele, "licenses", row)]))
            assert _number(step) != first
        said = [one for one in recorder.check() if one.service == "marketplace"]
        assert [one.path for one in said if one.method == "POST"] == [
            "/requests",
            f"/requests/{first}/cancel",
            "/requests",
        ]


@pytest.mark.anyio
async def test_what_became_of_a_request_is_told_and_a_delivered_seat_is_free(
    tenant: Endpoints, session: Session
) -> None:
    lee = await session.find_user("leeg@contoso.example")
    row = (await rows(session, lee, "licenses"))[NAME]
    _, (step,) = await applied(session, await reviewed(session, [flip(lee, "licenses", row)]))
    request = _number(step)
    _decide(tenant, request, "approved")
    row = (await rows(session, lee, "licenses"))[NAME]
    assert row.lock(0) == f"No seat is free; it is requested: approved ({request})"
    record = Record(row.key, row.cells, (), row.facts)
    assert CANCEL.fits(session.tenant, lee, record) == "the request is approved and no longer pending"
    _decide(tenant, request, "fulfilled")
    row = (await rows(session, lee, "licenses"))[NAME]
    assert (row.locks, row.cells[4]) == ((), "1")
    found = await reviewed(session, [flip(lee, "licenses", row)])
    assert [line.operation.title for line in found.lines] == ["Assign licence"]
    _, (step,) = await applied(session, found)
    assert step.state == "done"


@pytest.mark.anyio
async def test_the_same_request_sent_twice_is_one(session: Session) -> None:
    alex = await session.find_user("alexw@contoso.example")
    row = (await rows(session, alex, "licenses"))[NAME]
    (asked,) = plan([flip(alex, "licenses", row)])
    first = await session.tenant.send(asked.request)
    second = await session.tenant.send(asked.request)
    assert (first.status, second.status) == (201, 200)
    assert first.body == second.body
    found = await reviewed(session, [flip(alex, "licenses", row)])
    assert [line.finding for line in found.lines] == [Finding.ALREADY_SO]


@pytest.mark.anyio
async def test_a_request_that_was_decided_meanwhile_is_not_cancelled(
    tenant: Endpoints, session: Session
) -> None:
    isaiah = await session.find_user("isaiahl@contoso.example")
    row = (await rows(session, isaiah, "licenses"))[NAME]
    _, (step,) = await applied(session, await reviewed(session, [flip(isaiah, "licenses", row)]))
    row = (await rows(session, isaiah, "licenses"))[NAME]
    _decide(tenant, _number(step), "rejected")
    state, sentence = await _cancelled(session, isaiah, row)
    assert (state, "is rejected" in sentence) == ("refused", True)


@pytest.mark.anyio
async def test_service_plans_of_a_requested_licence_can_be_left_out(session: Session) -> None:
    joni = await session.find_user("joniw@contoso.example")
    row = (await rows(session, joni, "licenses"))[NAME]
    (tab,) = licenses.opens(joni, row).tabs
    assert isinstance(tab, ToggleTab)
    plans = [r async for page in tab.load(session.tenant, joni) for r in page.rows if isinstance(r, Row)]
    intune = plans[-1] if INTUNE in plans[-1].key else plans[-2]
    assert intune.locks == ()
    assert tab.needs is not None
    *_, need = tab.needs(intune, 0, False)
    base = flip(joni, "licenses", intune)
    own = msgspec.structs.replace(
        base, row=need.row, row_name=need.title, field=need.field, before=False, after=True, facts=need.facts
    )
    found = await reviewed(session, [own, msgspec.structs.replace(base, field="plan")])
    (line,) = found.lines
    assert line.operation.request.body["disabledPlans"] == [INTUNE]
    _, (step,) = await applied(session, found)
    assert step.state == "done"


@pytest.mark.anyio
async def test_a_marketplace_that_does_not_answer_blocks_with_both_reasons(
    tenant: Endpoints, tmp_path: Path
) -> None:
    away = msgspec.structs.replace(tenant, marketplace_url="http://127.0.0.1:1")
    async with connected(away, tmp_path) as session:
        found = await rows(session, await session.find_user(ADELE), "licenses")
        assert found[NAME].lock(0).startswith("No seat is free, and it cannot be requested: The marketplace")
        assert found["Office 365 E3"].locks == ()


@pytest.mark.anyio
async def test_the_marketplace_gets_its_own_token_and_not_the_tenants(
    tenant: Endpoints, tmp_path: Path
) -> None:
    alone = msgspec.structs.replace(tenant, marketplace_url="")
    for token, told in ((tenant.token, ""), ("another", NOT_ACCEPTED.rstrip("."))):
        shop = Marketplace(tenant.marketplace_url, Secret(token))
        async with connected(alone, tmp_path, marketplace=shop) as session:
            market = await market_of(session.tenant, (await session.find_user(ADELE)).id)
            assert market.trouble.startswith(told)
            assert bool(market.trouble) is bool(told)


@pytest.mark.anyio
async def test_without_a_marketplace_there_is_only_the_reason(tenant: Endpoints, tmp_path: Path) -> None:
    alone = msgspec.structs.replace(tenant, marketplace_url="")
    async with connected(alone, tmp_path) as session:
        adele = await session.find_user(ADELE)
        found = await rows(session, adele, "licenses")
        assert found[NAME].lock(0) == NO_SEAT
        record = Record(found[NAME].key, found[NAME].cells, (), found[NAME].facts)
        assert CANCEL.fits(session.tenant, adele, record) == "no marketplace is connected"


@pytest.mark.parametrize(
    ("changed", "key", "status"),
    [
        ({}, "", 400),
        ({"colour": "red"}, "k", 400),
        ({"product": None}, "k", 400),
        ({"skuId": "11111111-1111-4111-8111-111111111111"}, "k", 422),
    ],
)
def test_the_sandboxs_marketplace_refuses_what_is_not_the_protocol(
    tenant: Endpoints, changed: dict[str, Any], key: str, status: int
) -> None:
    body = {
        "userId": "u", "userPrincipalName": "u@x", "displayName": "U", "skuId": EMS, "product": "EMS",
        "disabledPlans": [],
    }  # fmt: skip
    headers = {"Authorization": f"Bearer {tenant.token}"} | ({"Idempotency-Key": key} if key else {})
    answer = httpx.post(f"{tenant.marketplace_url}/requests", json=body | changed, headers=headers)
    assert answer.status_code == status
    assert answer.json()["error"]["message"]
    assert httpx.get(f"{tenant.marketplace_url}/requests").status_code == 401


def test_the_request_needs_no_answer_to_be_built() -> None:
    asked = asked_for([_change("s-2", "assigned", True, request="first", name="Ann")])
    assert asked.request.body["displayName"] == "Ann"
    assert asked.look is not None
    assert asked.look.request == Request(Service.MARKETPLACE, path="/requests", query=(("userId", "u-1"),))
