"""An invitation goes out again: to guests who have not accepted, lawfully, and never twice by itself."""

from pathlib import Path

import httpx
import msgspec
import pytest

from services.actions.resend_invitation import ACTION
from services.operation import Request, Service
from services.role_needs import to_send
from services.session import Session
from services.user import User
from state.values import StepClass
from tests.recorder import recording
from tests.sandbox import running_sandbox
from tests.services.acting import done
from tests.services.connected import ADELE, connected
from tests.services.sandbox.calls import refused

pytestmark = pytest.mark.anyio

DIEGO = "diegos_fabrikam.example#EXT#@contoso.example"


async def sent(session: Session) -> tuple[StepClass, str]:
    """What became of an invitation to Diego."""
    user = await session.find_user(DIEGO)
    form = await ACTION.ask(session.tenant, user, None)
    assert form.danger
    assert any("cannot be undone" in line for line in form.told)
    _, _, (step,) = await done(session, user, ACTION, form, {})
    assert step.target == "diegos@fabrikam.example"
    return step.state, step.sentence


async def invited(session: Session) -> int:
    """How many invitations the tenant sent, by its log."""
    sought = (("$filter", "activityDisplayName eq 'Invite external user'"),)
    request = Request(Service.GRAPH, path="/auditLogs/directoryAudits", query=sought)
    return len((await session.tenant.read(request))["value"])


async def test_the_mail_goes_out_lawfully(tmp_path: Path) -> None:
    with running_sandbox() as tenant, recording(tenant) as wire:
        async with connected(wire.endpoints, tmp_path) as session:
            assert await sent(session) == (StepClass.DONE, "Answer: status PendingAcceptance.")
        (call,) = [said for said in wire.check() if said.path == "/invitations"]
        assert call.body == {
            "invitedUserEmailAddress": "diegos@fabrikam.example",
            "sendInvitationMessage": True,
            "inviteRedirectUrl": "https://myapps.microsoft.com",
        }
        assert not [c for c in wire.calls if c.target.endswith("$batch") and "invitations" in str(c.body)]


@pytest.mark.parametrize("fault", ["drop:path=invitations,when=after", "applied-504:path=invitations"])
async def test_a_call_that_was_cut_off_is_not_sent_again(tmp_path: Path, fault: str) -> None:
    with running_sandbox(faults=(fault,)) as tenant:
        async with connected(tenant, tmp_path) as session:
            state, sentence = await sent(session)
            assert await invited(session) == 1
    assert state is StepClass.UNKNOWN
    assert "It may have happened" in sentence


async def accepted(session: Session) -> User:
    """A guest who has accepted."""
    sought = (("$filter", "userType eq 'Guest' and externalUserState eq 'Accepted'"), ("$top", "1"))
    found = await session.tenant.read(Request(Service.GRAPH, path="/users", query=sought))
    return await session.find_user(found["value"][0]["id"])


@pytest.mark.parametrize("fault", ["drop:path=invitations,when=after", "applied-504:path=invitations"])
async def test_the_directory_tells_of_a_reset_whose_answer_was_lost(tmp_path: Path, fault: str) -> None:
    with running_sandbox(faults=(fault,)) as tenant:
        async with connected(tenant, tmp_path) as session:
            guest = await accepted(session)
            form = await ACTION.ask(session.tenant, guest, None)
            _, _, (step,) = await done(session, guest, ACTION, form, {})
            assert await invited(session) == 1
    assert (step.state, "Found done" in step.sentence) == (StepClass.DONE, True)


async def test_who_has_accepted_is_made_to_accept_anew(tmp_path: Path) -> None:
    with running_sandbox() as tenant, recording(tenant) as wire:
        async with connected(wire.endpoints, tmp_path) as session:
            guest = await accepted(session)
            assert ACTION.fits(session.tenant, guest, None) == ""
            form = await ACTION.ask(session.tenant, guest, None)
            assert form.danger
            assert "cannot sign in any more until they accept" in form.told[1]
            _, _, (step,) = await done(session, guest, ACTION, form, {})
            assert (step.state, step.sentence) == (StepClass.DONE, "Answer: status PendingAcceptance.")
            assert (await session.find_user(guest.id)).external_user_state == "PendingAcceptance"
        (call,) = [said for said in wire.check() if said.path == "/invitations"]
        assert call.body == {
            "invitedUserEmailAddress": guest.mail,
            "sendInvitationMessage": True,
            "inviteRedirectUrl": "https://myapps.microsoft.com",
            "invitedUser": {"id": guest.id},
            "resetRedemption": True,
        }


async def test_the_operator_decides_where_the_directory_does_not_say(tmp_path: Path) -> None:
    with running_sandbox() as tenant:
        async with connected(tenant, tmp_path) as session:
            guest = await session.find_user(DIEGO)
            silent = msgspec.structs.replace(guest, external_user_state=None)
            form = await ACTION.ask(session.tenant, silent, None)
            (question,) = form.questions
            assert "does not say" in question.about
            (left,) = ACTION.plan(silent, form, {question.id: question.value})
            (reset,) = ACTION.plan(silent, form, {question.id: True})
    assert "resetRedemption" not in left.request.body
    assert reset.request.body["resetRedemption"] is True
    assert reset.title != left.title
    # who may only invite guests has nobody accept anew
    inviter = "95e79109-95c0-4d8e-aee3-d01accf2d47b"
    assert (inviter in to_send(left.request), inviter in to_send(reset.request)) == (True, False)
    assert to_send(reset.request)
    assert "-InvitedUser @{'id' = " in reset.powershell
    assert "-ResetRedemption" in reset.powershell


async def test_who_cannot_be_mailed_is_not_invited(tmp_path: Path) -> None:
    with running_sandbox() as tenant:
        async with connected(tenant, tmp_path) as session:
            guest = await session.find_user(DIEGO)
            assert ACTION.fits(session.tenant, guest, None) == ""
            nowhere = msgspec.structs.replace(guest, mail=None)
            assert "no mail address" in ACTION.fits(session.tenant, nowhere, None)
            adele = await session.find_user(ADELE)
            assert ACTION.fits(session.tenant, adele, None) == "only guests are invited"


def test_the_sandbox_refuses_what_is_no_lawful_invitation() -> None:
    good = {
        "invitedUserEmailAddress": "diegos@fabrikam.example",
        "inviteRedirectUrl": "https://myapps.microsoft.com",
    }
    wrong = (
        {"inviteRedirectUrl": good["inviteRedirectUrl"]},
        {"invitedUserEmailAddress": good["invitedUserEmailAddress"]},
        {**good, "sendInvitationMessage": "true"},
        {**good, "message": "hello"},
        {**good, "inviteRedirectUrl": "myapps"},
        {**good, "resetRedemption": True},
        {**good, "invitedUser": {"id": "x"}},
        {**good, "resetRedemption": True, "invitedUser": {"id": "x"}},
        {**good, "resetRedemption": True, "invitedUser": {"id": "x", "displayName": "y"}},
        {**good, "invitedUserEmailAddress": ADELE},
    )
    with running_sandbox() as tenant:
        headers = {"Authorization": f"Bearer {tenant.token}"}
        with httpx.Client(base_url=f"{tenant.graph_url}/v1.0", headers=headers) as client:
            for body in wrong:
                refused(client.post("/invitations", json=body), 400, "BadRequest")
            stranger = {**good, "invitedUserEmailAddress": "new@fabrikam.example"}
            refused(client.post("/invitations", json=stranger), 403, "Forbidden", "not allowed")
            assert client.post("/invitations", json=good).status_code == 201
