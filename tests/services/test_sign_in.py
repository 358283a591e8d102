"""Every way to sign in, over https against the tenant's sign-in service: asked once, renewed in silence, ended."""

import asyncio
import datetime
import functools
import html
import json
import os
import re
import socket
import ssl
import stat
import threading
from collections.abc import AsyncIterator, Callable, Coroutine, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any

import httpx
import pytest
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import rsa

from services import token_storage
from services.credentials import Prompt, source
from services.errors import InvalidInput, NotPermitted, SignInNeeded, Unreachable
from services.identity import ASK, AzureToken, Identity, StaticToken
from services.operation import Request, Service
from services.plan import plan
from services.profile import TenantProfile
from services.secret import Secret
from services.session import Session
from state.values import ProcessStatus, StepClass
from tests.sandbox import Endpoints, running_sandbox
from tests.services.activating import activation
from tests.services.connected import ADELE, applied, ended, put, reviewed

CLIENT = "0e5f6a52-9d0c-4c0e-8a4e-0a4b7f6f1c11"
BLOCKED = "AADSTS53003: Access has been blocked by Conditional Access policies."


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """A tenant with its sign-in service."""
    with running_sandbox(users=20, groups=20, sign_in=tmp_path_factory.mktemp("tls")) as endpoints:
        yield endpoints


class Person:
    """Somebody with a browser elsewhere, who does what the prompt asks, or what `outcome` says."""

    def __init__(self, lab: Endpoints, outcome: str = "") -> None:
        self.client = httpx.Client(verify=ssl.create_default_context(cafile=lab.ca_bundle), trust_env=False)
        self.asked: list[tuple[str, str]] = []
        self._outcome = outcome

    def prompt(self, url: str, code: str, until: datetime.datetime) -> None:
        """What the program shows."""
        assert until > datetime.datetime.now(datetime.UTC)
        self.asked.append((url, code))
        if code:
            form = {"code": code} | ({"outcome": self._outcome} if self._outcome else {})
            assert self.client.post(url, data=form).is_success
            return
        page = self.client.get(url).text
        action = re.search(r'action="([^"]+)"', page)
        assert action is not None
        fields = {
            name: html.unescape(value) for name, value in re.findall(r'name="(\w+)" value="([^"]*)"', page)
        }
        # the answer comes while the program waits for it, from a thread of its own
        answer = functools.partial(httpx.post, html.unescape(action[1]), data=fields, trust_env=False)
        threading.Thread(target=answer, daemon=True).start()


@pytest.fixture
def free_port() -> int:
    """A port that nobody listens on."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        return int(held.getsockname()[1])


def profile(lab: Endpoints, **facts: Any) -> TenantProfile:
    """A profile that leads to the tenant and to its sign-in service."""
    given: dict[str, Any] = {"sign_in": "device-code", "client_id": CLIENT} | facts
    return TenantProfile(
        name="lab",
        tenant_id=lab.tenant_id,
        graph_url=lab.graph_url,
        exchange_url=lab.exchange_url,
        sharepoint_url=lab.sharepoint_url,
        authority=lab.authority,
        ca_bundle=lab.ca_bundle,
        **given,
    )


def control(lab: Endpoints, path: str, **sent: Any) -> None:
    """Something that happens in the tenant."""
    context = ssl.create_default_context(cafile=lab.ca_bundle)
    assert httpx.post(f"{lab.authority}/control/{path}", verify=context, trust_env=False, **sent).is_success


def scope(lab: Endpoints) -> str:
    """What Graph's tokens are for."""
    return f"{lab.graph_url}/.default"


def run(work: Callable[[], Coroutine[Any, Any, None]]) -> None:
    """One test's work."""
    asyncio.run(work())


def nobody(*_: object) -> None:
    """A prompt that must not come."""
    raise AssertionError("a prompt came by surprise")


