"""Local and Hybrid accounts: what is done to them, how it ends, and who is refused."""

import asyncio
from collections.abc import AsyncIterator
from pathlib import Path

import pytest

from services import active_directory, ldap, local_users, people_rows
from services.actions import expire_password
from services.actions.registry import ACTIONS
from services.actions.reset_password import CHANGE, CUSTOM, TYPED
from services.errors import NotFound, NotPermitted, RollcallError, SignInNeeded, Unreachable
from services.operation import decode
from services.profile import Kinds
from services.reach import reach
from services.secret import Secret
from services.session import Session
from services.transport import ldap_connection
from services.user import User
from state.values import ProcessStatus, StepClass
from tests.domain_controller import PASSWORD, Domain
from tests.sandbox import Endpoints
from tests.services.active_directory.accounts import BLOCK, ENABLE, EXPIRE, OTHER, RESET, done, hybrid
from tests.services.connected import ADELE, connected, ended

pytestmark = pytest.mark.anyio


def nowhere(folder: Path, secret: str) -> None:
    """No file has it, in either of the ways in which it is written."""
    files = [path for path in folder.rglob("*") if path.is_file()]
    assert files
    for content in (path.read_bytes() for path in files):
        assert secret.encode() not in content
        assert secret.encode("utf-16-le") not in content


async def test_a_local_user_is_found_blocked_and_enabled(session: Session, domain: Domain) -> None:
    guid = domain.add("ada", displayName="Ada Local", department="Press")
    for identifier in (guid, guid.upper(), "ada@corp.contoso.test", "ada"):
        user = await session.find_user(identifier)
        assert (user.id, user.name, user.department, user.local) == (guid, "Ada Local", "Press", True)
    assert people_rows.kind_text(user, Kinds()) == "Local user"
    assert ENABLE.objection(session.tenant, user, None) == "the sign-in is not blocked"
    assert domain.lets_in("ada", PASSWORD)
    process, steps = await done(session, BLOCK, user)
    assert process.status is ProcessStatus.SUCCEEDED, steps
    assert [(s.title, s.state) for s in steps] == [("Block sign-in", StepClass.DONE)]
    assert domain.value(guid, "userAccountControl") == "514"
    assert not domain.lets_in("ada", PASSWORD)
    assert (await session.find_user(guid)).account_enabled is False
    # the same again finds it so: what the form was made from is older than what is there
    _, steps = await done(session, BLOCK, user)
    assert steps[0].state is StepClass.ALREADY_SO
    _, steps = await done(session, ENABLE, await session.find_user(guid))
    assert steps[0].state is StepClass.DONE
    assert domain.lets_in("ada", PASSWORD)


async def test_bits_beside_the_block_stay_and_what_is_done_is_read_back(
    session: Session, domain: Domain
) -> None:
    guid = domain.add("bea", userAccountControl=0x10200)
    user = await session.find_user(guid)
    found = await active_directory.account(session.tenant, user)
    operation = active_directory.allowed(user, found, False)
    process, _ = await ended(session, await session.start("test", "test", [operation], guid))
    assert domain.value(guid, "userAccountControl") == str(0x10202)
    news = asyncio.Event()
    session.on_change = news.set
    while (await session.processes.steps(process.id))[0].visible is None:
        await news.wait()
        news.clear()
    assert (await session.processes.steps(process.id))[0].visible is True
    assert operation.inverse is not None
    await ended(session, await session.start("test", "undo", [operation.inverse], guid))
    assert domain.value(guid, "userAccountControl") == str(0x10200)
    with pytest.raises(NotPermitted, match="set to never expire"):
        await EXPIRE.ask(session.tenant, user, None)
    form = await RESET.ask(session.tenant, user, None)
    assert CHANGE not in {question.id for question in form.questions}


