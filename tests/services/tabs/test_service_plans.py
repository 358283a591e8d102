"""Service plans: a licence's page, and how switching them folds into the one call of the user's licences."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import pytest

from services.errors import InvalidInput
from services.licences import DISABLED, HELD, LICENCE
from services.operation import Request, Service
from services.plan import Finding, checked, plan, review
from services.session import Session
from services.tabs import licenses, service_plans
from services.tabs.tab import Row, ToggleTab
from services.user import User
from state.values import Change
from tests import contracts
from tests.recorder import recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, applied, connected, ended, flip, reviewed, rows

E3 = "6fd2c87f-b296-42f0-b197-1e91e994b900"
E5 = "06ebc4ee-1bb5-47dd-8120-11324bc54e06"
EXCHANGE = "efb87545-963c-4e0d-99df-69c6916d9eb0"
SHAREPOINT = "5dbe027f-2339-4123-9542-606e4d348a72"
TEAMS = "57ff2da0-773e-42df-b2af-ffb7a2317929"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant; each test changes people of its own."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session of the test's own."""
    async with connected(tenant, tmp_path) as found:
        yield found


async def _plans(session: Session, user: User, licence: str) -> dict[str, Row]:
    """The rows of the page that the licence's name leads to."""
    row = (await rows(session, user, "licenses"))[licence]
    opening = licenses.opens(user, row)
    assert (opening.title, opening.subject) == (licence, user)
    (tab,) = opening.tabs
    assert isinstance(tab, ToggleTab)
    assert tab.id == "licenses"
    found = [row async for page in tab.load(session.tenant, user) for row in page.rows]
    return {row.name: row for row in found if isinstance(row, Row)}


def _switch(user: User, row: Row) -> Change:
    """The change that Space on a service plan makes."""
    return msgspec.structs.replace(flip(user, "licenses", row), field="plan")


def _plan(plan_id: str, after: bool, off: str = "", *, sku: str = E3, held: bool = True) -> Change:
    facts = {DISABLED: off, LICENCE: "E3" if sku == E3 else "E5", **({HELD: "yes"} if held else {})}
    return Change(
        "u-1", "a@x", "licenses", f"{sku}/{plan_id}", f"Plan {plan_id}", "plan", not after, after, facts
    )


def _licence(after: bool, off: str = "", *, sku: str = E3) -> Change:
    name = "E3" if sku == E3 else "E5"
    return Change("u-1", "a@x", "licenses", sku, name, "assigned", not after, after, {DISABLED: off})


def test_a_plan_of_a_held_licence_sends_the_whole_list_and_its_inverse_the_old_one() -> None:
    (found,) = plan([_plan("p2", False, "p1,p3"), _plan("p3", True, "p1,p3")])
    assert found.title == "Set service plans"
    assert found.target == "E3"
    assert found.request.body == {
        "addLicenses": [{"skuId": E3, "disabledPlans": ["p1", "p2"]}],
        "removeLicenses": [],
    }
    assert found.after == {"E3: Plan p2": False, "E3: Plan p3": True, "E3, other plans off": ["p1"]}
    assert found.before == {"E3: Plan p2": True, "E3: Plan p3": False, "E3, other plans off": ["p1"]}
    assert [found.wanted(key) for key in found.changes] == [False, True]
    assert found.inverse is not None
    assert found.inverse.request.body["addLicenses"] == [{"skuId": E3, "disabledPlans": ["p1", "p3"]}]
    assert found.inverse.after["E3: Plan p2"] is True
    contracts.validate_request("POST", found.request.path, {}, found.request.body)


def test_a_new_licence_comes_with_its_plans_off_and_one_that_goes_takes_them_along() -> None:
    changes = [_licence(True), _plan(TEAMS, False, held=False), _plan("p9", False, "p1", sku=E5)]
    changes.append(_licence(False, "p1", sku=E5))
    (found,) = plan(changes)
    assert found.title == "Assign and remove licences"
    assert found.request.body == {
        "addLicenses": [{"skuId": E3, "disabledPlans": [TEAMS]}],
        "removeLicenses": [E5],
    }
    assert found.inverse is not None
    assert found.inverse.request.body == {
        "addLicenses": [{"skuId": E5, "disabledPlans": ["p1"]}],
        "removeLicenses": [E3],
    }
    assert set(found.changes) == {change.key for change in changes}
    assert {key.split("\x1f")[2]: found.wanted(key) for key in found.changes} == {
        E3: True,
        E5: False,
        f"{E3}/{TEAMS}": False,
        f"{E5}/p9": None,
    }


def test_licences_and_plans_of_others_share_the_call() -> None:
    (found,) = plan([_licence(True), _plan("p2", False, "p1", sku=E5)])
    assert found.title == "Assign licence, set service plans"
    assert found.request.body["addLicenses"] == [
        {"skuId": E3, "disabledPlans": []},
        {"skuId": E5, "disabledPlans": ["p1", "p2"]},
    ]
    assert found.inverse is not None
    assert found.inverse.request.body == {
        "addLicenses": [{"skuId": E5, "disabledPlans": ["p1"]}],
        "removeLicenses": [E3],
    }


