"""Reset password over the wire: what is sent, how it ends, who is refused, and that no file has the password."""

from collections.abc import AsyncIterator, Iterator
from pathlib import Path
from typing import Any

import msgspec
import pytest

from services import retry
from services.actions import expire_password, reset_password
from services.actions.reset_password import CHANGE, CUSTOM, GENERATED, TYPED
from services.errors import InvalidInput, NotPermitted
from services.operation import Request, Service
from services.sandbox import passwords
from services.secret import Secret
from services.session import Session
from services.user import User
from state.values import Process, ProcessStatus, Step, StepClass
from tests.recorder import Recorder, recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, connected, ended

pytestmark = pytest.mark.anyio

ACTION = reset_password.ACTION
GOOD = "Blue-Harbour-27"


@pytest.fixture
def data(tmp_path: Path) -> Path:
    """The tenant's file."""
    return tmp_path / "tenant.db"


@pytest.fixture
def tenant(data: Path) -> Iterator[Endpoints]:
    """A tenant of the test's own."""
    with running_sandbox(data=data) as found:
        yield found


@pytest.fixture
def wire(tenant: Endpoints) -> Iterator[Recorder]:
    """What goes over the wire to it."""
    with recording(tenant) as found:
        yield found


@pytest.fixture
async def session(wire: Recorder, tmp_path: Path) -> AsyncIterator[Session]:
    """A session with it."""
    async with connected(wire.endpoints, tmp_path / "state") as found:
        yield found


async def hybrid(session: Session) -> User:
    """A user who is synchronised from Active Directory."""
    query = (("$select", "id,onPremisesSyncEnabled"), ("$top", "999"))
    found = await session.tenant.read(Request(Service.GRAPH, path="/users", query=query))
    return await session.find_user(next(u["id"] for u in found["value"] if u["onPremisesSyncEnabled"]))


async def done(session: Session, user: User, **answers: Any) -> tuple[Process, list[Step], Secret]:
    """Resets it with these answers instead of those that the form comes with, and waits for the end."""
    assert not ACTION.fits(session.tenant, user, None)
    form = await ACTION.ask(session.tenant, user, None)
    given = {q.id: q.value for q in form.questions} | answers
    operations = ACTION.plan(user, form, given)
    assert ACTION.secrets is not None
    secrets = ACTION.secrets(form, given)
    number = await session.start(ACTION.id, ACTION.title, operations, user.id, secrets)
    process, steps = await ended(session, number)
    assert session.tenant.vault.lacks(operations[0].request), "it is forgotten"
    return process, steps, reset_password.chosen(given)