async def test_an_expired_password_of_a_hybrid_user(session: Session, domain: Domain) -> None:
    user, guid = await hybrid(session, domain, "hal")
    try:
        assert user.synced
        assert domain.value(guid, "pwdLastSet") != "0"
        _, steps = await done(session, EXPIRE, user)
        assert [(s.title, s.state) for s in steps] == [("Expire password", StepClass.DONE)]
        assert domain.value(guid, "pwdLastSet") == "0"
        assert not domain.lets_in("hal", PASSWORD)
        # undone, the old password does again
        inverse = decode(steps[0].operation).inverse
        assert inverse is not None
        _, undone = await ended(session, await session.start("test", "undo", [inverse], user.id))
        assert undone[0].state is StepClass.DONE
        assert domain.lets_in("hal", PASSWORD)
        await done(session, EXPIRE, user)
        form = await EXPIRE.ask(session.tenant, user, None)
        assert "so already" in form.told[1]
        # the cloud's sessions end, but nobody asks it for what Active Directory masters
        _, steps = await done(session, BLOCK, user)
        assert [(s.title, s.state) for s in steps] == [
            ("Block sign-in", StepClass.DONE),
            ("Revoke sessions", StepClass.DONE),
        ]
        assert domain.value(guid, "userAccountControl") == "514"
        assert "next synchronisation" in (await BLOCK.ask(session.tenant, user, None)).told[0]
        # who is synchronised is not listed a second time, and is no Local user
        with pytest.raises(NotFound):
            await session.find_user(guid)
    finally:
        domain.remove(guid)
    with pytest.raises(NotFound, match="does not hold exactly one account"):
        await EXPIRE.ask(session.tenant, user, None)


async def test_a_password_is_set_once_and_stands_in_no_file(
    session: Session, domain: Domain, tmp_path: Path
) -> None:
    guid = domain.add("rhea")
    user = await session.find_user(guid)
    _, steps = await done(session, RESET, user, **{CUSTOM: True, TYPED: Secret(OTHER), CHANGE: False})
    assert (steps[0].state, steps[0].once) == (StepClass.DONE, True)
    assert domain.lets_in("rhea", OTHER)
    assert domain.value(guid, "pwdLastSet") != "0"
    _, steps = await done(session, RESET, user)
    assert steps[0].state is StepClass.DONE, steps
    assert domain.value(guid, "pwdLastSet") == "0"
    assert not domain.lets_in("rhea", OTHER)
    for secret in (OTHER, domain.administrator):
        nowhere(tmp_path, secret)


async def test_what_the_domain_refuses_is_told_with_what_can_be_done(
    session: Session, tenant: Endpoints, domain: Domain, tmp_path: Path
) -> None:
    guid = domain.add("vera")
    user = await session.find_user(guid)
    before = domain.value(guid, "pwdLastSet")
    _, steps = await done(session, RESET, user, **{CUSTOM: True, TYPED: Secret("abc")})
    assert steps[0].state is StepClass.REFUSED
    assert "does not meet the domain's rules" in steps[0].sentence
    assert "0000052D" in steps[0].sentence
    # neither half of it happened
    assert domain.value(guid, "pwdLastSet") == before
    assert domain.lets_in("vera", PASSWORD)
    weak = domain.profile(bind_user="vera@corp.contoso.test", bind_password=Secret(PASSWORD))
    other = domain.add("vince")
    async with connected(tenant, tmp_path / "weak", active_directory=weak) as limited:
        _, steps = await done(limited, EXPIRE, await limited.find_user(other))
        assert steps[0].state is StepClass.REFUSED
        assert "The bind user may not do this" in steps[0].sentence
        assert "insufficientAccessRights" in steps[0].sentence
        assert steps[0].status == 0, "which would be one of HTTP"
    gone = await session.find_user(other)
    operation = active_directory.password_expired(gone, await active_directory.account(session.tenant, gone))
    domain.remove(other)
    _, steps = await ended(session, await session.start("test", "test", [operation], other))
    assert steps[0].state is StepClass.REFUSED
    assert "does not know this account" in steps[0].sentence


async def test_a_wrong_password_of_the_bind_user_is_tried_once(
    tenant: Endpoints, domain: Domain, tmp_path: Path
) -> None:
    guid = domain.add("bind")
    wrong = domain.profile(bind_user="bind@corp.contoso.test", bind_password=Secret("no-Such-Pass1"))
    async with connected(tenant, tmp_path / "state", active_directory=wrong) as session:
        for _ in range(3):
            with pytest.raises(SignInNeeded, match="does not let bind@corp"):
                await session.find_user(guid)
    assert domain.value(guid, "badPwdCount") == "1", "or the account would be locked"
    unset = domain.profile(bind_password=Secret(), bind_password_env="ROLLCALL_NOT_SET")
    async with connected(tenant, tmp_path / "state", active_directory=unset) as session:
        with pytest.raises(SignInNeeded, match="ROLLCALL_NOT_SET is not set"):
            await session.find_user(guid)