@pytest.mark.parametrize("way", ["device-code", "browser"])
def test_one_sign_in_serves_every_service_and_none_comes_by_surprise(
    lab: Endpoints, tmp_path: Path, way: str, free_port: int
) -> None:
    async def work() -> None:
        person = Person(lab)
        tokens = source(profile(lab, sign_in=way, redirect_port=free_port), tmp_path, person.prompt)
        needed: list[str] = []
        tokens.on_ask = lambda: needed.append("asked for")
        with pytest.raises(SignInNeeded) as caught:
            await tokens.token(scope(lab))
        assert caught.value.code == ASK
        assert needed == ["asked for"]
        assert person.asked == []
        assert (await tokens.sign_in()).endswith("@contoso.example")
        graph = await tokens.token(scope(lab))
        exchange = await tokens.token("https://outlook.example/.default")
        assert graph != exchange
        assert len(person.asked) == 1
        assert answers(lab, graph) == 200
        assert answers(lab, exchange) == 401
        assert graph not in repr(tokens) + everything(tmp_path)

    run(work)


def test_a_policy_that_blocks_the_device_code_names_another_way(lab: Endpoints, tmp_path: Path) -> None:
    async def work() -> None:
        tokens = source(profile(lab), tmp_path, Person(lab, BLOCKED).prompt)
        with pytest.raises(SignInNeeded) as caught:
            await tokens.sign_in()
        assert caught.value.code == "AADSTS53003"
        assert "browser" in caught.value.sentence
        assert "certificate" in caught.value.sentence

    run(work)


def test_a_challenge_in_a_batch_is_met_once_and_the_batch_goes_on(lab: Endpoints, tmp_path: Path) -> None:
    async def work() -> None:
        person = Person(lab)
        async with signed_in(profile(lab), tmp_path, person.prompt) as session:
            requests = [Request(Service.GRAPH, "GET", "users", query=(("$top", "1"),)) for _ in range(45)]
            control(lab, "revoke")
            answers = await session.tenant.batch(Service.GRAPH, requests)
            assert {answer.status for answer in answers} == {200}
            assert len(person.asked) == 1

    run(work)


def test_what_the_consents_do_not_cover_is_refused_at_the_gate_until_a_new_token_has_it(
    lab: Endpoints, tmp_path: Path
) -> None:
    async def work() -> None:
        control(lab, "consents", content="User.Read.All")
        async with signed_in(profile(lab), tmp_path, Person(lab).prompt) as session:
            user = await session.find_user(ADELE)
            change = put(user, "basics", "city", None, "Ely")
            with pytest.raises(NotPermitted, match=r"permission User\.ReadWrite\.All is missing"):
                await session.stage([change])
            operations = plan([change])
            with pytest.raises(NotPermitted, match="az ad app permission add"):
                await session.start("apply", "Apply", operations, user.id)
            assert await session.processes.recent(1) == []
            control(lab, "consents", content="User.ReadWrite.All")
            await session.sign_in()
            process, _ = await applied(session, await reviewed(session, [change]))
            assert process.status is ProcessStatus.SUCCEEDED

    try:
        run(work)
    finally:
        control(lab, "consents", content="")


def test_an_ended_sign_in_asks_and_what_waited_goes_on(lab: Endpoints, tmp_path: Path) -> None:
    async def work() -> None:
        person = Person(lab)
        async with signed_in(profile(lab), tmp_path, person.prompt) as session:
            needed: list[str] = []
            session.identity.on_ask = lambda: needed.append("asked for")
            control(lab, "revoke", data={"sign_ins": "true"})
            request = Request(Service.GRAPH, "GET", "users", query=(("$top", "1"),))
            with pytest.raises(SignInNeeded) as caught:
                await session.tenant.read(request)
            assert caught.value.code == ASK
            assert "AADSTS50173" in caught.value.sentence
            assert needed
            assert len(person.asked) == 1
            assert (await session.sign_in()).endswith("@contoso.example")
            assert await session.tenant.read(request)

    run(work)