def nowhere(folder: Path, secret: Secret) -> None:
    """No file has it."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for path in files:
        assert secret.reveal().encode() not in path.read_bytes(), path


async def test_a_generated_password_of_a_cloud_user(
    session: Session, wire: Recorder, data: Path, tmp_path: Path
) -> None:
    user = await session.find_user(ADELE)
    process, steps, secret = await done(session, user)
    assert process.status is ProcessStatus.SUCCEEDED, steps
    assert passwords.matches(data, user.id, secret.reveal())
    (sent,) = [said for said in wire.check() if said.method == "PATCH"]
    assert sent.path == f"/users/{user.id}"
    assert sent.body == {
        "passwordProfile": {"forceChangePasswordNextSignIn": True, "password": secret.reveal()}
    }
    assert b"'***'" in steps[0].operation
    assert steps[0].once
    nowhere(tmp_path, secret)
    (entry,) = await session.tenant.audit.of_user(user.id, 10)
    assert entry.after == {"Password": "***", "Change at first sign-in": True}


async def test_a_custom_password_without_a_change(session: Session, wire: Recorder, data: Path) -> None:
    user = await session.find_user(ADELE)
    form = await ACTION.ask(session.tenant, user, None)
    typed = next(question for question in form.questions if question.id == TYPED)
    assert typed.check is not None
    for wrong in ("short", "my-adelev-Pass1"):
        with pytest.raises(InvalidInput):
            typed.check(wrong)
    with pytest.raises(InvalidInput):
        ACTION.plan(user, form, {CUSTOM: True, GENERATED: Secret(GOOD)})
    _, steps, _ = await done(session, user, **{CUSTOM: True, TYPED: typed.check(GOOD), CHANGE: False})
    assert steps[0].state is StepClass.DONE
    assert passwords.matches(data, user.id, GOOD)
    (sent,) = [said for said in wire.check() if said.method == "PATCH"]
    assert sent.body["passwordProfile"]["forceChangePasswordNextSignIn"] is False


async def test_a_write_back_is_done_when_its_operation_has_succeeded(
    session: Session, wire: Recorder, data: Path, tmp_path: Path
) -> None:
    user = await hybrid(session)
    form = await ACTION.ask(session.tenant, user, None)
    assert CHANGE not in {question.id for question in form.questions}
    process, steps, secret = await done(session, user)
    assert process.status is ProcessStatus.SUCCEEDED, steps
    assert passwords.matches(data, user.id, secret.reveal())
    said = wire.check()
    (sent,) = [one for one in said if one.method == "POST" and one.path != "/$batch"]
    assert sent.path.endswith(f"/authentication/methods/{reset_password.PASSWORD_METHOD}/resetPassword")
    assert (sent.status, sent.body) == (202, {"newPassword": secret.reveal()})
    looks = [one for one in said if "/authentication/operations/" in one.path]
    assert [one.answer["status"] for one in looks] == ["notStarted", "running", "succeeded"]
    nowhere(tmp_path, secret)


async def test_what_active_directory_does_not_take_is_refused(session: Session, data: Path) -> None:
    user = await hybrid(session)
    text = f"{user.upn.partition('@')[0]}-Harbour-27"
    process, steps, _ = await done(session, user, **{CUSTOM: True, TYPED: Secret(text)})
    (again,) = (await retry.propose(session, process.id)).items
    assert again.bar == "its password was kept nowhere: reset it again"
    assert process.status is ProcessStatus.FINISHED
    assert steps[0].state is StepClass.REFUSED
    assert "Active Directory did not take the password" in steps[0].sentence
    assert "on-premises" in steps[0].sentence
    assert not passwords.matches(data, user.id, text)


async def test_what_the_directory_does_not_take_is_refused(session: Session, tmp_path: Path) -> None:
    user = await session.find_user(ADELE)
    _, steps, secret = await done(session, user, **{CUSTOM: True, TYPED: Secret("P@ssw0rd1")})
    assert steps[0].state is StepClass.REFUSED
    assert "does not meet the tenant's rules" in steps[0].sentence
    nowhere(tmp_path, secret)


async def test_a_rank_that_is_too_low_is_told(tmp_path: Path) -> None:
    with running_sandbox(faults=("error:method=PATCH,path=users/,status=403",)) as tenant:
        async with connected(tenant, tmp_path / "state") as session:
            _, steps, _ = await done(session, await session.find_user(ADELE))
            assert steps[0].state is StepClass.REFUSED
            assert "equal or higher rank" in steps[0].sentence


async def test_an_answer_that_was_lost_is_unknown_and_nothing_is_sent_again(tmp_path: Path) -> None:
    with running_sandbox(faults=("drop:method=PATCH,path=users/,when=after",)) as tenant:
        async with connected(tenant, tmp_path / "state") as session:
            _, steps, secret = await done(session, await session.find_user(ADELE))
            assert (steps[0].state, steps[0].attempts) == (StepClass.UNKNOWN, 1)
            assert "Either the old password works or the new one" in steps[0].sentence
        nowhere(tmp_path, secret)


async def test_who_cannot_have_it_reset_here(session: Session) -> None:
    adele, synced = await session.find_user(ADELE), await hybrid(session)
    replace = msgspec.structs.replace
    for user, words in (
        (replace(adele, deleted_date_time="2026-01-01T00:00:00Z"), "the user is deleted"),
        (replace(adele, user_type="Guest", user_principal_name="x_y.com#EXT#@z"), "another organisation"),
    ):
        assert words in ACTION.fits(session.tenant, user, None)
    session.tenant.profile = replace(session.tenant.profile, sign_in="certificate")
    assert "only for a person who signed in" in ACTION.fits(session.tenant, synced, None)
    assert not ACTION.fits(session.tenant, adele, None)
    me = await session.tenant.read(Request(Service.GRAPH, path="/me"))
    with pytest.raises(NotPermitted, match="your own account"):
        await ACTION.ask(session.tenant, replace(synced, id=me["id"]), None)


async def test_expiring_is_listed_and_says_why_not(session: Session) -> None:
    adele, synced = await session.find_user(ADELE), await hybrid(session)
    expire = expire_password.ACTION
    assert "only Local and Hybrid" in expire.fits(session.tenant, adele, None)
    assert "no domain controller is connected" in expire.fits(session.tenant, synced, None)
