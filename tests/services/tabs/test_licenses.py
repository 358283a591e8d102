"""Licenses: rows, locks, the one call they become, and what the tenant holds afterwards."""

from collections.abc import AsyncIterator, Iterator
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from services.licences import DISABLED
from services.operation import Json, Request
from services.plan import Finding, plan
from services.product_names import plan_name, product_name
from services.session import Session
from services.subscriptions import NO_SEAT
from services.tabs import licenses
from state.schedule_values import NewSchedule
from state.schedules import Schedules
from state.values import Change
from tests import contracts
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, applied, connected, flip, reviewed, rows

E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
FLOW = "f30db892-07e9-47e9-837c-80727f46fd3d"
TEAMS = "57ff2da0-773e-42df-b2af-ffb7a2317929"
VISIO = "c5928f49-12ba-48f7-ada3-0d743a3601d5"
LEE = "leeg@contoso.example"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant; each test changes people of its own."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session of the test's own."""
    # without a marketplace; with one see test_license_requests
    async with connected(msgspec.structs.replace(tenant, marketplace_url=""), tmp_path) as found:
        yield found


def _change(row: str, name: str, after: bool, **facts: str) -> Change:
    return Change("u-1", "ann@x.example", "licenses", row, name, "assigned", not after, after, facts)


def test_a_users_whole_diff_is_one_call() -> None:
    off = "p-1,p-2"
    changes = [
        _change(E3, "Office 365 E3", False, disabledPlans=off),
        _change(FLOW, "Flow", True),
        _change("x", "Flow", True),
    ]
    (found,) = plan(changes)
    came = [{"skuId": FLOW, "disabledPlans": []}, {"skuId": "x", "disabledPlans": []}]
    assert found.request.path == "/users/u-1/assignLicense"
    assert found.request.body == {"addLicenses": came, "removeLicenses": [E3]}
    assert found.title == "Assign and remove licences"
    assert found.serial == "user:u-1"
    assert found.after == {"Office 365 E3": False, f"Flow ({FLOW})": True, "Flow (x)": True}
    assert [found.wanted(c.key) for c in changes] == [False, True, True]
    assert found.already == ()
    assert found.inverse is not None
    assert found.inverse.request.body == {
        "addLicenses": [{"skuId": E3, "disabledPlans": ["p-1", "p-2"]}],
        "removeLicenses": [FLOW, "x"],
    }
    assert found.powershell == (
        f"Set-MgUserLicense -UserId 'u-1' -AddLicenses @(@{{'SkuId' = '{FLOW}'; 'DisabledPlans' = @()}}, "
        f"@{{'SkuId' = 'x'; 'DisabledPlans' = @()}}) -RemoveLicenses @('{E3}')"
    )
    contracts.validate_request("POST", found.request.path, {}, found.request.body)
    (alone,) = plan(changes[:1])
    assert [a.status for a in alone.already] == [400]


def test_names_are_the_published_ones_or_the_part_number() -> None:
    assert product_name(E3.upper()) == "Office 365 E3"
    assert product_name("", "spe_e5") == "Microsoft 365 E5"
    assert product_name("0-0", "NEW_THING") == "NEW_THING"
    assert product_name("0-0") == "0-0"
    assert plan_name(TEAMS.upper()) == "Microsoft Teams"
    assert plan_name("", "exchange_s_enterprise") == "Exchange Online (Plan 2)"
    assert plan_name("0-0", "NEW_PLAN") == "NEW_PLAN"


@pytest.mark.anyio
async def test_rows_and_locks(session: Session) -> None:
    found = await rows(session, await session.find_user(ADELE), "licenses")
    assert {name for name, row in found.items() if row.on[0]} == {"Office 365 E3", "Visio Plan 2"}
    assert found["Office 365 E3"].locks == ()
    assert found["Office 365 E3"].cells[1:3] == ("Direct", "ENTERPRISEPACK")
    assert found["Visio Plan 2"].lock(0) == "Assigned by the group Project Alpha: take the user out there"
    assert found["Visio Plan 2"].cells[1] == "Group Project Alpha"
    ems = found["Enterprise Mobility + Security E3"]
    assert (ems.lock(0), ems.cells[4]) == (NO_SEAT, "0")
    assert found["Microsoft Power Automate Free"].locks == ()
    assert "Exchange Online (Plan 2)" in found["Office 365 E3"].cells[6]
    joni = await rows(session, await session.find_user("joniw@contoso.example"), "licenses")
    assert joni["Office 365 E3"].locks == ()
    (need,) = licenses.needs(joni["Office 365 E3"], 0, True)
    assert (need.tab, need.field, need.before) == ("basics", "usageLocation", None)
    assert ("DE", "Germany (DE)") in need.choices
    assert licenses.needs(joni["Office 365 E3"], 0, False) == ()
    assert licenses.needs(found["Microsoft Power Automate Free"], 0, True) == ()
    assert joni["Enterprise Mobility + Security E3"].lock(0) == NO_SEAT


