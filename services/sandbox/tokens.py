"""Tokens of the sandbox's sign-in service: which were given to whom for what, and which are still good."""

import json
import secrets
import time
from base64 import urlsafe_b64encode

import msgspec

_LIFETIME = 3600


class Grant(msgspec.Struct, frozen=True):
    """Who was let in: the application, and the person where one signed in.

    `context` is the authentication context that the sign-in has met, "" for none.
    """

    client_id: str
    username: str = ""
    context: str = ""


class Token(msgspec.Struct, frozen=True):
    """An access token's facts; `audience` is the root of the one service that takes it."""

    audience: str
    issued: float
    expires: float
    context: str = ""


class Tokens:
    """What was issued. `revoke` makes everything before it stale: access tokens, or the sign-ins themselves."""

    def __init__(self, tenant_id: str) -> None:
        self.tenant_id = tenant_id
        self.consents: list[str] = []
        """What the administrator has granted; told in tokens, and not enforced."""
        self._access: dict[str, Token] = {}
        self._refresh: dict[str, tuple[Grant, float]] = {}
        self._stale_before = 0.0
        self._ended_before = 0.0

    def issue(self, grant: Grant, scope: str) -> tuple[str, int]:
        """An access token for the resource of `scope` (`ROOT/.default …`), and its lifetime in seconds."""
        audience = next(
            part for part in scope.split() if "://" in part or part.endswith("/.default")
        ).removesuffix("/.default")
        now = time.time()
        facts: dict[str, object] = {
            "aud": audience,
            "tid": self.tenant_id,
            "appid": grant.client_id,
            "iat": int(now),
            "exp": int(now) + _LIFETIME,
            "upn": grant.username,
            "ver": "1.0",
            **({"acrs": [grant.context]} if grant.context else {}),
            **({"scp": " ".join(self.consents)} if grant.username else {"roles": self.consents}),
        }
        text = ".".join((coded({"alg": "RS256", "typ": "JWT"}), coded(facts), secrets.token_urlsafe(32)))
        self._access[text] = Token(audience, now, now + _LIFETIME, grant.context)
        return text, _LIFETIME

    def refresh_token(self, grant: Grant) -> str:
        """A token that later ones are had for."""
        text = secrets.token_urlsafe(48)
        self._refresh[text] = (grant, time.time())
        return text

    def renewed(self, text: str) -> Grant | None:
        """Whose sign-in this refresh token is; None when it has ended or never was."""
        grant, since = self._refresh.get(text, (None, 0.0))
        return grant if since >= self._ended_before else None

    def revoke(self, *, sign_ins: bool) -> None:
        """From now on tokens given so far meet a challenge; with `sign_ins` a person has to sign in again."""
        self._stale_before = time.time()
        if sign_ins:
            self._ended_before = self._stale_before

    def known(self, text: str) -> Token | None:
        """The token's facts; None for one that was never given."""
        return self._access.get(text)

    def stale(self, token: Token) -> bool:
        """Whether it was revoked since, or is over."""
        return token.issued < self._stale_before or time.time() >= token.expires


def coded(facts: dict[str, object]) -> str:
    """A part of a JWT."""
    return urlsafe_b64encode(json.dumps(facts).encode()).decode().rstrip("=")
