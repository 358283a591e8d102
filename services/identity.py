"""Identity: where access tokens come from, for every way to sign in; a token is never shown or logged."""

import asyncio
import base64
import binascii
import importlib
import ipaddress
import time
from collections.abc import Callable
from datetime import datetime
from typing import Any, Protocol
from urllib.parse import urlsplit

from services.errors import InvalidInput, SignInNeeded, Unreachable

_EARLY = 300.0
"""Seconds before its end that a token is no longer used."""


class TokenSource(Protocol):
    """Gives access tokens."""

    async def token(self, scope: str, *, claims: str = "") -> str:
        """A token for the scope, from memory where one is still good.

        `claims` is the text of a continuous-access challenge: the token is then a new one that meets it.
        Raises `SignInNeeded`, `Unreachable` and `InvalidInput`.
        """


class StaticToken:
    """One fixed token, for servers on this machine alone."""

    def __init__(self, text: str) -> None:
        self._text = text

    async def token(self, scope: str, *, claims: str = "") -> str:
        """The token. Raises `InvalidInput` for a scope whose host is not this machine."""
        if not _on_loopback(scope):
            raise InvalidInput('sign_in = "static-token" works with servers on this machine alone.')
        return self._text

    def __repr__(self) -> str:
        return "StaticToken(…)"


Prompt = Callable[[str, str, datetime], None]
"""Shows where to enter which code until when; called from another thread."""


class AzureToken:
    """Tokens of an azure-identity credential, made on first use and asked in a thread.

    `make` imports and builds the credential. One question at a time: the first may take as long as a person
    needs to sign in, the others are then answered from what it left behind.
    """

    def __init__(self, make: Callable[[], Any]) -> None:
        self._make = make
        self._credential: Any = None
        self._kept: dict[str, tuple[str, float]] = {}
        self._met: dict[str, str] = {}
        self._turn = asyncio.Lock()

    async def token(self, scope: str, *, claims: str = "") -> str:
        """A token for the scope; see `TokenSource.token`."""
        if not claims and (kept := self._good(scope)):
            return kept
        async with self._turn:
            # whoever waited for the same challenge or scope finds it answered
            answered = self._met.get(scope) == claims if claims else True
            if answered and (kept := self._good(scope)):
                return kept
            text, until = await asyncio.to_thread(self._ask, scope, _decoded(claims))
            self._kept[scope] = (text, until)
            self._met[scope] = claims
            return text

    def __repr__(self) -> str:
        return "AzureToken(…)"

    def _good(self, scope: str) -> str:
        text, until = self._kept.get(scope, ("", 0.0))
        return text if time.time() < until - _EARLY else ""

    def _ask(self, scope: str, claims: str) -> tuple[str, float]:
        core = importlib.import_module("azure.core.exceptions")
        try:
            if self._credential is None:
                self._credential = self._make()
            options = {"claims": claims} if claims else {}
            found = self._credential.get_token(scope, enable_cae=True, **options)
        except (core.ServiceRequestError, core.ServiceResponseError):
            raise Unreachable(
                "The sign-in service cannot be reached: check the network and proxy.", sent=False
            ) from None
        except core.AzureError as error:
            raise SignInNeeded(_refusal(error)) from None
        except (ValueError, OSError) as error:
            raise InvalidInput(f"The sign-in settings cannot be used: {_first_line(error)}") from None
        return found.token, float(found.expires_on)


def source(
    sign_in: str,
    *,
    tenant_id: str = "",
    client_id: str = "",
    token: str = "",
    certificate: str = "",
    authority: str = "",
    prompt: Prompt | None = None,
) -> TokenSource:
    """The token source for a profile's `sign_in`. Raises `InvalidInput` for an unknown one.

    `certificate` is the path of a PEM file with its key; `authority` a national cloud's login host.
    """
    if sign_in == "static-token":
        return StaticToken(token)
    where = {"authority": authority} if authority else {}
    person = {"tenant_id": tenant_id, "client_id": client_id, **where}
    makers: dict[str, tuple[str, dict[str, Any]]] = {
        "device-code": ("DeviceCodeCredential", {**person, "prompt_callback": prompt}),
        "certificate": ("CertificateCredential", {**person, "certificate_path": certificate}),
        "managed-identity": ("ManagedIdentityCredential", {"client_id": client_id} if client_id else {}),
        "azure-cli": ("AzureCliCredential", {"tenant_id": tenant_id}),
    }
    if sign_in not in makers:
        known = ", ".join(("static-token", *makers))
        raise InvalidInput(f'sign_in = "{sign_in}" is unknown: use one of {known}.')
    name, settings = makers[sign_in]
    return AzureToken(lambda: getattr(importlib.import_module("azure.identity"), name)(**settings))


def _decoded(claims: str) -> str:
    """The challenge as JSON text; services send it in base64, some without padding, some in the clear."""
    if not claims or claims.lstrip().startswith("{"):
        return claims
    try:
        return base64.urlsafe_b64decode(claims + "=" * (-len(claims) % 4)).decode()
    except (binascii.Error, ValueError):
        raise SignInNeeded(
            "The service asked for a new sign-in in a way that cannot be read. Sign in again."
        ) from None


def _on_loopback(scope: str) -> bool:
    host = urlsplit(scope).hostname or ""
    try:
        return ipaddress.ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _refusal(error: Exception) -> str:
    return f"Signing in did not work: {_first_line(error)} Sign in again."


def _first_line(error: Exception) -> str:
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return line[:300].rstrip(".") + "."
