"""The HTTP door of the tenant: token, latency, faults, headers; behind it Graph, Exchange and SharePoint."""

import asyncio
import base64
import hmac
import json
import secrets
import sqlite3
import time
import traceback
from collections.abc import Callable
from typing import Protocol

from starlette.applications import Starlette
from starlette.routing import Mount, Route
from starlette.types import Message, Receive, Scope, Send

from services.sandbox import batch, faults, seed
from services.sandbox.answers import Call, Refusal, Reply, error_reply, new_id
from services.sandbox.exchange import Exchange
from services.sandbox.faults import Fault
from services.sandbox.graph import Graph, applied, refusal_of, strike
from services.sandbox.marketplace import Marketplace
from services.sandbox.options import Options
from services.sandbox.privileged_roles import EVERY_CONTEXT, RoleControl
from services.sandbox.quotas import Quotas
from services.sandbox.sharepoint import SharePoint, refusal_reply
from services.sandbox.sign_in import SignInService
from services.sandbox.store import Store
from services.sandbox.tampering import tampered
from services.sandbox.tokens import Tokens

_MAX_BODY = 4 * 1024 * 1024
_CHALLENGE = 'Bearer realm="", authorization_uri="https://login.microsoftonline.com/common/oauth2/authorize"'
Cut = Callable[[tuple[str, int], bool], None]
Shape = Callable[[Refusal, str, str], Reply]
"""A refusal as its service words it, with the request's id and the client's."""


class Answers(Protocol):
    """A service behind the door."""

    def answer(self, call: Call) -> Reply:
        """The reply. Raises Refusal."""


class Tenant:
    """An open tenant: its store, and the application that serves it."""

    def __init__(self, options: Options) -> None:
        self.store = Store(None if options.ephemeral else options.data)
        self.kept = not seed.fill(self.store, options)
        self.token = options.token or secrets.token_urlsafe(32)
        self.tenant_id = self.store.fact("tenant_id")
        self.tokens = Tokens(self.tenant_id)
        self.sign_in = (
            SignInService(self.tokens, self.store.fact("admin_upn")).app if options.sign_in else None
        )
        self.cut: Cut = lambda client, whole: None
        struck = faults.read(options.faults, options.seed)
        for fault in struck:
            if fault.name == "lag":
                self.store.visibility.delay = fault.number("seconds", 5)
            if fault.name == "exchange-lag":
                self.store.visibility.exchange_delay = fault.number("seconds", 5)
        quotas = Quotas(options.quota_scale, users=options.users) if options.quotas else None
        walled = options.eligible_only
        graph = Graph(self.store, struck, quotas, walled=walled)
        exchange = Exchange(self.store, struck, self.tenant_id, walled=walled)
        self.app = Starlette(
            routes=[
                Mount("/v1.0", _Door(self, graph, struck, options)),
                Mount("/beta", _Door(self, graph, struck, options)),
                Mount("/adminapi/beta", _Door(self, exchange, struck, options)),
                Mount("/control/roles", _Door(self, RoleControl(self.store), [], options)),
                Route("/requests{rest:path}", _Door(self, Marketplace(self.store), struck, options)),
                Mount("/", _Door(self, SharePoint(self.store), struck, options, refusal_reply)),
            ]
        )


def build(options: Options) -> Starlette:
    """The application alone. Raises faults.FaultError."""
    return Tenant(options).app


