"""Azure applications and portal access roles: a row for each role, and that assignments happen in the tenant."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import pytest

from services.app_roles import App, AppRole, Grant
from services.errors import InvalidInput, NotFound
from services.jobs.outcome import classify
from services.jobs.sight import seen
from services.operation import Answer
from services.plan import Finding
from services.sandbox.options import PORTAL_APP_ID
from services.session import Session
from services.tabs import app_rows, azure_applications, portal_access_roles
from services.tabs.app_rows import by_role
from services.tabs.tab import hidden
from state.values import Change, ProcessStatus, StepClass
from tests import contracts
from tests.sandbox import Endpoints, running_sandbox
from tests.services.acting import backwards, carried_out
from tests.services.connected import ADELE, applied, connected, flip, reviewed, rows

pytestmark = pytest.mark.anyio

TAB, PORTAL = "azure-applications", "portal-access-roles"
ZERO = "00000000-0000-0000-0000-000000000000"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant; each test that writes changes a user of its own."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session with it whose profile names the portal's application."""
    async with connected(tenant, tmp_path, portal_app_id=PORTAL_APP_ID) as found:
        yield found


def change(after: bool, facts: dict[str, str]) -> Change:
    return Change("u-1", "ann@x.example", TAB, "a/r", "Wiki · Editor", "assigned", not after, after, facts)


async def test_an_application_has_a_row_for_each_role(session: Session) -> None:
    found = await rows(session, await session.find_user(ADELE), TAB)
    expenses, travel, wiki = found["Expenses"], found["Travel Desk"], found["Atlas Wiki · Reader"]
    assert (expenses.on, expenses.cells[1:3]) == ((True,), ("User", "Direct"))
    assert (travel.on, travel.cells[1], travel.facts["role"]) == ((True,), "Default access", ZERO)
    assert (wiki.on, wiki.lock(0)) == (
        (True,),
        "Assigned through the group Project Alpha: change its members",
    )
    assert (found["Atlas Wiki · Editor"].on, found["Atlas Wiki · Editor"].lock(0)) == ((False,), "")
    assert {n: found[f"Warehouse · {n}"].on[0] for n in ("Picker", "Planner", "Manager")} == {
        "Picker": True,
        "Planner": False,
        "Manager": False,
    }
    assert "Warehouse · Auditor" not in found
    collector = found["Telemetry Collector"]
    assert (collector.on, collector.lock(0)) == ((False,), app_rows.NO_ROLE)
    assert found["Legacy Intranet"].cells[3] == "Sign-in off"
    assert len({row.key for row in found.values()}) == len(found)


async def test_what_the_portals_list_lacks_is_shown_when_it_is_held(session: Session) -> None:
    found = await rows(session, await session.find_user(ADELE), TAB)
    assert (found["Background Sync"].on, found["Background Sync"].lock(0)) == ((True,), "")
    other = await rows(session, await session.find_user("leeg@contoso.example"), TAB)
    assert "Background Sync" not in other


@pytest.mark.parametrize("name", ["Payroll", "Atlas Wiki · Editor"])
async def test_a_role_is_given_and_taken_back(session: Session, name: str) -> None:
    user = await session.find_user("isaiahl@contoso.example")
    every = await rows(session, user, TAB)
    row = next(r for n, r in every.items() if n.startswith(name) and not r.on[0])
    process, steps = await applied(session, await reviewed(session, [flip(user, TAB, row)]))
    assert (process.status, [s.state for s in steps]) == (ProcessStatus.SUCCEEDED, [StepClass.DONE])
    given = next(r for r in (await rows(session, user, TAB)).values() if r.key == row.key)
    assert (given.on, given.cells[2]) == ((True,), "Direct")
    review = await reviewed(session, [flip(user, TAB, given)])
    assert [line.finding for line in review.lines] == [Finding.READY]
    process, _ = await applied(session, review)
    assert process.status is ProcessStatus.SUCCEEDED
    gone = next(r for r in (await rows(session, user, TAB)).values() if r.key == row.key)
    assert (gone.on, gone.facts.get("assignment")) == ((False,), None)


async def test_what_was_given_can_be_undone_without_loading_anything(session: Session) -> None:
    user = await session.find_user("leeg@contoso.example")
    row = (await rows(session, user, TAB))["Expenses"]
    assert (row.on, row.locks) == ((False,), ())
    (given,) = [line.operation for line in (await reviewed(session, [flip(user, TAB, row)])).lines]
    _, (step,) = await carried_out(session, user, [given])
    assert step.state is StepClass.DONE
    assert (await rows(session, user, TAB))["Expenses"].on == (True,)
    for expected in (StepClass.DONE, StepClass.ALREADY_SO):
        _, (step,) = await carried_out(session, user, backwards([given]))
        assert step.state is expected
        assert (await rows(session, user, TAB))["Expenses"].on == (False,)


async def test_the_portals_roles(session: Session) -> None:
    user = await session.find_user(ADELE)
    found = await rows(session, user, PORTAL)
    assert {name: row.on[0] for name, row in found.items()} == {
        "Administrator": False,
        "Help desk": False,
        "Licence manager": False,
        "Auditor": True,
    }
    process, _ = await applied(session, await reviewed(session, [flip(user, PORTAL, found["Help desk"])]))
    assert process.status is ProcessStatus.SUCCEEDED
    assert (await rows(session, user, PORTAL))["Help desk"].on == (True,)


