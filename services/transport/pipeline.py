"""The Graph SDK's pipeline without its models: the only import of msgraph, in a thread, on first use."""

import asyncio
import importlib
import logging
import os
import ssl
from functools import cache
from typing import Any

import httpx

from services.errors import InvalidInput, Unreachable
from services.identity import TokenSource
from services.proxies import Proxy, proxy_for
from services.transport.call import Call
from services.transport.hosts import Hosts

CONNECT = 15.0
"""Seconds for name, connection and TLS handshake."""

_NAMED = ("SSL_CERT_FILE", "SSL_CERT_DIR")
"""What of the environment names certificates."""

LARGEST = 64 << 20
"""Bytes of one answer; the largest that a service means to give are pages of some megabytes."""


class TooLarge(httpx.DecodingError):
    """An answer of which no end was in sight."""


class Authentication:
    """What the SDK asks for a token: to the profile's hosts alone (kiota's AuthenticationProvider)."""

    def __init__(self, hosts: Hosts, token: TokenSource) -> None:
        self._hosts = hosts
        self._token = token

    async def authenticate_request(
        self, request: Any, additional_authentication_context: dict[str, Any] | None = None
    ) -> None:
        """Sets the Authorization header; `claims` in the context is a challenge the last token failed."""
        claims = (additional_authentication_context or {}).get("claims", "")
        text = await self._token.token(self._hosts.scope_for(request.url), claims=claims)
        request.headers.remove("Authorization")
        request.headers.add("Authorization", f"Bearer {text}")


class GraphPipeline:
    """Carries calls through `GraphRequestAdapter`, without its retries and redirects, the answer raw."""

    def __init__(self, hosts: Hosts, token: TokenSource, *, timeout: float, ca_bundle: str = "") -> None:
        self._hosts = hosts
        self._token = token
        self._timeout = timeout
        self._ca_bundle = ca_bundle
        self._client: httpx.AsyncClient | None = None
        self._adapter: Any = None
        self._information: Any = None
        self._method: Any = None
        self._options: list[Any] = []
        self._building = asyncio.Lock()
        self._closed = False

    async def check(self) -> None:
        """Builds the HTTP client in a thread. Raises `InvalidInput` for a bad proxy or bad certificates."""
        async with self._building:
            if self._client is None:
                await asyncio.to_thread(self._connect)

    async def start(self) -> None:
        """Imports the SDK too, and puts its middleware around the client. Raises as `check`."""
        await self.check()
        async with self._building:
            if self._adapter is None:
                await asyncio.to_thread(self._build)

    async def prepare(self, call: Call) -> None:
        """Has client and token at hand; may take as long as a sign-in."""
        if self._adapter is None:
            await self.start()
        await self._token.token(self._hosts.scope_for(call.url))

    async def carry(self, call: Call) -> httpx.Response:
        """The service's answer to one call. Raises httpx's errors."""
        if self._closed:
            raise Unreachable("The session was closed.", sent=False)
        information = self._information(self._method(call.method))
        information.url = call.url
        information.content = call.content
        information.headers.add_all(call.headers)
        information.add_request_options(self._options)
        response: httpx.Response = await self._adapter.send_primitive_async(information, "bytes", None)
        return response

    async def renew(self, claims: str) -> None:
        """Gets a token that meets this challenge, for the calls to come."""
        await self._token.token(self._hosts.scope_for(self._hosts.graph), claims=claims)

    async def close(self) -> None:
        """Closes the connections."""
        self._closed = True
        if self._client is not None:
            await self._client.aclose()

    def _connect(self) -> None:
        self._client = new_client(self._hosts.graph, self._timeout, self._ca_bundle)

    def _build(self) -> None:
        # header compression writes every header into its debug log, Authorization too
        logging.getLogger("hpack").setLevel(logging.INFO)
        adapters = importlib.import_module("msgraph.graph_request_adapter")
        core = importlib.import_module("msgraph_core")
        information = importlib.import_module("kiota_abstractions.request_information")
        options = importlib.import_module("kiota_http.middleware.options")
        telemetry = importlib.import_module("msgraph_core.middleware")
        native = importlib.import_module("kiota_abstractions.native_response_handler")
        # the SDK's own way to try again, to follow redirects and to look at bodies would be behind the governor's back
        self._client = core.GraphClientFactory.create_with_custom_middleware(
            [telemetry.GraphTelemetryHandler()], client=self._client
        )
        adapter = adapters.GraphRequestAdapter(Authentication(self._hosts, self._token), client=self._client)
        adapter.base_url = f"{self._hosts.graph}/v1.0"
        self._information = information.RequestInformation
        self._method = information.Method
        self._options = [options.ResponseHandlerOption(native.NativeResponseHandler())]
        self._adapter = adapter


def new_client(root: str, timeout: float, ca_bundle: str = "") -> httpx.AsyncClient:
    """An HTTP client for one service: no redirects, TLS always verified, through the environment's proxy for it.

    The certificates in the PEM file `ca_bundle` are trusted beside the well-known ones.
    Raises `InvalidInput` when the environment names a proxy that cannot be used, or the file cannot be read.
    """
    proxy = proxy_for(root)
    try:
        trusted = _trusted(
            ca_bundle, os.stat(ca_bundle).st_mtime_ns if ca_bundle else 0, *map(os.environ.get, _NAMED)
        )
        return httpx.AsyncClient(
            http2=True,
            follow_redirects=False,
            timeout=httpx.Timeout(timeout, connect=min(CONNECT, timeout)),
            limits=httpx.Limits(max_connections=32, max_keepalive_connections=16, keepalive_expiry=30.0),
            verify=trusted,
            proxy=_through(proxy, trusted) if proxy else None,
            trust_env=False,
            event_hooks={"response": [_bounded]},
        )
    except (ValueError, httpx.InvalidURL) as error:
        raise InvalidInput(
            f"The proxy of the environment cannot be used ({type(error).__name__}): check HTTPS_PROXY."
        ) from None
    except OSError:
        named = f"ca_bundle {ca_bundle}" if ca_bundle else "what SSL_CERT_FILE names"
        raise InvalidInput(f"{named} cannot be read as PEM certificates: check the path.") from None


@cache
def _trusted(ca_bundle: str, changed: int, *named: str | None) -> ssl.SSLContext:
    """The certificates that are trusted: one for all services, as to read them takes longer than to connect.

    Read anew where the bundle has `changed` since, or the environment names others. Raises `OSError`.
    """
    found = httpx.create_ssl_context()
    if ca_bundle:
        found.load_verify_locations(ca_bundle)
    return found


async def _bounded(response: httpx.Response) -> None:
    """Reads the answer, and no more of it than memory bears, also of one that is small before it is unpacked."""
    parts, size = [], 0
    async for part in response.aiter_bytes():
        size += len(part)
        if size > LARGEST:
            raise TooLarge(f"more than {LARGEST:,} bytes", request=response.request)
        parts.append(part)
    # where httpx keeps what was read; its own reading knows no bounds
    response._content = b"".join(parts)


def taken(response: httpx.Response) -> bytes:
    """The answer's body, which the response has no more.

    Kiota and httpx tie responses into cycles, and the collector comes late where few objects are made: the pages
    of a long list would stay in memory until then.
    """
    content, response._content = response.content, b""
    return content


def _through(proxy: Proxy, trusted: ssl.SSLContext) -> httpx.Proxy:
    url = proxy.url.reveal()
    return httpx.Proxy(url, ssl_context=trusted if url.startswith("https:") else None)
