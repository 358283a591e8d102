"""Microsoft Graph: single calls, pages and batches, through the SDK's pipeline and the tenant's governor."""

import asyncio
import random
from collections.abc import AsyncIterator, Sequence

import msgspec

from services.errors import BadAnswer
from services.identity import TokenSource
from services.operation import Answer, Json, Request, Service
from services.secret import revealed
from services.transport.answers import Undecodable, decode
from services.transport.batches import JSON_TYPE, envelope
from services.transport.call import Call
from services.transport.governor import Governor
from services.transport.hosts import Hosts
from services.transport.paging import Page, Trail, cleaned_page, page_of
from services.transport.pipeline import GraphPipeline
from services.transport.quotas import SMALL, costs, own_regime
from services.transport.suspects import mended
from services.transport.transport import next_link
from services.transport.urls import absolute, relative
from services.transport.wire import Wire, bad_answer, fresh_headers
from services.turns import give_way
from state.clock import Clock, SystemClock

BATCH_SIZE = 20
"""Requests one `$batch` may hold."""

TIMEOUT = 100.0
"""Seconds for one call from its first byte to its last."""


class _List(msgspec.Struct):
    value: list[dict[str, Json]]


_LIST = msgspec.json.Decoder(_List)


class GraphTransport:
    """One tenant's Graph, both versions: a `Transport`, with the bytes of lists for typed decoding."""

    batch_size = BATCH_SIZE

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
        self._hosts = hosts
        self._clock = clock or SystemClock()
        self._pipeline = GraphPipeline(hosts, token, timeout=timeout, ca_bundle=ca_bundle)
        self._wire = Wire(hosts.graph, self._pipeline, governor, self._clock, timeout=timeout, chance=chance)

    async def check(self) -> None:
        """Raises `InvalidInput` where the environment's proxy or the certificates cannot be used; sends nothing."""
        await self._pipeline.check()

    async def start(self) -> None:
        """Imports the SDK in a thread, so that the first call need not. Raises `InvalidInput`."""
        await self._pipeline.start()

    async def close(self) -> None:
        """Closes the connections; calls made afterwards raise `Unreachable`."""
        await self._pipeline.close()

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """What Graph said to one try. Raises `Unreachable`, `SignInNeeded` and `ForeignHost`."""
        return await self._wire.send(self._call(request, bulk=bulk))

    async def read(self, request: Request, *, bulk: bool = False) -> Json:
        """The decoded object (or the number of a `/$count`) behind a GET. Raises every `RollcallError`."""
        return await self._wire.read(self._call(request, bulk=bulk), _document)

    async def pages(
        self, request: Request, *, link: str = "", bulk: bool = False
    ) -> AsyncIterator[list[dict[str, Json]]]:
        """The objects of each page, as `raw_pages` gives them."""
        async for raw in self.raw_pages(request, link=link, bulk=bulk):
            try:
                page = _listed(raw)
            except msgspec.DecodeError:
                raise BadAnswer(
                    "Graph sent a list that cannot be read; nothing of it was used. Press F5 to ask again."
                ) from None
            yield page.value

    async def raw_pages(
        self, request: Request, *, prefer_max: int = 999, link: str = "", bulk: bool = True
    ) -> AsyncIterator[bytes]:
        """The JSON bytes of each page behind a GET, nextLinks followed verbatim with the same headers.

        Starts at `link` where one is given (a kept deltaLink). `prefer_max` asks for so many objects a page,
        unless the request has a `$top`; 0 asks for nothing. The next page is read ahead, but for what has a small
        quota of its own: there it is only asked for when the caller comes back for it. Raises every
        `RollcallError`: `ForeignHost` for a link to another host, `BadAnswer` for pages that lead in a circle
        or do not end.

        A text that is no UTF-8 may still be none: `mended` is left to who has the time.
        """
        headers = dict(request.headers)
        if prefer_max and not any(name == "$top" for name, _ in request.query):
            headers.setdefault("Prefer", f"odata.maxpagesize={prefer_max}")
        call = self._call(msgspec.structs.replace(request, headers=tuple(headers.items())), bulk=bulk)
        trail, ahead = Trail(), own_regime(request.path) not in SMALL
        if link:
            call = msgspec.structs.replace(call, url=link)
        reading = asyncio.ensure_future(self._wire.read(call, page_of))
        try:
            while True:
                page: Page = await reading
                objection = trail.objection(page.next_link, page.mark) if page.next_link else ""
                following = bool(page.next_link) and not objection
                if following:
                    call = msgspec.structs.replace(call, url=page.next_link)
                if following and ahead:
                    # the next page comes while this one is worked on
                    reading = asyncio.ensure_future(self._wire.read(call, page_of))
                    await give_way()
                yield _clean(page, call)
                if objection:
                    raise bad_answer(call, objection)
                if not page.next_link:
                    return
                if not ahead:
                    reading = asyncio.ensure_future(self._wire.read(call, page_of))
        finally:
            await _given_up(reading)

    async def batch(self, requests: Sequence[Request], *, bulk: bool = True) -> list[Answer]:
        """What Graph said to each request, in their order; one try, more than 20 in several batches.

        A request whose answer is missing has status 0. When the batch as a whole was refused, every item has
        that status and waiting time. All go to the version of the first.
        Raises `Unreachable`, `SignInNeeded` and `ForeignHost`.
        """
        if not requests:
            return []
        post = Request(requests[0].service, "POST", "$batch", headers=(("Content-Type", JSON_TYPE),))

        def envelop(some: Sequence[Request]) -> Call:
            return self._call(post, bulk=bulk, content=envelope(some, relative))

        return await self._wire.batch(requests, BATCH_SIZE, envelop)

    def rest_of(self, request: Request, body: Json) -> str:
        """The link to the next page of the list in a GET's answer."""
        return next_link(body) if request.method == "GET" else ""

    def _call(self, request: Request, *, bulk: bool, content: bytes | None = None) -> Call:
        version = "beta" if request.service is Service.GRAPH_BETA else "v1.0"
        headers = fresh_headers()
        if not bulk:
            headers["x-ms-throttle-priority"] = "high"
        elif request.method == "GET":
            headers["x-ms-throttle-priority"] = "low"
        if request.body is not None:
            headers["Content-Type"] = JSON_TYPE
            content = msgspec.json.encode(request.body, enc_hook=revealed)
        elif request.content:
            content = request.content
        headers.update(request.headers)
        url = absolute(f"{self._hosts.graph}/{version}", request)
        return Call(
            request.service,
            request.method,
            url,
            request.path,
            headers,
            content,
            bulk,
            costs=costs(request),
        )


async def _given_up(reading: asyncio.Future[Page]) -> None:
    """Ends a read that nobody waits for any more; what became of it does not matter."""
    if not reading.done():
        reading.cancel()
    await asyncio.wait({reading})
    if not reading.cancelled():
        reading.exception()


def _clean(page: Page, call: Call) -> bytes:
    try:
        return cleaned_page(page.content)
    except Undecodable as error:
        raise bad_answer(call, str(error)) from None


def _listed(raw: bytes) -> _List:
    try:
        return _LIST.decode(raw)
    except UnicodeDecodeError:
        return _LIST.decode(mended(raw))


def _document(content: bytes) -> Json:
    body = decode(content)
    if not isinstance(body, dict | int) or isinstance(body, bool):
        raise Undecodable("not an object")
    return body
