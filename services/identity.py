"""Identity: where access tokens come from, for every way to sign in; a token is never shown or logged."""

import asyncio
import base64
import binascii
import importlib
import ipaddress
import logging
import time
from collections.abc import Callable
from typing import Any, Protocol
from urllib.parse import urlsplit

from services import sign_in_transport
from services.consents import granted
from services.detached import detached
from services.errors import InvalidInput, RollcallError, SignInNeeded
from services.log.events import tell
from services.secret import Secret
from services.sign_in_refusals import FINAL, NO_CONSENT, refusal, refusal_code

_EARLY = 300.0
"""Seconds before its end that a token is no longer used."""

ASK = "SignIn"
"""Code of a `SignInNeeded` that a person can end at once: `Identity.sign_in`."""

_NEW = "{}"
"""Claims that ask for nothing but keep MSAL from answering with a token it has kept."""

_NO_KEYRING = "Cache encryption is impossible"
"""How azure-identity begins when libsecret is not there."""

NOBODY = "Sign in (Ctrl+P, Sign in): nobody is signed in, or the sign-in has ended. Nothing is lost."


class TokenSource(Protocol):
    """Gives access tokens."""

    async def token(self, scope: str, *, claims: str = "") -> str:
        """A token for the scope, from memory where one is still good.

        `claims` is the text of a continuous-access challenge: the token is then a new one that meets it. Never
        asks a person. Raises `SignInNeeded` (with the code `ASK` when one could sign in), `Unreachable` and
        `InvalidInput`.
        """


class Identity(TokenSource, Protocol):
    """A token source, and the way to sign in where a person has to.

    `person` is whether one has to, `on_ask` is called when it is time to. `on_token` is told of each new token for
    which scope it is and what it says is granted, None where it does not say.
    """

    person: bool
    on_ask: Callable[[], None]
    on_token: Callable[[str, frozenset[str] | None], None]

    async def sign_in(self) -> str:
        """Has a person sign in, as long as that takes; returns the name of who did, "" where nobody has to.

        Raises `SignInNeeded`, `Unreachable` and `InvalidInput`.
        """

    def renew(self) -> None:
        """No token of before is given out any more: the roles that a person gained since are in later ones alone."""


class StaticToken:
    """One fixed token, for servers on this machine alone."""

    person = False

    def __init__(self, text: str) -> None:
        self._text = Secret(text)
        self.on_ask: Callable[[], None] = lambda: None
        self.on_token: Callable[[str, frozenset[str] | None], None] = lambda *_: None

    async def token(self, scope: str, *, claims: str = "") -> str:
        """The token. Raises `InvalidInput` for a scope whose host is not this machine."""
        if not _on_loopback(scope):
            raise InvalidInput('sign_in = "static-token" works with servers on this machine alone.')
        return self._text.reveal()

    async def sign_in(self) -> str:
        """Nobody has to."""
        return ""

    def renew(self) -> None:
        """It stays the same."""

    def __repr__(self) -> str:
        return "StaticToken(…)"


