"""Exchange's admin REST: cmdlets as data, alone or ten at a time, through httpx and the tenant's governor."""

import random
from collections.abc import AsyncIterator, Mapping, Sequence

import msgspec

from services.identity import TokenSource
from services.operation import Answer, Json, Request, Service
from services.transport.answers import BAD_ANSWER, exchange_error
from services.transport.batches import JSON_TYPE, envelope
from services.transport.call import Call
from services.transport.call_log import cmdlet_name
from services.transport.client import HttpClient
from services.transport.following import followed
from services.transport.governor import Governor
from services.transport.hosts import Hosts
from services.transport.transport import next_link
from services.transport.urls import absolute, segment
from services.transport.wire import Wire, fresh_headers
from state.clock import Clock, SystemClock

BATCH_SIZE = 10
"""Cmdlets one `$batch` may hold."""

PAGE = 1000
TIMEOUT = 150.0
"""Seconds for one call; cmdlets are slow."""

NOT_A_LIST = "The answer holds no list, which every cmdlet's does."

_PATH = "InvokeCommand"
_ANCHOR = "X-AnchorMailbox"
_EVERYBODY = "APP:SystemMailbox{{bb558c35-97f1-4cb9-8ff7-d53741dc928c}}@{tenant}"
"""Where a cmdlet is routed to that names no mailbox (`api-map.md` §5.1)."""


def cmdlet(
    name: str, parameters: Mapping[str, Json], *, select: Sequence[str] = (), anchor: str = ""
) -> Request:
    """The request that runs one cmdlet.

    `select` names the properties to answer with; `anchor` is the X-AnchorMailbox routing hint, such as
    `UPN:ann@contoso.com` (left out where a header cannot hold it).
    """
    headers = [("Prefer", f"odata.maxpagesize={PAGE}")] if name.startswith("Get-") else []
    if anchor and anchor.isascii() and anchor.isprintable():
        headers.append((_ANCHOR, anchor))
    return Request(
        Service.EXCHANGE,
        "POST",
        _PATH,
        query=(("$select", ",".join(select)),) if select else (),
        headers=tuple(headers),
        body={"CmdletInput": {"CmdletName": name, "Parameters": dict(parameters)}},
    )


class ExchangeTransport:
    """One tenant's Exchange Online, a `Transport`."""

    batch_size = BATCH_SIZE

    def __init__(
        self,
        hosts: Hosts,
        tenant_id: str,
        token: TokenSource,
        governor: Governor,
        *,
        timeout: float = TIMEOUT,
        ca_bundle: str = "",
        clock: Clock | None = None,
        chance: random.Random | None = None,
    ) -> None:
        self._base = f"{hosts.exchange}/adminapi/beta/{segment(tenant_id)}"
        self._anchor = _EVERYBODY.format(tenant=tenant_id)
        self._client = HttpClient(hosts.exchange, hosts, token, timeout, ca_bundle)
        self._clock = clock or SystemClock()
        self._wire = Wire(hosts.exchange, self._client, governor, self._clock, timeout=timeout, chance=chance)

    async def close(self) -> None:
        """Closes the connections; calls made afterwards raise `Unreachable`."""
        await self._client.close()

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """What Exchange said to one try. Raises `Unreachable`, `SignInNeeded` and `ForeignHost`."""
        return _usable(request, await self._wire.send(self._call(request, bulk)))

    async def read(self, request: Request, *, bulk: bool = False) -> Json:
        """Every object a Get- cmdlet gives, under `value`. Raises as `pages` does."""
        return {"value": [found async for page in self.pages(request, bulk=bulk) for found in page]}

    async def pages(
        self, request: Request, *, link: str = "", bulk: bool = False
    ) -> AsyncIterator[list[dict[str, Json]]]:
        """The objects a Get- cmdlet gives, page by page, asked for as they are wanted, from `link` on.

        Each nextLink is asked with the same body, on the same host. Raises every `RollcallError`, and
        `ValueError` for a cmdlet that does more than read.
        """
        if not reads(request):
            raise ValueError(f"{cmdlet_name(request)} is not a cmdlet that reads")
        async for page in followed(self._wire, self._call(request, bulk), link):
            yield page

    async def batch(self, requests: Sequence[Request], *, bulk: bool = True) -> list[Answer]:
        """What Exchange said to each cmdlet, in their order; one try, more than 10 in several batches.

        Missing answers and refused batches as in `GraphTransport.batch`. Raises `Unreachable`,
        `SignInNeeded` and `ForeignHost`.
        """

        def envelop(some: Sequence[Request]) -> Call:
            headers = fresh_headers() | {"Content-Type": JSON_TYPE, "Prefer": "odata.continue-on-error"}
            anchored = [self._anchored(request) for request in some]
            content = envelope(anchored, lambda request: absolute(self._base, request))
            return Call(Service.EXCHANGE, "POST", f"{self._base}/$batch", "$batch", headers, content, bulk)

        found = await self._wire.batch(requests, BATCH_SIZE, envelop)
        return [_usable(*pair) for pair in zip(requests, found, strict=True)]

    def rest_of(self, request: Request, body: Json) -> str:
        """The link to the next page of what a Get- cmdlet gave; a cmdlet that writes is never sent again."""
        return next_link(body) if reads(request) else ""

    def _call(self, request: Request, bulk: bool) -> Call:
        headers = fresh_headers() | {"Content-Type": f"{JSON_TYPE}; charset=utf-8"}
        headers |= dict(self._anchored(request).headers)
        content = msgspec.json.encode(request.body)
        return Call(
            Service.EXCHANGE,
            request.method,
            absolute(self._base, request),
            request.path,
            headers,
            content,
            bulk,
            what=_subject(request),
        )

    def _anchored(self, request: Request) -> Request:
        """The request with a routing hint, where it brings none of its own."""
        if any(name == _ANCHOR for name, _ in request.headers):
            return request
        return msgspec.structs.replace(request, headers=(*request.headers, (_ANCHOR, self._anchor)))


def reads(request: Request) -> bool:
    """Whether the cmdlet only reads."""
    return cmdlet_name(request).startswith(("Get-", "Search-"))


def _usable(request: Request, answer: Answer) -> Answer:
    """The answer, or one of status 0 where Exchange cannot have said this success: nobody knows what it meant.

    Exchange answers a cmdlet with a list under `value` (`api-map.md` §5.1); only one that writes may bring nothing
    but notes. A gateway's own words, or an error under a good status, are neither "done" nor "there is none".
    """
    body = answer.body
    if not answer.ok or (
        isinstance(body, dict) and isinstance(body.get("value"), list) and not body.get("error")
    ):
        return answer
    told = (
        [] if body is None else [key for key in body if "@" not in key] if isinstance(body, dict) else [body]
    )
    if not told and not reads(request):
        return answer
    _, words, _ = exchange_error(body)
    said = f"{NOT_A_LIST} ({words})" if words else NOT_A_LIST
    return Answer(0, code=BAD_ANSWER, message=said, request_id=answer.request_id)


def _subject(request: Request) -> str:
    """The cmdlet and its object, as a person names them: `Get-Mailbox ann@contoso.com`."""
    given = request.body.get("CmdletInput") if isinstance(request.body, dict) else None
    parameters = given.get("Parameters") if isinstance(given, dict) else None
    identity = parameters.get("Identity") if isinstance(parameters, dict) else None
    return f"{cmdlet_name(request)} {identity}" if isinstance(identity, str) else cmdlet_name(request)
