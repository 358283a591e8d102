"""The marketplace: licence requests by plain REST, one call each, with a token of their own."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence

import httpx
import msgspec

from services.errors import SignInNeeded, Unreachable
from services.operation import Answer, Json, Request, Service
from services.secret import Secret
from services.transport.answers import Undecodable, decode
from services.transport.batches import JSON_TYPE
from services.transport.call import Call
from services.transport.governor import Governor
from services.transport.pipeline import new_client
from services.transport.urls import absolute
from services.transport.wire import Wire, fresh_headers
from state.clock import Clock

NOT_ACCEPTED = (
    "The marketplace does not accept the profile's token: put a valid one under [tenants.NAME.marketplace], then "
    "start Rollcall again."
)

TIMEOUT = 20.0
"""Seconds for one call."""


class MarketplaceTransport:
    """One marketplace, a `Transport`; the tenant's own tokens never go there, nor its token elsewhere."""

    batch_size = 1

    def __init__(
        self,
        url: str,
        token: Secret,
        governor: Governor,
        *,
        clock: Clock,
        timeout: float = TIMEOUT,
        ca_bundle: str = "",
        chance: random.Random | None = None,
    ) -> None:
        self._url = url
        self._carrier = _Carrier(url, token, timeout, ca_bundle)
        self._wire = Wire(url, self._carrier, governor, clock, timeout=timeout, chance=chance)

    async def read(self, request: Request, *, bulk: bool = False) -> Json:
        """The decoded object behind a GET. Raises every `RollcallError`."""
        return await self._wire.read(self._call(request, bulk), _document)

    async def pages(
        self, request: Request, *, link: str = "", bulk: bool = False
    ) -> AsyncIterator[list[dict[str, Json]]]:
        """The objects of a list, which comes whole. Raises every `RollcallError`."""
        body = await self.read(request, bulk=bulk)
        yield [found for found in body.get("value") or () if isinstance(found, dict)]

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """What the marketplace said to one try. Raises `Unreachable`, `SignInNeeded` and `ForeignHost`."""
        try:
            return await self._wire.send(self._call(request, bulk))
        except SignInNeeded as error:
            # nobody signs in here: the token is written in the profile
            raise SignInNeeded(NOT_ACCEPTED, request_id=error.request_id, status=401) from None

    async def batch(self, requests: Sequence[Request], *, bulk: bool = True) -> list[Answer]:
        """One try of each, one after the other: a batch holds one. Raises like `send`."""
        return [await self.send(request, bulk=bulk) for request in requests]

    def rest_of(self, request: Request, body: Json) -> str:
        """Nothing: lists come whole."""
        return ""

    async def close(self) -> None:
        """Closes the connections; calls made afterwards raise `Unreachable`."""
        await self._carrier.close()

    def _call(self, request: Request, bulk: bool) -> Call:
        headers, content = fresh_headers(), None
        if request.body is not None:
            headers["Content-Type"] = JSON_TYPE
            content = msgspec.json.encode(request.body)
        headers |= dict(request.headers)
        url = absolute(self._url, request)
        return Call(Service.MARKETPLACE, request.method, url, request.path, headers, content, bulk)


class _Carrier:
    """Sends with the marketplace's token, where the profile names one."""

    def __init__(self, url: str, token: Secret, timeout: float, ca_bundle: str) -> None:
        self._url = url
        self._token = token
        self._timeout = timeout
        self._ca_bundle = ca_bundle
        self._client: httpx.AsyncClient | None = None
        self._building = asyncio.Lock()
        self._closed = False

    async def prepare(self, call: Call) -> None:
        """Has a client at hand."""
        async with self._building:
            if self._client is None:
                self._client = await asyncio.to_thread(new_client, self._url, self._timeout, self._ca_bundle)

    async def carry(self, call: Call) -> httpx.Response:
        """The marketplace's answer. Raises httpx's errors."""
        if self._closed or self._client is None:
            raise Unreachable("The session was closed.", sent=False)
        headers = dict(call.headers)
        if self._token:
            headers["Authorization"] = f"Bearer {self._token.reveal()}"
        return await self._client.request(call.method, call.url, headers=headers, content=call.content)

    async def renew(self, claims: str) -> None:
        """Nothing: the profile's token is the only one."""

    async def close(self) -> None:
        """Closes the connections."""
        self._closed = True
        if self._client is not None:
            await self._client.aclose()


def _document(content: bytes) -> dict[str, Json]:
    body = decode(content)
    if not isinstance(body, dict):
        raise Undecodable("not an object")
    return body
