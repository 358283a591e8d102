"""A company's proxy: every client goes through it, trusts what the profile says and nothing less, and names it."""

import os
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

import pytest

from services.credentials import source
from services.errors import InvalidInput, RollcallError, Unreachable
from services.operation import Request, Service
from services.profile import Marketplace, TenantProfile
from services.proxies import proxy_for
from services.reach import reach
from services.secret import Secret
from services.session import Session
from services.transport.pipeline import new_client
from tests import wire
from tests.proxy import proxying
from tests.sandbox import Endpoints, running_sandbox
from tests.services.log.reading import logging_to
from tests.services.test_sign_in import Person, certificate

pytestmark = pytest.mark.anyio

CLIENT = "0e5f6a52-9d0c-4c0e-8a4e-0a4b7f6f1c11"
HOSTS = {
    "graph.microsoft.com": "graph_url",
    "outlook.office365.com": "exchange_url",
    "contoso.sharepoint.com": "sharepoint_url",
    "market.example": "marketplace_url",
}
NAMES = ("HTTPS_PROXY", "HTTP_PROXY", "ALL_PROXY", "NO_PROXY")


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """A tenant with its sign-in service over https."""
    with running_sandbox(users=20, groups=20, sign_in=tmp_path_factory.mktemp("tls")) as endpoints:
        yield endpoints


