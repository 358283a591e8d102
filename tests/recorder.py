"""A proxy between the program and a tenant that keeps every call, and holds each against the contracts."""

import asyncio
import json
import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import httpx
import msgspec
import uvicorn
from starlette.requests import Request
from starlette.responses import Response

from tests import contracts, lawful, lawful_requests, lawful_sites
from tests.sandbox import Endpoints

_NOT_FORWARDED = frozenset({"connection", "content-length", "transfer-encoding", "content-encoding"})


class Call(msgspec.Struct, frozen=True):
    """One call as it went over the wire; `target` is the raw path and query, header names in lower case."""

    method: str
    target: str
    headers: dict[str, str]
    body: Any
    status: int
    answer: Any


class Said(msgspec.Struct, frozen=True):
    """One request to a service and its answer, alone or as an item of a batch; `path` below the version.

    `service` is "graph", "graph-beta", "exchange" or "sharepoint".
    """

    service: str
    method: str
    path: str
    query: dict[str, str]
    body: Any
    status: int
    answer: Any

    @property
    def cmdlet(self) -> str:
        """The name of an Exchange cmdlet, "" for the other services."""
        return str(self.body["CmdletInput"]["CmdletName"]) if self.service == "exchange" else ""


class Recorder:
    """The proxy's own address, and what went through it."""

    def __init__(self, upstream: Endpoints, root: str) -> None:
        self.endpoints = msgspec.structs.replace(
            upstream, graph_url=root, exchange_url=root, sharepoint_url=root, marketplace_url=root
        )
        self.calls: list[Call] = []
        self._root = root
        self._upstream = upstream
        self._client: httpx.AsyncClient | None = None

    async def __call__(self, scope: Any, receive: Any, send: Any) -> None:
        """The ASGI application."""
        if scope["type"] != "http":
            return
        request = Request(scope, receive)
        content = await request.body()
        # the name the client used goes along, so that the links in the answer lead back here
        headers = {k: v for k, v in request.headers.items() if k not in _NOT_FORWARDED}
        query = scope["query_string"].decode("latin-1")
        target = scope["raw_path"].decode("latin-1") + (f"?{query}" if query else "")
        if self._client is None:
            self._client = httpx.AsyncClient(timeout=60)
        upstream = await self._client.request(
            request.method, f"{self._upstream.graph_url}{target}", headers=headers, content=content or None
        )
        body, answer = _decoded(content), _decoded(upstream.content)
        kept = {name: value for name, value in headers.items() if name != "authorization"}
        kept["authorized"] = str(headers.get("authorization") == f"Bearer {self._upstream.token}")
        self.calls.append(Call(request.method, target, kept, body, upstream.status_code, answer))
        back = {k: v for k, v in upstream.headers.items() if k not in _NOT_FORWARDED}
        await Response(upstream.content, upstream.status_code, back)(scope, receive, send)

    def said(self) -> list[Said]:
        """Every request to a service, those inside batches one by one. Fails for what is unlawful."""
        return [one for call in self.calls for one in self._checked(call)]

    def check(self) -> list[Said]:
        """The same, with every answer held against the contract too."""
        found = self.said()
        for one in found:
            if one.service == "sharepoint":
                lawful_sites.answer(one.status, one.answer)
            elif one.service == "marketplace":
                lawful_requests.answer(one.path, one.status, one.answer)
            elif one.service != "exchange":
                contracts.validate_answer(one.method, one.path, one.status, one.answer)
            elif one.status == 200:
                assert isinstance(one.answer["value"], list), one.cmdlet
            else:
                assert one.answer["error"]["message"], one.cmdlet
        return found

    def _checked(self, call: Call) -> list[Said]:
        assert call.headers["authorized"] == "True", f"{call.target} without the token"
        path, _, query = call.target.partition("?")
        for version in lawful.VERSIONS:
            if path.startswith(f"/{version}/"):
                return self._graph(call, version, path.removeprefix(f"/{version}"), query)
        if "/_api/" in path:
            options = lawful.parsed(query)
            lawful_sites.request(call.method, path, options, call.headers, call.body)
            return [Said("sharepoint", call.method, path, dict(options), call.body, call.status, call.answer)]
        if path.startswith("/requests"):
            lawful_requests.request(call.method, path, lawful.parsed(query), call.headers, call.body)
            return [Said("marketplace", call.method, path, {}, call.body, call.status, call.answer)]
        exchange = f"/adminapi/beta/{self._upstream.tenant_id}"
        assert path in (f"{exchange}/InvokeCommand", f"{exchange}/$batch"), f"no such place: {path}"
        assert call.method == "POST", f"{call.method} {path}"
        assert call.headers["content-type"].startswith("application/json"), path
        if path.endswith("/InvokeCommand"):
            options = lawful.parsed(query)
            lawful.anchored(call.headers)
            lawful.cmdlet(call.body, [pair for pair in options if pair[0] != "$skiptoken"])
            return [Said("exchange", "POST", "", dict(options), call.body, call.status, call.answer)]
        assert call.headers.get("prefer") == "odata.continue-on-error", "a batch stops at the first error"
        items = lawful.batch(call.body, most=10, absolute=f"{self._root}{exchange}/InvokeCommand")
        found = []
        for item in items:
            assert item["method"] == "POST", item["method"]
            options = lawful.parsed(item["url"].partition("?")[2])
            lawful.anchored({name.lower(): value for name, value in item.get("headers", {}).items()})
            lawful.cmdlet(item["body"], options)
            status, answer = _item(call, item["id"])
            found.append(Said("exchange", "POST", "", dict(options), item["body"], status, answer))
        return found

    def _graph(self, call: Call, version: str, path: str, query: str) -> list[Said]:
        if path != "/$batch":
            return [
                _graph(version, call.method, path, query, call.headers, call.body, call.status, call.answer)
            ]
        assert (call.method, query) == ("POST", ""), f"{call.method} {call.target}"
        contracts.validate_request("POST", path, {}, call.body)
        contracts.validate_answer("POST", path, call.status, call.answer)
        found = []
        for item in lawful.batch(call.body, most=20):
            inner, _, options = item["url"].partition("?")
            headers = {name.lower(): value for name, value in item.get("headers", {}).items()}
            status, answer = _item(call, item["id"])
            body = item.get("body")
            found.append(_graph(version, item["method"], inner, options, headers, body, status, answer))
        return found