class _Door:
    """An ASGI application in front of one service."""

    def __init__(
        self,
        tenant: Tenant,
        service: Answers,
        struck: list[Fault],
        options: Options,
        shape: Shape = error_reply,
    ) -> None:
        self._tenant = tenant
        self._service = service
        self._faults = struck
        self._latency = options.latency_ms / 1000
        self._shape = shape

    async def __call__(self, scope: Scope, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            return
        headers = {k.decode("latin-1").lower(): v.decode("latin-1") for k, v in scope["headers"]}
        request_id, client_id = new_id(), headers.get("client-request-id", "")
        body = await _body(receive)
        method, path = scope["method"], scope["raw_path"].decode("latin-1")[len(scope["root_path"]) :]
        if self._latency:
            await asyncio.sleep(self._latency)
        if strike(
            [f for f in self._faults if f.values.get("when", "before") == "before"], ("drop",), method, path
        ):
            await self._cut(scope, receive)
            return
        try:
            reply = self._answer(scope, headers, path, body)
        except (ArithmeticError, LookupError, TypeError, ValueError, sqlite3.Error):
            traceback.print_exc()
            failure = Refusal(500, "InternalServerError", "The sandbox failed; its error output says where.")
            reply = self._shape(failure, request_id, client_id or request_id)
        except Refusal as refusal:
            reply = self._shape(refusal, request_id, client_id or request_id)
            if refusal.status in (502, 503) and strike_html(refusal):
                reply.body, reply.content_type = b"<html><body>Service unavailable</body></html>", "text/html"
        if strike([f for f in self._faults if f.values.get("when") == "after"], ("drop",), method, path):
            await self._cut(scope, receive)
            return
        half = bool(reply.body) and strike(self._faults, ("truncate",), method, path) is not None
        await _send(send, reply, request_id, client_id, half)
        if half:
            await self._cut(scope, receive, flush=True)

    def _answer(self, scope: Scope, headers: dict[str, str], path: str, body: bytes | None) -> Reply:
        self._check_token(headers)
        if body is None:
            raise Refusal(413, "RequestEntityTooLarge", "The request is larger than 4 MB.")
        method = scope["method"]
        fault = strike(self._faults, ("throttle", "error"), method, path)
        if fault:
            raise refusal_of(fault)
        root = f"http://{headers.get('host', 'localhost')}{scope['root_path']}"
        query = scope["query_string"].decode("latin-1")
        call = batch.parse(method, f"{path}?{query}", headers, body, root)
        call.context = self._context(headers)
        reply = self._service.answer(call)
        late = applied(self._faults, method, path)
        if late:
            raise refusal_of(late)
        return tampered(reply, self._faults, method, path, root)

    def _check_token(self, headers: dict[str, str]) -> None:
        kind, _, token = headers.get("authorization", "").partition(" ")
        challenge = _CHALLENGE
        given = self._tenant.tokens.known(token)
        if kind.lower() != "bearer" or not token:
            message = "Access token is empty."
        elif given is not None and self._tenant.tokens.stale(given):
            message = "Continuous access evaluation resulted in challenge with result: InteractionRequired"
            challenge = f'{_CHALLENGE}, error="insufficient_claims", claims="{_claims()}"'
        elif given is not None and given.audience != f"http://{headers.get('host', 'localhost')}":
            message = "Access token validation failure. Invalid audience."
        elif given is None and not hmac.compare_digest(token.encode("latin-1"), self._tenant.token.encode()):
            message = "Access token validation failure."
        else:
            return
        raise Refusal(401, "InvalidAuthenticationToken", message, (("WWW-Authenticate", challenge),))

    def _context(self, headers: dict[str, str]) -> str:
        """The authentication context of the sign-in; the fixed token stands for one that has met every one."""
        given = self._tenant.tokens.known(headers.get("authorization", "").partition(" ")[2])
        return given.context if given is not None else EVERY_CONTEXT

    async def _cut(self, scope: Scope, receive: Receive, flush: bool = False) -> None:
        self._tenant.cut(tuple(scope["client"]), flush)
        while (await receive())["type"] != "http.disconnect":
            pass


def _claims() -> str:
    """A continuous-access challenge: only a token from now on is good."""
    wanted = {"access_token": {"nbf": {"essential": True, "value": str(int(time.time()))}}}
    return base64.b64encode(json.dumps(wanted).encode()).decode()


def strike_html(refusal: Refusal) -> bool:
    """Gateways answer in HTML when no Retry-After goes with it."""
    return not any(name == "Retry-After" for name, _ in refusal.headers)


async def _body(receive: Receive) -> bytes | None:
    """The whole body, None for one that is too long."""
    parts, size = [], 0
    while True:
        message: Message = await receive()
        if message["type"] == "http.disconnect":
            return b""
        part = message.get("body", b"")
        size += len(part)
        if size <= _MAX_BODY:
            parts.append(part)
        if not message.get("more_body"):
            return b"".join(parts) if size <= _MAX_BODY else None


async def _send(send: Send, reply: Reply, request_id: str, client_id: str, half: bool) -> None:
    headers = [
        ("request-id", request_id),
        ("client-request-id", client_id or request_id),
        ("Cache-Control", "no-cache"),
    ]
    if reply.status != 204:
        headers += [("Content-Type", reply.content_type), ("Content-Length", str(len(reply.body)))]
    headers += list(reply.headers)
    if not any(name == "x-ms-resource-unit" for name, _ in reply.headers):
        headers.append(("x-ms-resource-unit", "1"))
    raw = [(name.lower().encode(), value.encode("latin-1", "replace")) for name, value in headers]
    await send({"type": "http.response.start", "status": reply.status, "headers": raw})
    body = reply.body[: len(reply.body) // 2] if half else reply.body
    await send({"type": "http.response.body", "body": body, "more_body": half})
