"""Directory roles: who holds what and how, what may be flipped, and that it happens in the tenant."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import pytest

from services.errors import InvalidInput, NotPermitted
from services.jobs.outcome import classify
from services.jobs.sight import seen
from services.operation import Answer
from services.plan import Finding
from services.session import Session
from services.tabs import directory_roles
from services.tabs.tab import UNTOLD, as_written
from state.values import Change, ProcessStatus, StepClass
from tests import contracts
from tests.sandbox import Endpoints, running_sandbox
from tests.services.acting import backwards, carried_out
from tests.services.connected import ADELE, applied, back, connected, flip, reviewed, rows

pytestmark = pytest.mark.anyio

TAB = "directory-roles"
READER = "4a5d8f65-41da-4de4-8968-e035b65339cf"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant; each test changes a user of its own."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
async def session(tenant: Endpoints, tmp_path: Path) -> AsyncIterator[Session]:
    """A session with it."""
    async with connected(tenant, tmp_path) as found:
        yield found


def change(after: bool, facts: dict[str, str] | None = None) -> Change:
    return Change(
        "u-1", "ann@x.example", TAB, READER, "Reports Reader", "assigned", not after, after, facts or {}
    )


async def test_every_role_with_how_it_is_held(session: Session) -> None:
    found = await rows(session, await session.find_user("alexw@contoso.example"), TAB)
    helpdesk, password, exchange = (
        found[f"{name} Administrator"] for name in ("Helpdesk", "Password", "Exchange")
    )
    assert (helpdesk.on, helpdesk.locks, helpdesk.cells[1:3]) == ((True,), (), ("Directory", "Direct"))
    assert helpdesk.facts["assignment"]
    assert (password.on, password.cells[2]) == ((True,), "Through Helpdesk Administrators")
    assert password.lock(0) == "Held through the group Helpdesk Administrators: change its members"
    assert (exchange.on, exchange.cells[2]) == ((False,), "Eligible (PIM)")
    assert exchange.lock(0) == directory_roles.ELIGIBLE
    assert found["Reports Reader"].on == (False,)
    assert found["Contoso Desk Operator"].cells[4] == "Custom"
    assert "Contoso Migration" not in found
    assert len(found) > 25


async def test_a_role_for_a_unit_alone_is_a_row_of_its_own(session: Session) -> None:
    user = await session.find_user(ADELE)
    pages = [page async for page in directory_roles.load(session.tenant, user)]
    found = [row for row in pages[-1].rows if row.cells[0] == "Helpdesk Administrator"]
    assert [(row.cells[1], row.on) for row in found] == [  # type: ignore[union-attr]
        ("Directory", (False,)),
        ("Seattle Campus", (True,)),
    ]
    assert [bool(row.lock(0)) for row in found] == [False, True]  # type: ignore[union-attr]
    assert len({row.key for row in pages[-1].rows}) == len(pages[-1].rows)


async def test_what_pim_activated_is_left_to_pim(session: Session) -> None:
    found = await rows(session, await session.find_user("meganb@contoso.example"), TAB)
    assert found["User Administrator"].on == (True,)
    assert found["User Administrator"].cells[2] == "Active (PIM)"
    assert found["User Administrator"].lock(0) == directory_roles.ACTIVATED


async def test_a_role_is_given_and_taken_back(session: Session) -> None:
    user = await session.find_user(ADELE)
    row = (await rows(session, user, TAB))["Reports Reader"]
    process, steps = await applied(session, await reviewed(session, [flip(user, TAB, row)]))
    assert (process.status, [s.state for s in steps]) == (ProcessStatus.SUCCEEDED, [StepClass.DONE])
    given = (await rows(session, user, TAB))["Reports Reader"]
    assert (given.on, given.locks) == ((True,), ())
    review = await reviewed(session, [flip(user, TAB, given)])
    assert [line.finding for line in review.lines] == [Finding.READY]
    process, steps = await applied(session, review)
    assert process.status is ProcessStatus.SUCCEEDED
    assert (await rows(session, user, TAB))["Reports Reader"].on == (False,)


async def test_what_was_given_can_be_undone_without_loading_anything(session: Session) -> None:
    user = await session.find_user("isaiahl@contoso.example")
    row = (await rows(session, user, TAB))["Reports Reader"]
    assert (row.on, row.locks) == ((False,), ())
    (given,) = [line.operation for line in (await reviewed(session, [flip(user, TAB, row)])).lines]
    _, (step,) = await carried_out(session, user, [given])
    assert step.state is StepClass.DONE
    assert (await rows(session, user, TAB))["Reports Reader"].on == (True,)
    for expected in (StepClass.DONE, StepClass.ALREADY_SO):
        _, (step,) = await carried_out(session, user, backwards([given]))
        assert step.state is expected
        assert (await rows(session, user, TAB))["Reports Reader"].on == (False,)


async def test_what_is_so_already_is_seen_in_the_review(session: Session) -> None:
    user = await session.find_user("meganb@contoso.example")
    row = (await rows(session, user, TAB))["License Administrator"]
    staged = back([flip(user, TAB, row)])
    review = await reviewed(session, staged)
    assert [line.finding for line in review.lines] == [Finding.ALREADY_SO]
    await session.pending.discard([c.key for c in staged])


def test_giving_is_one_post() -> None:
    (operation,) = directory_roles.plan([change(True)])
    body = {
        "@odata.type": "#microsoft.graph.unifiedRoleAssignment",
        "roleDefinitionId": READER,
        "principalId": "u-1",
        "directoryScopeId": "/",
    }
    request = operation.request
    assert (request.method, request.path, request.body) == (
        "POST", "/roleManagement/directory/roleAssignments", body,
    )  # fmt: skip
    contracts.validate_request(request.method, request.path, {}, request.body)
    assert operation.powershell == (
        f"New-MgRoleManagementDirectoryRoleAssignment -RoleDefinitionId '{READER}' -PrincipalId 'u-1' "
        "-DirectoryScopeId '/'"
    )
    assert (operation.before, operation.after) == ({"assigned": False}, {"assigned": True})
    assert operation.inverse is not None
    assert operation.inverse.request.path == "/roleManagement/directory/roleAssignments/{}"
    assert operation.inverse.lookup is not None
    assert operation.look is not None
    assert operation.inverse.lookup.request == operation.look.request
    assert operation.look is not None
    look = operation.look.request
    contracts.validate_request(look.method, look.path, dict(look.query), None)


def test_taking_names_the_assignment_and_can_be_undone() -> None:
    (operation,) = directory_roles.plan([change(False, {"assignment": "abc-1"})])
    assert operation.request.method == "DELETE"
    assert operation.request.path == "/roleManagement/directory/roleAssignments/abc-1"
    assert operation.powershell == (
        "Remove-MgRoleManagementDirectoryRoleAssignment -UnifiedRoleAssignmentId 'abc-1'"
    )
    assert operation.inverse is not None
    assert operation.inverse.request.method == "POST"
    assert operation.inverse.after == {"assigned": True}


def test_taking_without_the_assignment_is_refused() -> None:
    with pytest.raises(InvalidInput):
        directory_roles.plan([change(False)])


async def test_what_the_tenant_does_not_show_yet_cannot_be_taken_yet(session: Session) -> None:
    row = (await rows(session, await session.find_user(ADELE), TAB))["Directory Readers"]
    shown = as_written(directory_roles.TAB, row, 0, True)
    assert (shown.on, shown.lock(0)) == ((True,), UNTOLD)


@pytest.mark.parametrize(
    ("item", "expected"),
    [
        ({"roleDefinitionId": READER.upper(), "directoryScopeId": "/"}, True),
        ({"roleDefinitionId": READER, "directoryScopeId": "/administrativeUnits/x"}, False),
    ],
)
def test_the_look_minds_the_scope(item: dict[str, Any], expected: bool) -> None:
    (operation,) = directory_roles.plan([change(True)])
    assert operation.look is not None
    assert seen(operation.look, Answer(200, {"value": [item]})) == {"assigned": expected}


@pytest.mark.parametrize(
    ("after", "answer", "state"),
    [
        (True, Answer(201), StepClass.DONE),
        (
            True,
            Answer(
                400,
                code="Request_BadRequest",
                message="A conflicting object with one or more of the specified property values is present in "
                "the directory.",
            ),
            StepClass.ALREADY_SO,
        ),
        (False, Answer(404, code="Request_ResourceNotFound"), StepClass.ALREADY_SO),
        (
            False,
            Answer(403, code="Authorization_RequestDenied", message="Insufficient privileges to complete."),
            StepClass.REFUSED,
        ),
    ],
)
def test_answers_mean(after: bool, answer: Answer, state: StepClass) -> None:
    (operation,) = directory_roles.plan([change(after, {"assignment": "abc-1"})])
    assert classify(operation, answer, 1).state is state


async def test_a_tenant_without_premium_shows_the_rest(tmp_path: Path) -> None:
    faults = ("error:status=403,path=roleEligibility", "error:status=403,path=transitiveRole")
    with running_sandbox(faults=faults) as endpoints:
        async with connected(endpoints, tmp_path) as session:
            user = await session.find_user("alexw@contoso.example")
            (page,) = [page async for page in directory_roles.load(session.tenant, user)]
            assert "PIM-eligible roles are not shown" in page.note
            assert "roles through groups are not shown" in page.note
            assert any(row.on == (True,) for row in page.rows)  # type: ignore[union-attr]


@pytest.mark.parametrize("part", ["transitiveRoleAssignments", "roleEligibilityScheduleInstances"])
async def test_a_cloud_that_lacks_one_of_the_readings_shows_the_rest(tmp_path: Path, part: str) -> None:
    with running_sandbox(faults=(f"error:status=501,path={part}",)) as lacking:
        async with connected(lacking, tmp_path) as session:
            pages = [
                page async for page in directory_roles.load(session.tenant, await session.find_user(ADELE))
            ]
            assert sum(len(page.rows) for page in pages) > 1
            assert "not shown" in pages[-1].note


async def test_who_may_not_read_roles_is_told(tmp_path: Path) -> None:
    with running_sandbox(faults=("error:status=403,path=roleAssignments",)) as endpoints:
        async with connected(endpoints, tmp_path) as session:
            user = await session.find_user(ADELE)
            with pytest.raises(NotPermitted, match="role"):
                await rows(session, user, TAB)