def test_a_role_that_wants_a_stronger_sign_in_asks_for_it_and_becomes_active(tmp_path: Path) -> None:
    async def work(tenant: Endpoints) -> None:
        person = Person(tenant)
        async with signed_in(profile(tenant), tmp_path, person.prompt) as session:
            needed = asyncio.Event()
            session.identity.on_ask = needed.set
            number = await activation(session, "Authentication Administrator")
            await asyncio.wait_for(needed.wait(), 20)
            assert len(person.asked) == 1, "nobody is asked by surprise"
            await session.sign_in()
            process, (step,) = await ended(session, number)
            assert process.counts == {StepClass.DONE: 1}, step
            assert len(person.asked) == 2
            own = await session.roles.learn(fresh=True)
            assert [own.name(each.role) for each in own.held] == ["Authentication Administrator"]

    with running_sandbox(users=20, groups=20, sign_in=tmp_path, eligible_only=True) as tenant:
        asyncio.run(work(tenant))


def test_a_process_waits_for_the_sign_in_that_ended_and_goes_on_with_nothing_lost(
    lab: Endpoints, tmp_path: Path
) -> None:
    async def work() -> None:
        async with signed_in(profile(lab), tmp_path, Person(lab).prompt) as session:
            user = await session.find_user(ADELE)
            operations = plan([put(user, "basics", "city", None, "Wells")])
            await session.learn()
            asked, news = asyncio.Event(), asyncio.Event()
            session.identity.on_ask, session.on_change = asked.set, news.set
            control(lab, "revoke", data={"sign_ins": "true"})
            number = await session.start("apply", "City", operations, user.id)
            await asyncio.wait_for(asked.wait(), 30)
            while not session.engine.troubles:
                await asyncio.wait_for(news.wait(), 30)
                news.clear()
            assert (await session.processes.get(number)).ended_at is None
            await session.sign_in()
            process, steps = await ended(session, number)
            assert (process.status, len(steps)) == (ProcessStatus.SUCCEEDED, 1)

    run(work)


def test_a_certificate_signs_the_application_in_and_a_strange_one_is_named(
    lab: Endpoints, tmp_path: Path
) -> None:
    async def work() -> None:
        known, public = certificate(tmp_path / "known.pem")
        strange, _ = certificate(tmp_path / "strange.pem")
        control(lab, "certificates", content=public)
        good = source(profile(lab, sign_in="certificate", certificate=str(known)), tmp_path, nobody)
        assert not good.person
        assert answers(lab, await good.token(scope(lab))) == 200
        bad = source(profile(lab, sign_in="certificate", certificate=str(strange)), tmp_path, nobody)
        with pytest.raises(SignInNeeded) as caught:
            await bad.token(scope(lab))
        assert caught.value.code == "AADSTS700027"
        assert "registration" in caught.value.sentence
        gone = source(
            profile(lab, sign_in="certificate", certificate=str(tmp_path / "no.pem")), tmp_path, nobody
        )
        with pytest.raises(InvalidInput):
            await gone.token(scope(lab))

    run(work)


