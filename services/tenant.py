"""Tenant: one Microsoft 365 directory the program is connected to, as the tabs and the job runner see it."""

from collections.abc import AsyncIterator, Sequence

import msgspec

from services.directory import GROUPS, USERS, Catalogue
from services.errors import BadAnswer
from services.group import Group
from services.operation import Answer, Json, Request, Service
from services.transport.exchange import ExchangeTransport
from services.transport.governor import Governor
from services.transport.graph import GraphTransport
from services.user import User
from state.audit import AuditLog
from state.cache import DirectoryCache
from state.clock import Clock

_BATCH = {Service.GRAPH: 20, Service.GRAPH_BETA: 20, Service.EXCHANGE: 10, Service.SHAREPOINT: 1}


class Tenant:
    """The services of one tenant behind one door; everything that comes out of it is already cleaned."""

    def __init__(
        self,
        graph: GraphTransport,
        exchange: ExchangeTransport,
        governor: Governor,
        cache: DirectoryCache,
        audit: AuditLog,
        clock: Clock,
    ) -> None:
        self.graph = graph
        self.exchange = exchange
        self.governor = governor
        self.audit = audit
        self.clock = clock
        self.groups: Catalogue[Group] = Catalogue(GROUPS, graph, cache, clock)
        self.users: Catalogue[User] = Catalogue(USERS, graph, cache, clock)

    def expire(self) -> None:
        """Makes the next list ask the tenant, however young the cached one is."""
        self.groups.expire()
        self.users.expire()

    async def read(self, request: Request) -> Json:
        """The decoded body of one successful read. Raises `RollcallError` by what the operator can do."""
        if request.service is Service.EXCHANGE:
            return {"value": await self.exchange.read(request)}
        return await self.graph.read(request)

    async def pages(self, request: Request, *, link: str = "") -> AsyncIterator[list[dict[str, Json]]]:
        """The objects of a Graph list, page by page from `link` on. Raises like `read`."""
        async for raw in self.graph.pages(request, link=link, bulk=False):
            try:
                page = msgspec.json.decode(raw, type=_List)
            except msgspec.DecodeError:
                raise BadAnswer(
                    "Graph sent a list that cannot be read; nothing of it was used. Press F5 to ask again."
                ) from None
            yield page.value

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """One try of one request; the whole list where it reads one that comes in pages."""
        if request.service is Service.EXCHANGE:
            return await self.exchange.send(request, bulk=bulk)
        return await self._complete(request, await self.graph.send(request, bulk=bulk))

    async def batch(
        self, service: Service, requests: Sequence[Request], *, bulk: bool = True
    ) -> list[Answer]:
        """One try of up to `batch_size(service)` requests in one call; answers in the order of requests."""
        if service is Service.EXCHANGE:
            return await self.exchange.batch(requests, bulk=bulk)
        answers = await self.graph.batch(requests, bulk=bulk, beta=service is Service.GRAPH_BETA)
        return [await self._complete(r, a) for r, a in zip(requests, answers, strict=True)]

    def batch_size(self, service: Service) -> int:
        """How many requests one batch of this service may hold."""
        return _BATCH[service]

    def lanes(self, service: Service) -> int:
        """How many calls to this service may be in flight now."""
        return self.governor.view(service).lanes

    async def _complete(self, request: Request, answer: Answer) -> Answer:
        body = answer.body
        if request.method != "GET" or not isinstance(body, dict) or "@odata.nextLink" not in body:
            return answer
        found = list(body.get("value", ()))
        async for page in self.pages(request, link=str(body["@odata.nextLink"])):
            found += page
        return msgspec.structs.replace(answer, body={"value": found})


class _List(msgspec.Struct):
    value: list[dict[str, Json]]
