"""A mailbox becomes a shared one and a user's again, with what keeps needing a licence said before."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services import mailboxes
from services.actions.convert_to_shared import ACTION
from services.errors import InvalidInput, NotFound
from services.mailboxes import Store
from services.operation import Request, Service
from services.plan import Finding, Line, Review, checked
from services.session import Session
from services.tabs.mailbox_fields import read
from services.transport.exchange import cmdlet
from services.user import PAGE_FIELDS, AssignedPlan, User, of_json
from state.values import ProcessStatus, StepClass
from tests.recorder import Recorder, recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.acting import carried_out, done
from tests.services.connected import ADELE, connected, put

pytestmark = pytest.mark.anyio

ALEX = "alexw@contoso.example"


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


async def kind(session: Session, user: User) -> str:
    """What Exchange says that the mailbox is."""
    (found,) = await read(session.tenant, [mailboxes.get(Store.MAILBOX, user.id)])
    return str(found["RecipientTypeDetails"])


async def test_there_and_back(session: Session, wire: Recorder) -> None:
    user = await session.find_user(ALEX)
    form = await ACTION.ask(session.tenant, user, None)
    assert [question.id for question in form.questions] == ["block"]
    (operation,), process, (step,) = await done(session, user, ACTION, form, {"block": False})
    assert (process.status, step.state) == (ProcessStatus.SUCCEEDED, StepClass.DONE)
    assert await kind(session, user) == "SharedMailbox"
    assert (await session.find_user(ALEX)).account_enabled is True
    review = await checked(session.tenant, Review((Line(operation, ()),), ""))
    assert review.lines[0].finding is Finding.ALREADY_SO
    with pytest.raises(InvalidInput, match="a shared one already"):
        await ACTION.ask(session.tenant, user, None)
    _, (again,) = await carried_out(session, user, [operation])
    assert again.state is StepClass.ALREADY_SO
    assert operation.inverse is not None
    await carried_out(session, user, [operation.inverse])
    assert await kind(session, user) == "UserMailbox"
    sent = [said.body["CmdletInput"]["Parameters"] for said in wire.check() if said.cmdlet == "Set-Mailbox"]
    assert [one["Type"] for one in sent] == ["Shared", "Shared", "Regular"]
    assert all(set(one) == {"Identity", "Type"} for one in sent)


async def test_the_sign_in_goes_too_where_it_is_ticked(session: Session, wire: Recorder) -> None:
    user = await session.find_user("isaiahl@contoso.example")
    assert user.account_enabled is False
    form = await ACTION.ask(session.tenant, user, None)
    assert form.questions == ()
    assert "blocked already" in form.told[-1]
    user = await session.find_user(ADELE)
    form = await ACTION.ask(session.tenant, user, None)
    _, _, steps = await done(session, user, ACTION, form, {"block": True})
    assert [step.title for step in steps][:3] == [
        "Convert to shared mailbox",
        "Block sign-in",
        "Revoke sessions",
    ]
    assert {step.state for step in steps} == {StepClass.DONE}
    assert (await session.find_user(ADELE)).account_enabled is False
    wire.check()


async def test_a_converted_mailbox_stays_without_a_licence(session: Session) -> None:
    users = [user async for page in _users(session) for user in page]
    user = next(
        u
        for u in users
        if u.has_exchange and not u.synced and u.account_enabled and u.upn not in (ADELE, ALEX)
    )
    form = await ACTION.ask(session.tenant, user, None)
    await done(session, user, ACTION, form, {})
    body = {"addLicenses": [], "removeLicenses": [held.sku_id for held in user.assigned_licenses or ()]}
    answer = await session.tenant.send(_post(f"/users/{user.id}/assignLicense", body))
    assert answer.ok, answer
    assert await kind(session, user) == "SharedMailbox"
    shared = await session.tenant.read(
        cmdlet("Get-Mailbox", {"RecipientTypeDetails": ["SharedMailbox"], "ResultSize": "Unlimited"})
    )
    assert user.id in {found["ExternalDirectoryObjectId"] for found in shared["value"]}
    assert "no Exchange licence" in ACTION.fits(session.tenant, await session.find_user(user.id), None)


async def test_what_keeps_needing_a_licence_is_said(session: Session) -> None:
    users = [user async for page in _users(session) for user in page if user.has_exchange and not user.synced]
    told: dict[str, bool] = {}
    for user in users:
        try:
            form = await ACTION.ask(session.tenant, user, None)
        except InvalidInput:
            continue
        warned = [line for line in form.told if line.startswith("!")]
        assert form.danger is bool(warned)
        (mailbox,) = await read(session.tenant, [mailboxes.get(Store.MAILBOX, user.id)])
        assert any("archive" in line for line in warned) is (mailbox["ArchiveStatus"] == "Active")
        size = next(line for line in form.told if line.startswith("It holds "))
        over = "GB" in size and float(size.split()[2]) > 50
        assert any("Over 50 GB" in line for line in warned) is over
        told |= dict.fromkeys(warned, True)
    assert len(told) == 2
    alone = next(u for u in users if u.upn == ALEX)
    changes = [put(alone, "mail", "LitigationHoldEnabled", False, True)]
    await carried_out(
        session, alone, [msgspec.structs.replace(o, changes=()) for o in mailboxes.operations(changes)]
    )
    form = await ACTION.ask(session.tenant, alone, None)
    assert any("litigation hold" in line for line in form.told)


async def test_who_has_no_mailbox_of_their_own_here(session: Session) -> None:
    megan = await session.find_user("meganb@contoso.example")
    assert "Active Directory" in ACTION.fits(session.tenant, megan, None)
    lee = await session.find_user("leeg@contoso.example")
    assert ACTION.fits(session.tenant, lee, None) == "no Exchange licence"
    soon = msgspec.structs.replace(
        lee, assigned_plans=(AssignedPlan(service="exchange", capability_status="Enabled"),)
    )
    assert ACTION.fits(session.tenant, soon, None) == ""
    with pytest.raises(NotFound, match="no mailbox"):
        await ACTION.ask(session.tenant, soon, None)
    unwritable = await session.tenant.send(cmdlet("Set-Mailbox", {"Identity": megan.id, "Type": "Shared"}))
    assert "write scope" in unwritable.message
    unknown = await session.tenant.send(cmdlet("Set-Mailbox", {"Identity": ALEX, "Type": "SharedMailbox"}))
    assert unknown.status == 400


async def _users(session: Session) -> AsyncIterator[list[User]]:
    request = Request(Service.GRAPH, path="/users", query=(("$select", PAGE_FIELDS),))
    async for page in session.tenant.pages(request):
        yield [of_json(found) for found in page]


def _post(path: str, body: Any) -> Request:
    return Request(Service.GRAPH, "POST", path, body=body)
