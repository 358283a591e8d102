"""Scheduled licences where seats are short: requested where a marketplace is connected, blocked with why elsewhere."""

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path
from typing import Any

import httpx
import msgspec
import pytest

from services.actions.schedule_license_assignment import ACTION
from services.errors import InvalidInput
from services.marketplace import LicenceRequest, market_of
from services.session import Session
from services.user import User
from state.clock import SystemClock
from state.schedule_values import ScheduleStatus
from tests.recorder import recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import connected, ended
from tests.services.schedules import once, over, scheduled

pytestmark = pytest.mark.anyio

EMS = "efccb6f7-5641-4e0e-bd10-b4976e1bf68e"
NAME = "Enterprise Mobility + Security E3"
LOCATED = {"usageLocation": "DE"}


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant without a free seat of EMS; each test asks for people of its own."""
    with running_sandbox() as found:
        yield found


async def made(session: Session, user: User, *skus: str) -> int:
    """Schedules these licences for tomorrow."""
    tomorrow = SystemClock().now() + timedelta(days=1)
    number, _ = await scheduled(session, ACTION, user, {"licences": list(skus), **LOCATED}, tomorrow)
    return number


async def run(session: Session, number: int) -> list[tuple[str, str]]:
    """Runs the schedule now: each step of what it became, but the usage location, with its state."""
    await session.scheduling.run_now(number)
    found = await over(session, number)
    assert (found.status, found.process is not None) == (ScheduleStatus.STARTED, True), found.sentence
    assert found.process is not None
    _, steps = await ended(session, found.process)
    return [(step.title, str(step.state)) for step in steps if "location" not in step.title]


async def offered(session: Session, user: User) -> tuple[dict[str, str], str]:
    """The licences that the form offers with their labels, and what it tells."""
    form = await ACTION.ask(session.tenant, user, None)
    (question,) = [each for each in form.questions if each.id == "licences"]
    return dict(question.choices), " ".join(form.told)


async def last_request(session: Session, user: User) -> LicenceRequest:
    """The user's newest request for EMS."""
    return (await market_of(session.tenant, user.id)).requests[EMS]


def decide(tenant: Endpoints, request: str, *statuses: str) -> None:
    """What the buyer does."""
    for status in statuses:
        answer = httpx.post(
            f"{tenant.marketplace_url}/requests/{request}/decide",
            json={"status": status},
            headers={"Authorization": f"Bearer {tenant.token}"},
        )
        assert answer.status_code == 200, answer.text


REQUESTED = [("Request licence from the marketplace", "done")]


async def test_what_has_no_seat_is_requested_when_the_time_has_come(
    tenant: Endpoints, tmp_path: Path
) -> None:
    with recording(tenant) as wire:
        async with connected(wire.endpoints, tmp_path) as session:
            user = await session.find_user("alexw@contoso.example")
            choices, told = await offered(session, user)
            assert choices[EMS] == f"{NAME} (on request)"
            assert list(choices)[-1] == EMS
            assert told.startswith(
                "A seat of each is reserved until then. What has no free seat is requested"
            )
            seated = next(iter(choices))
            number = await made(session, user, EMS, seated)
            plan = (await session.schedules.get(number)).plan
            assert plan.seats == (seated,)
            assert plan.about.startswith(f"{NAME} (requested), ")
            assert await session.schedules.reserved_seats() == {seated: 1}
            assert await run(session, number) == [("Assign licence", "done"), *REQUESTED]
            assert (await last_request(session, user)).status == "pending"
            # what is asked for already is not asked for again
            assert EMS not in (await offered(session, user))[0]
            form = await ACTION.ask(session.tenant, user, None)
            with pytest.raises(InvalidInput, match=r"No seat is free; it is requested: pending \(R-"):
                ACTION.plan(user, form, {"licences": [EMS], **LOCATED})
        asked = [said.body for said in wire.check() if said.path == "/requests" and said.method == "POST"]
        assert [body["displayName"] for body in asked] == ["Alex Wilber"]


async def test_the_request_is_the_one_of_its_time(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user("joniw@contoso.example")
        later, now = await made(session, user, EMS), await made(session, user, EMS)
        assert await session.schedules.reserved_seats() == {}
        assert await run(session, now) == REQUESTED
        first = await last_request(session, user)
        decide(tenant, first.id, "rejected")
        assert await run(session, later) == REQUESTED
        second = await last_request(session, user)
        assert (second.id != first.id, second.status) == (True, "pending")


async def test_a_seat_that_came_is_taken_and_one_that_is_kept_is_left_to_whom_it_is_kept_for(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with connected(tenant, tmp_path) as session:
        asking, waiting, third = [
            await session.find_user(f"{name}@contoso.example") for name in ("leeg", "adelev", "isaiahl")
        ]
        hoping = await made(session, waiting, EMS)
        assert await run(session, await made(session, asking, EMS)) == REQUESTED
        decide(tenant, (await last_request(session, asking)).id, "approved", "fulfilled")
        keeping = await made(session, asking, EMS)
        assert await session.schedules.reserved_seats() == {EMS: 1}
        # who has the last seat kept for them can still change their schedule; to others there is none
        assert (await offered(session, asking))[0][EMS] == f"{NAME} (1 free)"
        assert (await offered(session, third))[0][EMS] == f"{NAME} (on request)"
        assert await run(session, hoping) == REQUESTED
        assert await run(session, keeping) == [("Assign licence", "done")]


async def test_without_a_marketplace_it_is_blocked_with_the_reason(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user("meganb@contoso.example")
        number = await made(session, user, EMS)
    alone = msgspec.structs.replace(tenant, marketplace_url="")
    async with connected(alone, tmp_path) as session:
        choices, told = await offered(session, user)
        assert EMS not in choices
        assert f"Not {NAME}: no seat is free: buy seats" in told
        await session.scheduling.run_now(number)
        found = await over(session, number)
    assert found.status is ScheduleStatus.FAILED
    assert found.sentence.startswith(f"Not started: {NAME}: No seat is free: buy seats")


async def test_a_marketplace_that_does_not_answer_is_asked_again(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        user = await session.find_user("svc-backup@contoso.example")
        number = await made(session, user, EMS)
    lost = msgspec.structs.replace(tenant, marketplace_url=f"{tenant.marketplace_url}/nowhere")
    async with connected(lost, tmp_path) as session:
        assert "it cannot be requested: the marketplace answered 404" in (await offered(session, user))[1]
        await session.scheduling.run_now(number)
        found = await once(session, number, lambda found: bool(found.attempts))
    facts: dict[str, Any] = {"open": found.open, "process": found.process}
    assert facts == {"open": True, "process": None}
    assert f"{NAME}: No seat is free, and it cannot be requested" in found.sentence
