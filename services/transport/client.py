"""Client: carries the calls of one service through httpx, with the token of that service's own scope."""

import asyncio

import httpx

from services.errors import Unreachable
from services.identity import TokenSource
from services.transport.answers import claims_of
from services.transport.call import Call
from services.transport.hosts import Hosts
from services.transport.pipeline import new_client


class HttpClient:
    """The `Carrier` of a service that has no SDK. `root` is the service's root, one of the profile's hosts."""

    def __init__(self, root: str, hosts: Hosts, token: TokenSource, timeout: float, ca_bundle: str) -> None:
        self._root = root
        self._hosts = hosts
        self._token = token
        self._timeout = timeout
        self._ca_bundle = ca_bundle
        self._client: httpx.AsyncClient | None = None
        self._building = asyncio.Lock()
        self._closed = False

    async def prepare(self, call: Call) -> None:
        """Has client and token at hand; may take as long as a sign-in."""
        async with self._building:
            if self._client is None:
                self._client = await asyncio.to_thread(new_client, self._root, self._timeout, self._ca_bundle)
        await self._token.token(self._hosts.scope_for(call.url))

    async def carry(self, call: Call) -> httpx.Response:
        """The service's answer; a continuous-access challenge is met once. Raises httpx's errors."""
        response = await self._request(call, "")
        if response.status_code == 401 and (claims := claims_of(response.headers)):
            response = await self._request(call, claims)
        return response

    async def renew(self, claims: str) -> None:
        """Gets a token that meets this challenge, for the calls to come."""
        await self._token.token(self._hosts.scope_for(self._root), claims=claims)

    async def close(self) -> None:
        """Closes the connections."""
        self._closed = True
        if self._client is not None:
            await self._client.aclose()

    async def _request(self, call: Call, claims: str) -> httpx.Response:
        if self._closed or self._client is None:
            raise Unreachable("The session was closed.", sent=False)
        text = await self._token.token(self._hosts.scope_for(call.url), claims=claims)
        headers = {**call.headers, "Authorization": f"Bearer {text}"}
        return await self._client.request(call.method, call.url, headers=headers, content=call.content)
