"""SharePoint's REST services: single calls below a site's address, through httpx and the tenant's governor."""

import random
from collections.abc import AsyncIterator, Sequence
from functools import cache

import msgspec

from services.identity import TokenSource
from services.operation import Answer, Json, Request
from services.transport.answers import Undecodable, decode
from services.transport.call import Call
from services.transport.client import HttpClient
from services.transport.following import followed
from services.transport.governor import Governor
from services.transport.hosts import Hosts
from services.transport.transport import next_link
from services.transport.urls import absolute
from services.transport.wire import Wire, fresh_headers
from state.clock import Clock, SystemClock

TIMEOUT = 60.0
"""Seconds for one call."""

ACCEPT = "application/json;odata=nometadata"
VERBOSE = "application/json;odata=verbose"
"""What a body is that names its type in `__metadata`."""


class SharePointTransport:
    """One tenant's SharePoint Online, a `Transport`; it takes its requests one by one."""

    batch_size = 1

    def __init__(
        self,
        hosts: Hosts,
        token: TokenSource,
        governor: Governor,
        *,
        timeout: float = TIMEOUT,
        ca_bundle: str = "",
        clock: Clock | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._root = hosts.sharepoint
        self._client = HttpClient(hosts.sharepoint, hosts, token, timeout, ca_bundle)
        self._clock = clock or SystemClock()
        self._wire = Wire(self._root, self._client, governor, self._clock, timeout=timeout, chance=chance)

    async def close(self) -> None:
        """Closes the connections; calls made afterwards raise `Unreachable`."""
        await self._client.close()

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """What SharePoint said to one try. Raises `Unreachable`, `SignInNeeded` and `ForeignHost`."""
        return await self._wire.send(self._call(request, bulk))

    async def read(self, request: Request, *, bulk: bool = False) -> Json:
        """The decoded object behind a GET, or one page of a list. Raises every `RollcallError`."""
        return await self._wire.read(self._call(request, bulk), _object)

    async def pages(
        self, request: Request, *, link: str = "", bulk: bool = False
    ) -> AsyncIterator[list[dict[str, Json]]]:
        """The objects behind a GET, page by page, nextLinks followed verbatim. Raises every `RollcallError`."""
        async for page in followed(self._wire, self._call(request, bulk), link):
            yield page

    async def batch(self, requests: Sequence[Request], *, bulk: bool = True) -> list[Answer]:
        """What SharePoint said to each request, one call after the other. Raises as `send`."""
        return [await self.send(request, bulk=bulk) for request in requests]

    def rest_of(self, request: Request, body: Json) -> str:
        """The link to the next page of the list in a GET's answer."""
        return next_link(body) if request.method == "GET" else ""

    def _call(self, request: Request, bulk: bool) -> Call:
        headers = fresh_headers() | {"Accept": ACCEPT, "User-Agent": _agent()}
        content = None
        if request.body is not None:
            headers["Content-Type"] = ACCEPT
            content = msgspec.json.encode(request.body)
        headers.update(request.headers)
        url = absolute(self._root, request)
        return Call(request.service, request.method, url, request.path, headers, content, bulk)


@cache
def _agent() -> str:
    """Traffic that says whose it is is throttled later: `NONISV|company|application/version`."""
    from importlib.metadata import PackageNotFoundError, version

    try:
        return f"NONISV|Rollcall|Rollcall/{version('rollcall')}"
    except PackageNotFoundError:
        return "NONISV|Rollcall|Rollcall/0"


def _object(content: bytes) -> dict[str, Json]:
    body = decode(content)
    if not isinstance(body, dict):
        raise Undecodable("not an object")
    return body