def _graph(
    version: str,
    method: str,
    path: str,
    query: str,
    headers: dict[str, str],
    body: Any,
    status: int,
    answer: Any,
) -> Said:
    options = lawful.parsed(query)
    lawful.graph(method, path, options, headers, body, version=version)
    service = "graph" if version == "v1.0" else "graph-beta"
    return Said(service, method, path, dict(options), body, status, answer)


def _item(call: Call, name: str) -> tuple[int, Any]:
    if call.status != 200:
        return call.status, call.answer
    (found,) = [one for one in call.answer["responses"] if one["id"] == name]
    return int(found["status"]), found.get("body")


def _decoded(content: bytes) -> Any:
    try:
        return json.loads(content) if content else None
    except ValueError:
        return content if content.startswith(b"\xff\xd8") else content.decode(errors="replace")


@contextmanager
def recording(upstream: Endpoints) -> Iterator[Recorder]:
    """A recorder that listens in front of this tenant, in a thread of its own."""
    contracts.needed()
    listening = socket.create_server(("127.0.0.1", 0))
    recorder = Recorder(upstream, f"http://127.0.0.1:{listening.getsockname()[1]}")
    server = uvicorn.Server(uvicorn.Config(recorder, log_level="critical", lifespan="off"))
    thread = threading.Thread(target=lambda: asyncio.run(server.serve([listening])))
    thread.start()
    try:
        yield recorder
    finally:
        server.should_exit = True
        thread.join()
        listening.close()