class AzureToken:
    """Tokens of an azure-identity credential, made on first use and asked in a thread.

    `make` imports and builds the credential. One question at a time: the others are answered from what it left
    behind. With `person` the credential is one that never asks by itself (`disable_automatic_authentication`);
    `first` is the scope that signing in asks for when nothing was asked for before, and `signed_in` is told
    the AuthenticationRecord, which holds no secret.
    """

    def __init__(
        self,
        make: Callable[[], Any],
        *,
        authority: str = "",
        person: bool = False,
        first: str = "",
        signed_in: Callable[[Any], None] = lambda _: None,
    ) -> None:
        self.person = person
        self.on_ask: Callable[[], None] = lambda: None
        self.on_token: Callable[[str, frozenset[str] | None], None] = lambda *_: None
        self._make = make
        self._authority = authority
        self._first = first
        self._signed_in = signed_in
        self._credential: Any = None
        self._kept: dict[str, tuple[Secret, float]] = {}
        self._met: dict[str, str] = {}
        self._anew: set[str] = set()
        """Scopes whose token must be a new one, whatever the credential has kept."""
        self._turn = asyncio.Lock()
        self._wanted: tuple[str, str] = ("", "")

    async def token(self, scope: str, *, claims: str = "") -> str:
        """A token for the scope; see `TokenSource.token`."""
        if not claims and (kept := self._good(scope)):
            return kept
        async with self._turn:
            # whoever waited for the same challenge or scope finds it answered
            answered = self._met.get(scope) == claims if claims else True
            if answered and (kept := self._good(scope)):
                return kept
            try:
                wanted = _decoded(claims) or (_NEW if scope in self._anew else "")
                text, until = await asyncio.to_thread(self._ask, scope, wanted)
            except SignInNeeded as error:
                if error.code == ASK:
                    self._wanted = (scope, _decoded(claims))
                    tell("sign-in-asked", scope=scope, challenge=bool(claims))
                    self.on_ask()
                elif error.code == NO_CONSENT:
                    self.on_token(scope, frozenset())
                raise
            self._anew.discard(scope)
            self._kept[scope] = (text, until)
            self._met[scope] = claims
            left = round(until - time.time())
            tell("token", scope=scope, challenge=bool(claims), seconds_left=left)
            self.on_token(scope, granted(text.reveal()))
            return text.reveal()

    async def sign_in(self) -> str:
        """Has a person sign in; see `Identity.sign_in`. Who waits may be cancelled: the thread is let go."""
        if not self.person:
            return ""
        scope, claims = self._wanted
        # whoever is signed in still gets new tokens in silence: another consent may have been granted since
        record = await detached(lambda: self._authenticate(scope or self._first, claims or _NEW))
        # another person may have signed in: nothing of the one before is used any more
        self._anew |= set(self._kept) - {scope or self._first}
        self._kept.clear()
        self._wanted = ("", "")
        self._signed_in(record)
        tell("signed-in", scope=scope or self._first, operator=str(record.username))
        return str(record.username)

    def renew(self) -> None:
        """See `Identity.renew`.

        Not for who is no person, and has no roles to activate: some of those credentials take no challenge.
        """
        if self.person:
            self._anew |= set(self._kept)
            self._kept.clear()

    def __repr__(self) -> str:
        return "AzureToken(…)"

    def _good(self, scope: str) -> str:
        text, until = self._kept.get(scope, (Secret(), 0.0))
        return text.reveal() if time.time() < until - _EARLY else ""

    def _ask(self, scope: str, claims: str) -> tuple[Secret, float]:
        options = {"claims": claims} if claims else {}
        found = self._asked(lambda credential: credential.get_token(scope, enable_cae=True, **options))
        return Secret(found.token), float(found.expires_on)

    def _authenticate(self, scope: str, claims: str) -> Any:
        options = {"claims": claims} if claims else {}
        return self._asked(
            lambda credential: credential.authenticate(scopes=[scope], enable_cae=True, **options)
        )

    def _asked(self, question: Callable[[Any], Any]) -> Any:
        """The credential's answer, and its errors as the operator can act on them."""
        core = importlib.import_module("azure.core.exceptions")
        try:
            if self._credential is None:
                self._credential = self._make()
            return question(self._credential)
        except core.AzureError as error:
            refused = _refused(error, self._authority, core.ServiceRequestError, core.ServiceResponseError)
            tell("sign-in-refused", level=logging.WARNING, code=refused.code, error=type(refused).__name__)
            raise refused from None
        except (ValueError, OSError) as error:
            raise InvalidInput(f"The sign-in settings cannot be used: {_first_line(error)}") from None


def _refused(error: Exception, authority: str, *unreached: type[Exception]) -> RollcallError:
    """What the credential refused, in words; `unreached` are the errors of a connection to the authority.

    azure-identity wraps those of a connection into its own, and tells the service's reason for a silent refusal
    in the response alone.
    """
    cause: BaseException | None = error
    while cause is not None:
        if isinstance(cause, unreached):
            return sign_in_transport.unreached(cause, authority)
        if isinstance(cause, ValueError) and _NO_KEYRING in str(cause):
            return InvalidInput(
                'This host has no keyring that can be used: set sign_in_storage = "memory", or "file" for a'
                " file of mode 0600 that holds the sign-in in the clear."
            )
        cause = cause.__cause__
    if type(error).__name__ != "AuthenticationRequiredError":
        message = str(error)
        return SignInNeeded(refusal(message), code=refusal_code(message))
    response = getattr(error, "response", None)
    code = refusal_code(response.text() if response is not None else "")
    if code in FINAL:
        return SignInNeeded(refusal(code), code=code)
    return SignInNeeded(f"{refusal(code)} {NOBODY}" if code else NOBODY, code=ASK)


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


def _first_line(error: Exception) -> str:
    line = str(error).strip().splitlines()[0] if str(error).strip() else type(error).__name__
    return line[:300].rstrip(".") + "."
