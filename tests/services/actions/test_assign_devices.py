"""A computer gets another primary user, and its former one back: lawfully, and only with an Intune licence."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services.actions.assign_devices import ACTION, computers, find
from services.errors import InvalidInput, NotPermitted
from services.operation import Operation, Request, Service
from services.plan import Finding, Line, Review, checked
from services.session import Session
from services.tabs.device import primary_of, users_of
from services.user import AssignedPlan, User
from state.values import StepClass
from tests.recorder import Recorder, recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.acting import carried_out
from tests.services.connected import ADELE, connected

pytestmark = pytest.mark.anyio

ADMIN = "admin@contoso.example"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant for the tests of this file."""
    with running_sandbox() as found:
        yield found


@pytest.fixture
def wire(tenant: Endpoints) -> Iterator[Recorder]:
    """What goes over the wire to it."""
    with recording(tenant) as found:
        yield found


@pytest.fixture
async def session(wire: Recorder, tmp_path: Path) -> AsyncIterator[Session]:
    """A session with it."""
    async with connected(wire.endpoints, tmp_path) as found:
        yield found


async def chosen(session: Session, user: User, typed: str) -> dict[str, Any]:
    """The first computer that typing finds, as the dialog takes it."""
    form = await ACTION.ask(session.tenant, user, None)
    (question,) = form.questions
    assert question.complete is not None
    answer = (await find(session.tenant, typed)).recipients[0].answer()
    return await question.complete(session.tenant, answer)


async def planned(session: Session, user: User, typed: str) -> Operation:
    """The one operation for the first computer that typing finds."""
    form = await ACTION.ask(session.tenant, user, None)
    (operation,) = ACTION.plan(user, form, {"device": await chosen(session, user, typed)})
    return operation


async def primary(session: Session, operation: Operation) -> str:
    """Whose the device is."""
    device = operation.serial.removeprefix("device:")
    (answer,) = await session.tenant.ask([users_of(device)])
    return primary_of(answer)


async def test_a_computer_changes_hands_and_comes_back(session: Session, wire: Recorder) -> None:
    user = await session.find_user(ADMIN)
    operation = await planned(session, user, "LAP-000011")
    assert operation.title == "Assign device (now Alex Wilber's)"
    _, (step,) = await carried_out(session, user, [operation])
    assert step.state is StepClass.DONE
    assert await primary(session, operation) == user.name
    review = await checked(session.tenant, Review((Line(operation, ()),), ""))
    assert review.lines[0].finding is Finding.ALREADY_SO
    with pytest.raises(InvalidInput, match="already"):
        await chosen(session, user, "LAP-000011")
    assert operation.inverse is not None
    _, (back,) = await carried_out(session, user, [operation.inverse])
    # Alex, whose it was, holds no Intune licence: the service refuses him
    assert (back.state, back.sentence[:29]) == (StepClass.REFUSED, "The user has no Intune licenc")
    (sent, _) = [one for one in wire.check() if one.method == "POST"]
    assert sent.service == "graph-beta"
    assert sent.body == {"@odata.id": f"https://graph.microsoft.com/beta/users/{user.id}"}


async def test_a_device_of_nobody_is_nobodys_again(session: Session, wire: Recorder) -> None:
    user = await session.find_user(ADMIN)
    first = (await find(session.tenant, "mac-")).recipients[0]
    path = f"/deviceManagement/managedDevices/{first.id}/users/$ref"
    for _ in range(2):
        assert (await session.tenant.send(Request(Service.GRAPH_BETA, "DELETE", path))).status == 204
    operation = await planned(session, user, first.name)
    assert operation.title == "Assign device (nobody's now)"
    assert operation.before == {"primaryUser": None}
    await carried_out(session, user, [operation])
    assert await primary(session, operation) == user.name
    assert operation.inverse is not None
    _, (back,) = await carried_out(session, user, [operation.inverse])
    assert back.state is StepClass.DONE
    assert await primary(session, operation) == "nobody"
    wire.check()


async def test_windows_comes_first_and_any_word_finds(session: Session) -> None:
    every = await computers(session.tenant)
    systems = [held["operatingSystem"] for held in every]
    assert systems == sorted(systems, key=["Windows", "macOS"].index)
    assert set(systems) == {"Windows", "macOS"}
    (adeles,) = (await find(session.tenant, "adele thinkpad")).recipients
    assert (adeles.name, "ThinkPad T14 Gen 5" in adeles.address) == ("LAP-000011", True)
    assert (await find(session.tenant, "nothing like it")).recipients == ()
    listed = await find(session.tenant, "")
    assert len(listed.recipients) == min(50, len(every))


async def test_only_who_holds_intune_itself(session: Session) -> None:
    adele = await session.find_user(ADELE)
    assert "no Intune licence" in ACTION.fits(session.tenant, adele, None)
    admin = await session.find_user(ADMIN)
    assert ACTION.fits(session.tenant, admin, None) == ""
    for plan, fits in (
        (AssignedPlan("SCO", "c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "Enabled"), True),
        (AssignedPlan("SCO", "c1ec4a95-1f05-45b3-a911-aa3fa01094f5", "Deleted"), False),
        (AssignedPlan("SCO", "882e1d05-acd1-4ccb-8708-6ee03664b117", "Enabled"), False),
        (AssignedPlan("SCO", None, "Enabled"), True),
        (AssignedPlan(None, "DA24CAF9-AF8E-485C-B7C8-E73336DA2693", "Enabled"), True),
        (AssignedPlan("exchange", None, "Enabled"), False),
    ):
        one = msgspec.structs.replace(adele, assigned_plans=(plan,))
        assert (ACTION.fits(session.tenant, one, None) == "") is fits, plan
    untold = msgspec.structs.replace(adele, assigned_plans=None)
    assert ACTION.fits(session.tenant, untold, None) == ""


async def test_a_tenant_without_intune_says_so(tmp_path: Path) -> None:
    with running_sandbox(faults=("no-intune",)) as bare:
        async with connected(bare, tmp_path) as session:
            user = await session.find_user(ADMIN)
            with pytest.raises(NotPermitted, match="no Intune licence"):
                await ACTION.ask(session.tenant, user, None)


async def test_the_sandbox_takes_only_users_of_the_beta(session: Session) -> None:
    user = await session.find_user(ADMIN)
    device = (await find(session.tenant, "")).recipients[0].id
    path = f"/deviceManagement/managedDevices/{device}/users/$ref"
    for service, reference in (
        (Service.GRAPH, f"https://graph.microsoft.com/beta/users/{user.id}"),
        (Service.GRAPH_BETA, f"https://graph.microsoft.com/v1.0/users/{user.id}"),
        (Service.GRAPH_BETA, user.id),
    ):
        answer = await session.tenant.send(Request(service, "POST", path, body={"@odata.id": reference}))
        assert answer.status == 400, answer