@pytest.mark.anyio
async def test_applied_licences_are_in_the_tenant_and_their_inverse_takes_them_back(session: Session) -> None:
    lee = await session.find_user(LEE)
    before = await rows(session, lee, "licenses")
    wanted = [before["Office 365 E3"], before["Microsoft Power Automate Free"]]
    review = await reviewed(session, [flip(lee, "licenses", row) for row in wanted])
    assert [line.finding for line in review.lines] == [Finding.READY]
    assert [line.operation.target for line in review.lines] == [
        "Office 365 E3, Microsoft Power Automate Free"
    ]
    _, (step,) = await applied(session, review)
    assert (step.state, step.sentence) == ("done", "")
    after = await rows(session, lee, "licenses")
    for row in wanted:
        assert after[row.name].on == (True,)
        assert int(after[row.name].cells[4].replace(",", "")) == int(row.cells[4].replace(",", "")) - 1
    inverse = review.lines[0].operation.inverse
    assert inverse is not None
    assert (await session.tenant.send(inverse.request)).status == 200
    assert (await rows(session, lee, "licenses")).keys() == before.keys()
    assert (await rows(session, lee, "licenses"))["Office 365 E3"].on == (False,)


@pytest.mark.anyio
async def test_plans_that_are_off_come_back_off(session: Session) -> None:
    alex = await session.find_user("alexw@contoso.example")
    row = (await rows(session, alex, "licenses"))["Office 365 E3"]
    change = flip(alex, "licenses", row)
    (taken,) = plan([change])
    limited = taken.inverse
    assert limited is not None
    assert limited.request.body["addLicenses"] == [{"skuId": E3, "disabledPlans": []}]
    limited.request.body["addLicenses"][0]["disabledPlans"] = [TEAMS]
    assert (await session.tenant.send(limited.request)).ok
    row = (await rows(session, alex, "licenses"))["Office 365 E3"]
    assert row.facts[DISABLED] == TEAMS
    assert "Microsoft Teams (off)" in row.cells[6]
    review = await reviewed(session, [flip(alex, "licenses", row)])
    _, (step,) = await applied(session, review)
    assert step.state == "done"
    inverse = review.lines[0].operation.inverse
    assert inverse is not None
    assert (await session.tenant.send(inverse.request)).ok
    assert (await rows(session, alex, "licenses"))["Office 365 E3"].facts[DISABLED] == TEAMS


@pytest.mark.anyio
async def test_seats_that_schedules_will_take_are_not_available(session: Session) -> None:
    lee = await session.find_user(LEE)
    before = (await rows(session, lee, "licenses"))["Visio Plan 2"]
    total, free = int(before.cells[3]), int(before.cells[4])
    assert (before.cells[5], total >= free > 0, before.locks) == ("0", True, ())
    schedules = Schedules(session.database, session.profile.tenant_id)
    for person in range(free):
        new = NewSchedule(
            kind="schedule-licence",
            action="assign",
            title="Assign licences",
            user=f"u-{person}",
            user_name="",
            operator="me",
            at=datetime(2100, 1, 1, tzinfo=UTC),
            zone="UTC",
            local="2100-01-01 00:00",
            seats=(VISIO.upper(),),
        )
        await schedules.add(new, session.clock.now())
    after = (await rows(session, lee, "licenses"))["Visio Plan 2"]
    assert after.cells[3:6] == (str(total), "0", str(free))
    assert after.lock(0) == NO_SEAT


@pytest.mark.anyio
async def test_a_licence_that_was_gone_already_is_already_so(session: Session) -> None:
    isaiah = await session.find_user("isaiahl@contoso.example")
    row = (await rows(session, isaiah, "licenses"))["Office 365 E3"]
    review = await reviewed(session, [flip(isaiah, "licenses", row)])
    assert (await session.tenant.send(review.lines[0].operation.request)).ok
    _, (step,) = await applied(session, review)
    assert step.state == "already so"


@pytest.mark.anyio
async def test_licences_that_come_on_several_pages_are_all_there(
    session: Session, monkeypatch: pytest.MonkeyPatch
) -> None:
    lee = await session.find_user(LEE)
    whole = set(await rows(session, lee, "licenses"))
    read, pages = session.tenant.read, session.tenant.pages

    async def first(request: Request) -> Json:
        body = await read(request)
        return {**body, "value": body["value"][:1]} if request.path == "/subscribedSkus" else body

    async def one_by_one(request: Request, *, link: str = "") -> AsyncIterator[list[dict[str, Json]]]:
        async for page in pages(request, link=link):
            for item in page:
                yield []
                yield [item]

    monkeypatch.setattr(session.tenant, "read", first)
    monkeypatch.setattr(session.tenant, "pages", one_by_one)
    assert len(whole) > 1
    assert set(await rows(session, lee, "licenses")) == whole