def test_the_azure_cli_is_started_once_for_many_tokens(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    program = tmp_path / "az"
    starts = tmp_path / "starts"
    expires = int(datetime.datetime.now(datetime.UTC).timestamp()) + 3600
    program.write_text(
        f'#!/bin/sh\necho "$@" >> {starts}\n'
        f'echo \'{{"accessToken": "cli-token", "expires_on": {expires}, "tokenType": "Bearer"}}\'\n'
    )
    program.chmod(0o700)
    monkeypatch.setenv("PATH", f"{tmp_path}:{os.environ['PATH']}")

    async def work() -> None:
        tokens = source(profile(lab, sign_in="azure-cli"), tmp_path, nobody)
        found = await asyncio.gather(
            *(tokens.token("https://graph.microsoft.com/.default") for _ in range(9))
        )
        assert set(found) == {"cli-token"}
        assert len(starts.read_text().splitlines()) == 1

    run(work)


def test_a_sign_in_that_is_kept_outlives_the_program_until_it_is_signed_out(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    state = tmp_path / "state"
    kept = profile(lab, sign_in_storage="file")

    async def work() -> None:
        tokens = source(kept, state, Person(lab).prompt)
        name = await tokens.sign_in()
        again = source(kept, state, nobody)
        assert answers(lab, await again.token(scope(lab))) == 200
        stores = list((tmp_path / "home" / ".IdentityService").glob("rollcall-*cae"))
        assert [stat.S_IMODE(store.stat().st_mode) for store in stores] == [0o600]
        record = token_storage.record_file(state, lab.tenant_id)
        told = json.loads(record.read_text())
        assert set(told) == {"authority", "clientId", "homeAccountId", "tenantId", "username", "version"}
        assert (told["username"], stat.S_IMODE(record.stat().st_mode)) == (name, 0o600)
        assert len(token_storage.forget(state, lab.tenant_id)) == 2
        assert not list((tmp_path / "home").rglob("*cae*"))
        assert not list(state.iterdir())
        assert token_storage.forget(state, lab.tenant_id) == []
        with pytest.raises(SignInNeeded):
            await source(kept, state, nobody).token(scope(lab))

    run(work)


def test_without_a_keyring_the_keyring_is_refused_in_words(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", "unix:path=/nowhere")

    async def work() -> None:
        tokens = source(profile(lab, sign_in_storage="keyring"), tmp_path, nobody)
        with pytest.raises(InvalidInput) as caught:
            await tokens.sign_in()
        assert 'sign_in_storage = "memory"' in caught.value.sentence

    run(work)


def test_a_sign_in_service_that_is_away_or_not_trusted_is_unreachable(lab: Endpoints, tmp_path: Path) -> None:
    async def work() -> None:
        for wrong in ({"authority": "https://127.0.0.1:9"}, {"ca_bundle": ""}):
            facts = {"authority": lab.authority, "ca_bundle": lab.ca_bundle, **wrong}
            away = TenantProfile(
                name="lab",
                tenant_id=lab.tenant_id,
                graph_url=lab.graph_url,
                exchange_url=lab.exchange_url,
                client_id=CLIENT,
                **facts,  # type: ignore[arg-type]
            )
            with pytest.raises(Unreachable):
                await source(away, tmp_path, nobody).sign_in()

    run(work)


def test_a_static_token_needs_nobody(tmp_path: Path, lab: Endpoints) -> None:
    tokens: Identity = source(profile(lab, sign_in="static-token", token=Secret("x")), tmp_path, nobody)
    assert isinstance(tokens, StaticToken)
    assert asyncio.run(tokens.sign_in()) == ""
    assert isinstance(source(profile(lab, sign_in="managed-identity"), tmp_path, nobody), AzureToken)


@asynccontextmanager
async def signed_in(profile: TenantProfile, folder: Path, prompt: Prompt) -> AsyncIterator[Session]:
    """A session whose operator has signed in."""
    session = await Session.open(profile, state_dir=folder, prompt=prompt)
    try:
        await session.sign_in()
        yield session
    finally:
        await session.close()


def answers(lab: Endpoints, token: str) -> int:
    """How Graph answers to this token."""
    url = f"{lab.graph_url}/v1.0/users?$top=1"
    return httpx.get(url, headers={"Authorization": f"Bearer {token}"}, trust_env=False).status_code


def everything(folder: Path) -> str:
    """All that was written there."""
    return "".join(path.read_text(errors="replace") for path in folder.rglob("*") if path.is_file())


def certificate(path: Path) -> tuple[Path, bytes]:
    """A key with its certificate at `path`, and the certificate alone."""
    key = rsa.generate_private_key(public_exponent=65537, key_size=2048)
    name = x509.Name([x509.NameAttribute(x509.NameOID.COMMON_NAME, "rollcall")])
    now = datetime.datetime.now(datetime.UTC)
    made = (
        x509.CertificateBuilder()
        .subject_name(name)
        .issuer_name(name)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now)
        .not_valid_after(now + datetime.timedelta(days=1))
        .sign(key, hashes.SHA256())
    )
    public = made.public_bytes(serialization.Encoding.PEM)
    secret = key.private_bytes(
        serialization.Encoding.PEM, serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    )
    path.write_bytes(secret + public)
    return path, public
