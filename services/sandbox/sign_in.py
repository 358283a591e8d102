"""The sandbox's sign-in service: OpenID configuration, device code, browser, refresh, certificate; over https.

The page `/devicelogin` and `/control/…` stand for the person and the tenant's policy: what they decide is posted.
"""

import hashlib
import html
import json
import secrets
import time
from base64 import urlsafe_b64encode
from collections.abc import Callable
from urllib.parse import parse_qsl

import jwt
import msgspec
from cryptography import x509
from starlette.applications import Starlette
from starlette.requests import Request
from starlette.responses import HTMLResponse, JSONResponse, PlainTextResponse, Response
from starlette.routing import Route

from services.sandbox.tokens import Grant, Tokens, coded

_CODE_SECONDS = 900
_ASSERTION = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer"


class _Flow(msgspec.Struct):
    """A sign-in that somebody has begun. `outcome` is "" while nobody decided, "ok", or an AADSTS text."""

    client_id: str
    scope: str
    began: float
    user_code: str = ""
    challenge: str = ""
    nonce: str = ""
    outcome: str = ""
    username: str = ""


class Refused(Exception):
    """A refusal in the words of OAuth."""

    def __init__(self, error: str, description: str) -> None:
        super().__init__(description)
        self.error = error
        self.description = description