async def test_only_a_domain_controller_with_the_right_certificate_is_talked_to(
    tenant: Endpoints, domain: Domain, tmp_path: Path
) -> None:
    for facts in ({"server_name": "dc2.corp.contoso.test"}, {"ca_certs_file": ""}):
        async with connected(tenant, tmp_path, active_directory=domain.profile(**facts)) as session:
            with pytest.raises(Unreachable, match="is not trusted") as caught:
                await session.tenant.send(ldap.search("DC=x", ldap.EVERY, ("cn",)))
            assert not caught.value.sent
    closed = domain.profile(server=f"ldaps://{domain.host}:1")
    async with connected(tenant, tmp_path, active_directory=closed) as session:
        with pytest.raises(Unreachable, match="cannot be reached over TLS") as caught:
            await session.tenant.send(ldap.search("DC=x", ldap.EVERY, ("cn",)))
        assert not caught.value.sent
    said = [each for each in await reach(session.profile) if each.service == "Active Directory"]
    assert [(each.ok, each.url) for each in said] == [(False, closed.server)]
    async with connected(tenant, tmp_path, active_directory=domain.profile()) as session:
        (good,) = [each for each in await reach(session.profile) if each.service == "Active Directory"]
    assert good.ok
    assert "lets Administrator@corp.contoso.test in" in good.words


async def test_names_are_neither_filters_nor_marks(session: Session, domain: Domain) -> None:
    guid = domain.add("odd", cn='Odd, (*)\\ "Öz" #1', displayName="Odd \x1b[31m(*)\u202e")
    user = await session.find_user(guid)
    assert user.name == "Odd ␛[31m(*)"
    _, steps = await done(session, BLOCK, user)
    assert steps[0].state is StepClass.DONE
    for text in ("*", "odd)(cn=*", "o*", "\\2a", "\x00"):
        with pytest.raises(RollcallError):
            await session.find_user(text)
    named = ldap.equal("distinguishedName", str(user.on_premises_distinguished_name))
    body = await session.tenant.read(
        ldap.search(session.profile.active_directory.base_dn, named, ("objectGUID",))
    )
    assert [entry["id"] for entry in body["value"]] == [guid]


async def test_who_is_only_in_active_directory_is_offered_what_is_done_there(
    session: Session, tenant: Endpoints, domain: Domain, tmp_path: Path
) -> None:
    user = await session.find_user(domain.add("lois"))
    offered = {a.id for a in ACTIONS if not a.objection(session.tenant, user, None)}
    assert offered == {"reset-password", "expire-password", "block-sign-in", "schedule-sign-in-block"}
    assert EXPIRE.objection(session.tenant, await session.find_user(ADELE), None) == expire_password.CLOUD
    async with connected(tenant, tmp_path / "cloud alone") as alone:
        megan = await alone.find_user("meganb@contoso.example")
        for action in (EXPIRE, BLOCK, ENABLE):
            assert "no domain controller is connected" in action.objection(alone.tenant, megan, None)
        for action in (EXPIRE, BLOCK, ENABLE, RESET):
            assert "no domain controller is connected" in action.objection(alone.tenant, user, None)


async def test_a_list_comes_in_pages_and_without_whom_the_cloud_knows(
    session: Session, domain: Domain, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(ldap_connection, "PAGE", 2)
    user, guid = await hybrid(session, domain, "hugo")
    try:
        names = {f"many{number}" for number in range(5)}
        for name in names:
            domain.add(name)

        async def known() -> AsyncIterator[list[User]]:
            yield [user]

        pages = [page async for page in local_users.pages(session.tenant, known())]
        assert len(pages) > 2
        listed = {one.upn for page in pages for one in page}
        assert {f"{name}@corp.contoso.test" for name in names} < listed
        assert "hugo@corp.contoso.test" not in listed
        assert all(one.local for page in pages for one in page)
    finally:
        domain.remove(guid)