@pytest.mark.anyio
async def test_plans_of_a_licence_that_nobody_assigns_cannot_be_applied(session: Session) -> None:
    lone = _plan(TEAMS, False, held=False)
    await session.stage([lone])
    found = review(await session.pending.all())
    assert "is not assigned" in found.objection
    with pytest.raises(InvalidInput):
        await session.apply(found, "test")
    await session.pending.discard([lone.key])


@pytest.mark.anyio
async def test_the_page_shows_names_states_and_locks(session: Session) -> None:
    adele = await session.find_user(ADELE)
    found = await _plans(session, adele, "Office 365 E3")
    assert found["Microsoft Teams"].cells == ("Microsoft Teams", "Enabled", "TEAMS1")
    assert found["Microsoft Teams"].locks == ()
    mobile = found["Mobile Device Management for Office 365"]
    assert mobile.lock(0) == service_plans.FOR_COMPANY
    assert "PendingActivation" in mobile.cells[1]
    (visio,) = (await _plans(session, adele, "Visio Plan 2")).values()
    assert visio.lock(0) == "The licence comes from the group Project Alpha: change its plans there"
    joni = await session.find_user("joniw@contoso.example")
    free = await _plans(session, joni, "Microsoft Power Automate Free")
    (flow,) = free.values()
    assert (flow.on, flow.locks) == ((True,), ())
    (tab,) = licenses.opens(
        joni, (await rows(session, joni, "licenses"))["Microsoft Power Automate Free"]
    ).tabs
    assert isinstance(tab, ToggleTab)
    assert tab.needs is not None
    first, second = tab.needs(flow, 0, False)
    assert (first.field, second.field, second.value) == ("usageLocation", "assigned", True)


@pytest.mark.anyio
async def test_switched_plans_are_in_the_tenant_lawfully_and_the_inverse_puts_them_back(
    tenant: Endpoints, tmp_path: Path
) -> None:
    with recording(tenant) as recorder:
        async with connected(recorder.endpoints, tmp_path) as session:
            adele = await session.find_user(ADELE)
            before = await _plans(session, adele, "Office 365 E3")
            changes = [_switch(adele, before[name]) for name in ("Microsoft Teams", "SharePoint (Plan 2)")]
            found = await reviewed(session, changes)
            (line,) = found.lines
            assert line.finding is Finding.READY
            _, (step,) = await applied(session, found)
            assert step.state == "done"
            after = await _plans(session, adele, "Office 365 E3")
            assert [after[name].on for name in ("Microsoft Teams", "SharePoint (Plan 2)")] == [(False,)] * 2
            assert after["Exchange Online (Plan 2)"].on == (True,)
            assert after["Microsoft Teams"].cells[1] == "Deleted"
            inverse = line.operation.inverse
            assert inverse is not None
            number = await session.start("undo", "Undo", [inverse], adele.id)
            _, (back,) = await ended(session, number)
            assert back.state == "done"
            assert (await _plans(session, adele, "Office 365 E3"))["Microsoft Teams"].on == (True,)
        sent = [one for one in recorder.check() if one.path.endswith("/assignLicense")]
    assert [set(one.body["addLicenses"][0]["disabledPlans"]) for one in sent] == [{TEAMS, SHAREPOINT}, set()]


@pytest.mark.anyio
async def test_what_somebody_else_switched_meanwhile_is_a_conflict(session: Session) -> None:
    alex = await session.find_user("alexw@contoso.example")
    before = await _plans(session, alex, "Office 365 E3")
    mine = _switch(alex, before["Microsoft Teams"])
    (theirs,) = plan([_switch(alex, before["Exchange Online (Plan 2)"])])
    assert (await session.tenant.send(theirs.request)).ok
    found = await reviewed(session, [mine])
    (line,) = found.lines
    assert line.finding is Finding.CONFLICT
    assert line.current == {"Office 365 E3, other plans off": ["Exchange Online (Plan 2)"]}
    (again,) = (
        await checked(session.tenant, review([_switch(alex, before["Exchange Online (Plan 2)"])]))
    ).lines
    assert again.finding is Finding.ALREADY_SO


@pytest.mark.anyio
async def test_a_plan_that_another_one_needs_is_refused_in_the_services_words(session: Session) -> None:
    everybody = Request(Service.GRAPH, path="/users", query=(("$select", "id,assignedLicenses"),))
    found = [user async for page in session.tenant.pages(everybody) for user in page]
    holds = next(u["id"] for u in found if any(a["skuId"] == E5 for a in u["assignedLicenses"]))
    holder = await session.find_user(holds)
    before = await _plans(session, holder, "Microsoft 365 E5")
    wanted = await reviewed(session, [_switch(holder, before["Skype for Business Online (Plan 2)"])])
    _, (step,) = await applied(session, wanted)
    assert step.state == "refused"
    assert "Switch both off" in step.sentence
    assert "depends on the service plan(s)" in step.sentence