class SignInService:
    """What is under way, and the application that serves it. `person` is who signs in when nobody is named."""

    def __init__(self, tokens: Tokens, person: str) -> None:
        self._tokens = tokens
        self._person = person
        self._flows: dict[str, _Flow] = {}
        self._certificates: list[x509.Certificate] = []
        tenant = f"/{tokens.tenant_id}"
        self.app = Starlette(
            routes=[
                Route(f"{tenant}/v2.0/.well-known/openid-configuration", self._configuration),
                Route(f"{tenant}/oauth2/v2.0/devicecode", self._device_code, methods=["POST"]),
                Route(f"{tenant}/oauth2/v2.0/authorize", self._authorize),
                Route(f"{tenant}/oauth2/v2.0/token", self._token, methods=["POST"]),
                Route("/devicelogin", self._page, methods=["GET", "POST"]),
                Route("/control/revoke", self._revoke, methods=["POST"]),
                Route("/control/certificates", self._register, methods=["POST"]),
                Route("/control/consents", self._consent, methods=["POST"]),
            ]
        )

    async def _configuration(self, request: Request) -> Response:
        root = f"https://{request.headers['host']}/{self._tokens.tenant_id}"
        return JSONResponse(
            {
                "issuer": f"{root}/v2.0",
                "authorization_endpoint": f"{root}/oauth2/v2.0/authorize",
                "token_endpoint": f"{root}/oauth2/v2.0/token",
                "device_authorization_endpoint": f"{root}/oauth2/v2.0/devicecode",
                "jwks_uri": f"{root}/discovery/v2.0/keys",
                "response_modes_supported": ["query", "fragment", "form_post"],
                "token_endpoint_auth_methods_supported": ["private_key_jwt"],
            }
        )

    async def _device_code(self, request: Request) -> Response:
        form = await _form(request)
        device_code = secrets.token_urlsafe(32)
        user_code = "".join(secrets.choice("BCDFGHJKLMNPQRSTVWXZ23456789") for _ in range(9))
        self._flows[device_code] = _Flow(form["client_id"], form["scope"], time.time(), user_code=user_code)
        page = f"https://{request.headers['host']}/devicelogin"
        message = f"To sign in, open the page {page} and enter the code {user_code} to authenticate."
        answer = {"user_code": user_code, "device_code": device_code, "verification_uri": page}
        return JSONResponse({**answer, "expires_in": _CODE_SECONDS, "interval": 1, "message": message})

    async def _page(self, request: Request) -> Response:
        """What the person's browser shows; posting `code`, with `outcome` for a refusal, decides."""
        if request.method == "GET":
            return HTMLResponse('<form method="post">Code <input name="code"><button>Sign in</button></form>')
        form = await _form(request)
        code = form.get("code", "").strip().upper()
        flow = next((flow for flow in self._flows.values() if flow.user_code == code), None)
        if flow is None:
            return HTMLResponse("That code is not known.", 400)
        flow.outcome = form.get("outcome") or "ok"
        flow.username = form.get("username") or self._person
        return HTMLResponse("You have signed in to Rollcall on your device. You may close this window.")

    async def _authorize(self, request: Request) -> Response:
        query = request.query_params
        code = secrets.token_urlsafe(32)
        self._flows[code] = _Flow(
            query["client_id"],
            query["scope"],
            time.time(),
            challenge=query.get("code_challenge", ""),
            nonce=query.get("nonce", ""),
            outcome="ok",
            username=self._person,
        )
        fields = {"code": code, "state": query.get("state", "")}
        inputs = "".join(
            f'<input type="hidden" name="{name}" value="{html.escape(value)}">'
            for name, value in fields.items()
        )
        target = html.escape(query["redirect_uri"])
        return HTMLResponse(f'<form method="post" action="{target}">{inputs}<button>Sign in</button></form>')

    async def _token(self, request: Request) -> Response:
        form = await _form(request)
        ways: dict[str, Callable[[dict[str, str], str], dict[str, object]]] = {
            "urn:ietf:params:oauth:grant-type:device_code": self._by_device_code,
            "device_code": self._by_device_code,
            "authorization_code": self._by_browser,
            "refresh_token": self._by_refresh,
            "client_credentials": self._by_certificate,
        }
        try:
            way = ways.get(form.get("grant_type", ""))
            if way is None:
                raise Refused("unsupported_grant_type", "AADSTS70003: The grant type is not supported.")
            return JSONResponse(way(form, str(request.url)))
        except Refused as refused:
            told = {"error": refused.error, "error_description": refused.description}
            return JSONResponse(told, 400)

    def _by_device_code(self, form: dict[str, str], url: str) -> dict[str, object]:
        flow = self._flows.get(form.get("device_code", ""))
        if flow is None or time.time() > flow.began + _CODE_SECONDS:
            raise Refused("expired_token", "AADSTS70020: The provided value for the code has expired.")
        if not flow.outcome:
            raise Refused("authorization_pending", "AADSTS70016: The user has not entered the code yet.")
        del self._flows[form["device_code"]]
        if flow.outcome != "ok":
            raise Refused("access_denied", flow.outcome)
        return self._signed_in(Grant(flow.client_id, flow.username, _context(form)), flow.scope, url)

    def _by_browser(self, form: dict[str, str], url: str) -> dict[str, object]:
        flow = self._flows.pop(form.get("code", ""), None)
        verifier = hashlib.sha256(form.get("code_verifier", "").encode()).digest()
        if flow is None or urlsafe_b64encode(verifier).decode().rstrip("=") != flow.challenge:
            raise Refused(
                "invalid_grant", "AADSTS50148: The code_verifier does not match the code_challenge."
            )
        grant = Grant(flow.client_id, flow.username, _context(form))
        return self._signed_in(grant, form.get("scope") or flow.scope, url, flow.nonce)

    def _by_refresh(self, form: dict[str, str], url: str) -> dict[str, object]:
        grant = self._tokens.renewed(form.get("refresh_token", ""))
        if grant is None:
            raise Refused(
                "invalid_grant", "AADSTS50173: The provided grant has expired due to it being revoked."
            )
        if _context(form) not in ("", grant.context):
            raise Refused(
                "interaction_required",
                "AADSTS50076: Due to a configuration change made by your administrator, you must use "
                "multi-factor authentication to access the resource.",
            )
        return self._signed_in(grant, form["scope"], url)

    def _by_certificate(self, form: dict[str, str], url: str) -> dict[str, object]:
        if form.get("client_assertion_type") != _ASSERTION:
            raise Refused("invalid_client", "AADSTS7000218: The request must contain a client_assertion.")
        for certificate in self._certificates:
            try:
                facts = jwt.decode(
                    form["client_assertion"],
                    certificate.public_key(),  # type: ignore[arg-type]
                    algorithms=["PS256", "RS256"],
                    audience=url.replace("http:", "https:"),
                )
            except jwt.InvalidTokenError:
                continue
            text, lifetime = self._tokens.issue(Grant(str(facts["iss"])), form["scope"])
            return {"token_type": "Bearer", "expires_in": lifetime, "access_token": text}
        raise Refused("invalid_client", "AADSTS700027: Client assertion failed signature validation.")

    def _signed_in(self, grant: Grant, scope: str, url: str, nonce: str = "") -> dict[str, object]:
        text, lifetime = self._tokens.issue(grant, scope)
        root = url.replace("http:", "https:").partition("/oauth2/")[0]
        tenant_id, now = self._tokens.tenant_id, int(time.time())
        identity: dict[str, object] = {
            "iss": f"{root}/v2.0",
            "aud": grant.client_id,
            "sub": grant.username,
            "tid": tenant_id,
            "iat": now,
            "nbf": now,
            "exp": now + lifetime,
            "preferred_username": grant.username,
            **({"nonce": nonce} if nonce else {}),
        }
        return {
            "token_type": "Bearer",
            "scope": scope,
            "expires_in": lifetime,
            "access_token": text,
            "refresh_token": self._tokens.refresh_token(grant),
            "id_token": f"{coded({'alg': 'RS256', 'typ': 'JWT'})}.{coded(identity)}.{secrets.token_urlsafe(16)}",
            "client_info": coded({"uid": grant.username, "utid": tenant_id}),
        }

    async def _revoke(self, request: Request) -> Response:
        form = await _form(request)
        self._tokens.revoke(sign_ins=form.get("sign_ins") == "true")
        return PlainTextResponse("done")

    async def _consent(self, request: Request) -> Response:
        self._tokens.consents = (await request.body()).decode().split()
        return PlainTextResponse("done")

    async def _register(self, request: Request) -> Response:
        self._certificates.append(x509.load_pem_x509_certificate(await request.body()))
        return PlainTextResponse("done")


def _context(form: dict[str, str]) -> str:
    """The authentication context that the claims of a token request ask for, "" for none."""
    try:
        wanted = json.loads(form.get("claims") or "{}")["access_token"]["acrs"]["value"]
    except (ValueError, LookupError, TypeError):
        return ""
    return str(wanted)


async def _form(request: Request) -> dict[str, str]:
    return dict(parse_qsl((await request.body()).decode(), keep_blank_values=True))