@pytest.fixture(autouse=True)
def _no_proxy_yet(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in (*NAMES, "SSL_CERT_FILE", "REQUESTS_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)


class Given:
    """A source that has the sandbox's token for every host."""

    person = False

    def __init__(self, token: str) -> None:
        self._token = token
        self.on_ask: Callable[[], None] = lambda: None

    async def token(self, scope: str, *, claims: str = "") -> str:
        """The token."""
        return self._token

    async def sign_in(self) -> str:
        """Nobody has to."""
        return ""


def profile(lab: Endpoints, **facts: Any) -> TenantProfile:
    """A tenant of Microsoft's, as far as the program can tell."""
    return TenantProfile(
        name="lab",
        tenant_id=lab.tenant_id,
        graph_url="https://graph.microsoft.com",
        exchange_url="https://outlook.office365.com",
        sharepoint_url="https://contoso.sharepoint.com",
        marketplace=Marketplace("https://market.example", Secret(lab.token)),
        sign_in="certificate",
        client_id=CLIENT,
        **facts,
    )


def inside(lab: Endpoints) -> dict[str, int]:
    """The tenant's own ports by the names of the hosts they stand for."""
    return {host: urlsplit(getattr(lab, key)).port or 0 for host, key in HOSTS.items()}


@asynccontextmanager
async def opened(
    lab: Endpoints, folder: Path, monkeypatch: pytest.MonkeyPatch, **facts: Any
) -> AsyncIterator[Session]:
    """A session that has the sandbox's token."""
    monkeypatch.setattr("services.connecting.source", lambda *_: Given(lab.token))
    session = await Session.open(profile(lab, **facts), state_dir=folder)
    try:
        yield session
    finally:
        await session.close()


def looked_for() -> set[str]:
    """The hosts beyond this machine that the guard of the tests met and turned away; forgotten by being told."""
    log = Path(os.environ[wire.LOG])
    found = {line.split()[1] for line in wire.attempts(log)}
    log.write_text("")
    return found


async def ask_all(session: Session) -> None:
    """One call to each service."""
    await session.tenant.read(Request(Service.GRAPH, path="/users", query=(("$top", "1"),)))
    body = {"CmdletInput": {"CmdletName": "Get-Mailbox", "Parameters": {"ResultSize": 1}}}
    await session.tenant.send(Request(Service.EXCHANGE, "POST", "InvokeCommand", body=body))
    await session.tenant.send(Request(Service.SHAREPOINT, path="/_api/web"))
    await session.tenant.send(Request(Service.MARKETPLACE, path="/requests"))


async def refused(session: Session) -> str:
    """Why Graph cannot be asked."""
    with pytest.raises(Unreachable) as caught:
        await session.tenant.send(Request(Service.GRAPH, path="/users"))
    assert not caught.value.sent
    return caught.value.sentence


async def test_every_service_is_asked_through_a_proxy_that_looks_into_tls(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxying(inside=inside(lab), folder=tmp_path / "tls") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//anna:pass%2Fw0rd@"))
        with logging_to(tmp_path / "log"):
            async with opened(lab, tmp_path, monkeypatch, ca_bundle=proxy.ca_bundle) as session:
                await ask_all(session)
            found = await reach(profile(lab, ca_bundle=proxy.ca_bundle))
        assert {target.partition(":")[0] for target in proxy.asked} == set(HOSTS)
        assert set(proxy.given) == {"anna:pass/w0rd"}
        assert [(each.service, each.ok) for each in found] == [
            (name, True) for name in ("Graph", "Exchange", "SharePoint", "marketplace")
        ]
    said = (tmp_path / "log").read_text()
    assert "w0rd" not in said
    assert '"status":200' in said


async def test_the_sign_in_goes_through_it_as_well(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    personal = profile(lab, authority=lab.authority, ca_bundle=lab.ca_bundle)
    personal = type(personal)(**{**_fields(personal), "sign_in": "device-code"})
    async with proxying() as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        tokens = source(personal, tmp_path, Person(lab).prompt)
        assert await tokens.sign_in()
        assert set(proxy.asked) == {urlsplit(lab.authority).netloc}


def _fields(given: TenantProfile) -> dict[str, Any]:
    return {name: getattr(given, name) for name in given.__struct_fields__}


async def test_what_no_proxy_names_is_reached_without_it(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxying(inside=inside(lab), folder=tmp_path / "tls") as proxy:
        monkeypatch.setenv("https_proxy", proxy.url)
        monkeypatch.setenv("NO_PROXY", "graph.microsoft.com, .office365.com,10.0.0.0/8")
        async with opened(lab, tmp_path, monkeypatch, ca_bundle=proxy.ca_bundle) as session:
            # the guard of the tests tells that it was looked for directly
            assert "cannot be reached at graph.microsoft.com" in await refused(session)
            await session.tenant.send(Request(Service.SHAREPOINT, path="/_api/web"))
        assert {target.partition(":")[0] for target in proxy.asked} == {"contoso.sharepoint.com"}
    assert looked_for() == {"graph.microsoft.com"}


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (407, "asks for a name and a password (407): put them into HTTPS_PROXY, as http://name:password@"),
        (403, "does not let graph.microsoft.com through (403): have that host allowed there, or name it in"),
    ],
)
async def test_a_proxy_that_refuses_is_named(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, status: int, words: str
) -> None:
    async with proxying(status) as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url.replace("//", "//anna:passw0rd@"))
        async with opened(lab, tmp_path, monkeypatch) as session:
            said = await refused(session)
            found = await reach(profile(lab))
        assert said.startswith(f"The proxy {proxy.url} {words}")
        assert "passw0rd" not in said
        assert f"no answer: {said}" == found[0].words
        # the sign-in service is named by its own host
        tokens = source(
            profile(lab, authority="https://login.microsoftonline.com", certificate=_certificate(tmp_path)),
            tmp_path,
            lambda *_: None,
        )
        with pytest.raises(Unreachable) as caught:
            await tokens.token("https://graph.microsoft.com/.default")
        told = words.replace("graph.microsoft.com", "login.microsoftonline.com")
        assert caught.value.sentence.startswith(f"The proxy {proxy.url} {told}")


def _certificate(folder: Path) -> str:
    return str(certificate(folder / "app.pem")[0])


async def test_a_proxy_that_is_not_there_is_named(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxying() as proxy:
        gone = proxy.url
    monkeypatch.setenv("HTTPS_PROXY", gone)
    async with opened(lab, tmp_path, monkeypatch) as session:
        assert await refused(session) == (
            f"The proxy {gone} cannot be reached, or answered nothing: check HTTPS_PROXY and NO_PROXY."
        )


OFF = {
    "PYTHONHTTPSVERIFY": "0",
    "CURL_CA_BUNDLE": "",
    "REQUESTS_CA_BUNDLE": "",
    "SSL_CERT_FILE": "",
    "SSL_NO_VERIFY": "1",
    "NODE_TLS_REJECT_UNAUTHORIZED": "0",
    "GIT_SSL_NO_VERIFY": "1",
    "AZURE_CLI_DISABLE_CONNECTION_VERIFICATION": "1",
}
"""What people set to have checks switched off."""


async def test_a_certificate_that_is_not_trusted_is_refused_whatever_is_set(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name, value in OFF.items():
        monkeypatch.setenv(name, value)
    async with proxying(inside=inside(lab), folder=tmp_path / "tls") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        async with opened(lab, tmp_path, monkeypatch) as session:
            said = await refused(session)
        assert said.startswith("The certificate of Microsoft Graph at graph.microsoft.com is not trusted:")
        assert "name its authority's certificate as ca_bundle in the profile" in said
        assert "ca_bundle" in (await reach(profile(lab)))[0].words
        tokens = source(
            profile(lab, authority=lab.authority, certificate=_certificate(tmp_path)),
            tmp_path,
            lambda *_: None,
        )
        with pytest.raises(Unreachable, match=r"not trusted: .* ca_bundle in the profile"):
            await tokens.token("https://graph.microsoft.com/.default")


async def test_ssl_cert_file_names_certificates_for_every_client(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with proxying(inside=inside(lab), folder=tmp_path / "tls") as proxy:
        monkeypatch.setenv("HTTPS_PROXY", proxy.url)
        monkeypatch.setenv("SSL_CERT_FILE", proxy.ca_bundle)
        async with opened(lab, tmp_path, monkeypatch) as session:
            await ask_all(session)


async def test_the_azure_cli_must_not_leave_out_the_check(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("AZURE_CLI_DISABLE_CONNECTION_VERIFICATION", "1")
    given = TenantProfile(**{**_fields(profile(lab)), "sign_in": "azure-cli"})
    with pytest.raises(InvalidInput, match="AZURE_CLI_DISABLE_CONNECTION_VERIFICATION is set"):
        await source(given, tmp_path, lambda *_: None).token("https://graph.microsoft.com/.default")


@pytest.mark.parametrize("way", ["managed-identity", "certificate"])
async def test_only_a_managed_identity_asks_the_machine_and_never_through_a_proxy(
    lab: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, way: str
) -> None:
    async with proxying(403) as proxy:
        monkeypatch.setenv("ALL_PROXY", proxy.url)
        given = profile(
            lab, authority="https://login.microsoftonline.com", certificate=_certificate(tmp_path)
        )
        tokens = source(TenantProfile(**{**_fields(given), "sign_in": way}), tmp_path, lambda *_: None)
        with pytest.raises(RollcallError):
            await tokens.token("https://graph.microsoft.com/.default")
        asked = {target.partition(":")[0] for target in proxy.asked}
    met = looked_for()
    if way == "managed-identity":
        assert (met, asked) == ({"169.254.169.254"}, set())
    else:
        assert (met, asked) == (set(), {"login.microsoftonline.com"})


@pytest.mark.parametrize(
    ("name", "value", "why"),
    [
        (
            "ALL_PROXY",
            "socks5://anna:passw0rd@127.0.0.1:1080",
            "socks5://127.0.0.1:1080 is no http:// or https:",
        ),
        ("HTTPS_PROXY", "http://anna:passw0rd@proxy.example:port", "its port is no number"),
        ("HTTPS_PROXY", "http://", "it names no host"),
    ],
)
def test_a_proxy_that_cannot_be_used_is_one_sentence(
    monkeypatch: pytest.MonkeyPatch, name: str, value: str, why: str
) -> None:
    monkeypatch.setenv(name, value)
    with pytest.raises(InvalidInput) as caught:
        new_client("https://graph.microsoft.com", 10)
    assert why in caught.value.sentence
    assert "passw0rd" not in caught.value.sentence


def test_this_machine_is_never_asked_through_a_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("ALL_PROXY", "http://proxy.example:3128")
    assert proxy_for("http://127.0.0.1:8080/v1.0") is None
    assert proxy_for("https://localhost:8443") is None
    found = proxy_for("https://graph.microsoft.com/v1.0")
    assert found is not None
    assert found.shown == "http://proxy.example:3128"
    monkeypatch.setenv("HTTPS_PROXY", "anna:passw0rd@other.example:8080")
    found = proxy_for("https://graph.microsoft.com")
    assert (repr(found), found and found.shown) == (
        "Proxy(url=Secret(…), shown='http://other.example:8080')",
        "http://other.example:8080",
    )