async def test_the_portal_is_hidden_without_a_profile_and_told_when_it_is_wrong(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with connected(tenant, tmp_path / "none") as session:
        user = await session.find_user(ADELE)
        assert "portal_app_id" in hidden(portal_access_roles.TAB, session.tenant, user)
        assert hidden(azure_applications.TAB, session.tenant, user) == ""
    async with connected(tenant, tmp_path / "wrong", portal_app_id=ZERO) as session:
        assert hidden(portal_access_roles.TAB, session.tenant, user) == ""
        with pytest.raises(NotFound, match="limit nothing here: name Rollcall's own with portal_app_id"):
            await rows(session, user, PORTAL)


def test_what_is_held_twice_is_taken_once() -> None:
    app = App("a-1", "app-1", "Wiki")
    held = [Grant("x-1", "a-1", "Wiki", ZERO), Grant("x-2", "a-1", "Wiki", ZERO, "Project Alpha")]
    (row,) = app_rows.rows(app, by_role(held))
    assert (row.on, row.lock(0), row.cells[2]) == ((True,), "", "Direct, Through Project Alpha")
    assert row.facts == {"app": "a-1", "role": ZERO, "assignment": "x-1"}


def test_a_role_that_is_offered_no_more_can_be_taken_away() -> None:
    app = App("a-1", "app-1", "Wiki", (AppRole("r-1", "Reader", True), AppRole("r-2", "Editor", False)))
    held = by_role([Grant("x-1", "a-1", "Wiki", "r-2"), Grant("x-2", "a-1", "Wiki", ZERO)])
    found = app_rows.rows(app, held)
    assert [(row.name, row.on, row.lock(0)) for row in found] == [
        ("Wiki · Reader", (False,), ""),
        ("Wiki · Editor (no longer offered)", (True,), ""),
        ("Wiki · Default access (no longer offered)", (True,), ""),
    ]


def test_giving_is_one_post() -> None:
    (operation,) = app_rows.plan([change(True, {"app": "a-1", "role": ZERO})])
    request = operation.request
    body = {"principalId": "u-1", "resourceId": "a-1", "appRoleId": ZERO}
    assert (request.method, request.path, request.body) == (
        "POST", "/servicePrincipals/a-1/appRoleAssignedTo", body,
    )  # fmt: skip
    assert operation.powershell == (
        "New-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId 'a-1' -PrincipalId 'u-1' "
        f"-ResourceId 'a-1' -AppRoleId '{ZERO}'"
    )
    assert operation.inverse is not None
    assert operation.inverse.request.path == "/servicePrincipals/a-1/appRoleAssignedTo/{}"
    assert operation.inverse.lookup is not None
    assert operation.look is not None
    assert operation.inverse.lookup.request == operation.look.request
    assert operation.look is not None
    look = operation.look.request
    contracts.validate_request(look.method, look.path, dict(look.query), None)


def test_taking_names_the_assignment_and_can_be_undone() -> None:
    facts = {"app": "a-1", "role": ZERO, "assignment": "x-1"}
    (operation,) = app_rows.plan([change(False, facts)])
    request = operation.request
    assert (request.method, request.path) == ("DELETE", "/servicePrincipals/a-1/appRoleAssignedTo/x-1")
    assert operation.powershell == (
        "Remove-MgServicePrincipalAppRoleAssignedTo -ServicePrincipalId 'a-1' -AppRoleAssignmentId 'x-1'"
    )
    assert operation.inverse is not None
    assert operation.inverse.request.method == "POST"
    with pytest.raises(InvalidInput):
        app_rows.plan([change(False, {"app": "a-1", "role": ZERO})])


@pytest.mark.parametrize(
    ("principal", "app", "expected"), [("u-1", "a-1", True), ("g-1", "a-1", False), ("u-1", "a-2", False)]
)
def test_the_look_minds_whose_and_where(principal: str, app: str, expected: bool) -> None:
    (operation,) = app_rows.plan([change(True, {"app": "a-1", "role": ZERO})])
    assert operation.look is not None
    item = {"appRoleId": ZERO, "resourceId": app, "principalId": principal}
    assert seen(operation.look, Answer(200, {"value": [item]})) == {"assigned": expected}


@pytest.mark.parametrize(
    ("after", "answer", "state", "words"),
    [
        (True, Answer(201), StepClass.DONE, ""),
        (
            True,
            Answer(400, message="Permission being assigned already exists on the object"),
            StepClass.ALREADY_SO,
            "",
        ),
        (
            True,
            Answer(400, message="Permission being assigned was not found on application 'x'."),
            StepClass.REFUSED,
            "does not declare this role",
        ),
        (False, Answer(404), StepClass.ALREADY_SO, ""),
    ],
)
def test_answers_mean(after: bool, answer: Answer, state: StepClass, words: str) -> None:
    facts = {"app": "a-1", "role": ZERO, "assignment": "x-1"}
    (operation,) = app_rows.plan([change(after, facts)])
    verdict = classify(operation, answer, 1)
    assert verdict.state is state
    assert words in verdict.sentence
