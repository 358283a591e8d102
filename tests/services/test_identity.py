"""Tokens: asked once, kept in memory, renewed for a challenge, and never shown."""

import asyncio
import base64
import json
import time
import traceback
from typing import Any, NamedTuple

import pytest
from azure.core.exceptions import ClientAuthenticationError, ServiceRequestError

from services.errors import InvalidInput, RollcallError, SignInNeeded, Unreachable
from services.identity import AzureToken, StaticToken

SCOPE = "https://graph.microsoft.com/.default"
SECRET = "eyJ-very-secret"


class Given(NamedTuple):
    """What azure-identity gives."""

    token: str
    expires_on: int


class Credential:
    """An azure-identity credential without a directory behind it."""

    def __init__(self, lifetime: float = 3600, error: Exception | None = None) -> None:
        self.asked: list[dict[str, Any]] = []
        self._lifetime = lifetime
        self._error = error

    def get_token(self, *scopes: str, **options: Any) -> Given:
        """A further token each time."""
        self.asked.append({"scopes": scopes, **options})
        if self._error is not None:
            raise self._error
        return Given(f"{SECRET}-{len(self.asked)}", int(time.time() + self._lifetime))


def test_a_static_token_is_for_this_machine_alone() -> None:
    tokens = StaticToken(SECRET)
    for host in ("http://127.0.0.1:4000", "http://localhost", "http://[::1]:9"):
        assert asyncio.run(tokens.token(f"{host}/.default")) == SECRET
    for host in ("https://graph.microsoft.com", "http://127.0.0.1.evil.example", "https://10.0.0.1"):
        with pytest.raises(InvalidInput) as caught:
            asyncio.run(tokens.token(f"{host}/.default"))
        assert SECRET not in str(caught.value)
    assert SECRET not in repr(tokens) + str(tokens)


def test_a_token_is_asked_once_for_many_and_once_per_scope() -> None:
    async def work() -> None:
        credential = Credential()
        tokens = AzureToken(lambda: credential)
        found = await asyncio.gather(*(tokens.token(SCOPE) for _ in range(10)))
        assert set(found) == {f"{SECRET}-1"}
        await tokens.token("https://outlook.office365.com/.default")
        assert [asked["scopes"][0] for asked in credential.asked] == [
            SCOPE,
            "https://outlook.office365.com/.default",
        ]
        assert all(asked["enable_cae"] for asked in credential.asked)
        assert SECRET not in repr(tokens)

    asyncio.run(work())


def test_a_token_near_its_end_is_not_used() -> None:
    async def work() -> None:
        credential = Credential(lifetime=60)
        tokens = AzureToken(lambda: credential)
        await tokens.token(SCOPE)
        await tokens.token(SCOPE)
        assert len(credential.asked) == 2

    asyncio.run(work())


def test_a_challenge_is_answered_with_one_new_token_for_all_who_met_it() -> None:
    async def work() -> None:
        credential = Credential()
        tokens = AzureToken(lambda: credential)
        await tokens.token(SCOPE)
        claims = base64.b64encode(json.dumps({"access_token": {}}).encode()).decode().rstrip("=")
        found = await asyncio.gather(*(tokens.token(SCOPE, claims=claims) for _ in range(5)))
        assert set(found) == {f"{SECRET}-2"}
        assert credential.asked[1]["claims"] == '{"access_token": {}}'
        assert await tokens.token(SCOPE) == f"{SECRET}-2"
        assert len(credential.asked) == 2
        with pytest.raises(SignInNeeded):
            await tokens.token(SCOPE, claims="\udcff%%%")

    asyncio.run(work())


@pytest.mark.parametrize(
    ("error", "kind"),
    [
        (ClientAuthenticationError("AADSTS53003: blocked by Conditional Access.\nTrace ID: x"), SignInNeeded),
        (ServiceRequestError("no route"), Unreachable),
        (ValueError("tenant_id"), InvalidInput),
        (FileNotFoundError("no such certificate"), InvalidInput),
    ],
)
def test_each_refusal_is_one_sentence(error: Exception, kind: type[RollcallError]) -> None:
    async def work() -> None:
        tokens = AzureToken(lambda: Credential(error=error))
        with pytest.raises(kind) as caught:
            await tokens.token(SCOPE)
        assert "\n" not in caught.value.sentence
        assert SECRET not in "".join(traceback.format_exception(caught.value))

    asyncio.run(work())


def test_each_new_token_and_a_missing_consent_tell_what_is_granted() -> None:
    async def work() -> None:
        told: list[tuple[str, frozenset[str] | None]] = []
        tokens = AzureToken(Credential)
        tokens.on_token = lambda *news: told.append(news)
        await asyncio.gather(tokens.token(SCOPE), tokens.token(SCOPE))
        refused = AzureToken(lambda: Credential(error=ClientAuthenticationError("AADSTS65001: no consent")))
        refused.on_token = tokens.on_token
        with pytest.raises(SignInNeeded):
            await refused.token(SCOPE)
        assert told == [(SCOPE, None), (SCOPE, frozenset())]

    asyncio.run(work())
