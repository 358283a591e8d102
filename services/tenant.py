"""Tenant: one Microsoft 365 directory the program is connected to, as the tabs and the job runner see it."""

import asyncio
from collections.abc import AsyncIterator, Iterable, Sequence

import msgspec

from services.directory import Catalogue
from services.errors import BadAnswer, RollcallError, SignInNeeded
from services.group import Group
from services.known import GROUPS, USERS
from services.operation import Answer, Json, Request, Service
from services.pace import Pace
from services.profile import TenantProfile
from services.transport.exchange import ExchangeTransport, reads
from services.transport.governor import Governor
from services.transport.graph import GraphTransport
from services.user import User
from state.audit import AuditLog
from state.cache import DirectoryCache
from state.clock import Clock

_BATCH = {Service.GRAPH: 20, Service.GRAPH_BETA: 20, Service.EXCHANGE: 10, Service.SHAREPOINT: 1}
_PAUSES = (0.5, 2.0)
"""Seconds before reads that settled nothing are asked for again, beside what the service asks for."""

_UNSETTLED = frozenset({408, 429, 500, 502, 503, 504})

REPORTS = (5, 10.0)
"""Requests in seconds that the directory's reports take of one program (`api-map.md` §7.1)."""


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
        profile: TenantProfile,
    ) -> None:
        self.graph = graph
        self.exchange = exchange
        self.governor = governor
        self.audit = audit
        self.clock = clock
        self.profile = profile
        self.reports = Pace(clock, *REPORTS)
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
        """The objects of a list, page by page, from `link` on where it is Graph's. Raises like `read`."""
        if request.service is Service.EXCHANGE:
            async for found in self.exchange.pages(request):
                yield found
            return
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
            return await self._complete(request, await self.exchange.send(request, bulk=bulk))
        return await self._complete(request, await self.graph.send(request, bulk=bulk))

    async def batch(
        self, service: Service, requests: Sequence[Request], *, bulk: bool = True
    ) -> list[Answer]:
        """One try of up to `batch_size(service)` requests in one call; answers in the order of requests."""
        if service is Service.EXCHANGE:
            answers = await self.exchange.batch(requests, bulk=bulk)
            return [await self._complete(r, a) for r, a in zip(requests, answers, strict=True)]
        answers = await self.graph.batch(requests, bulk=bulk, beta=service is Service.GRAPH_BETA)
        return [await self._complete(r, a) for r, a in zip(requests, answers, strict=True)]

    def batch_size(self, service: Service) -> int:
        """How many requests one batch of this service may hold."""
        return _BATCH[service]

    def lanes(self, service: Service) -> int:
        """How many calls to this service may be in flight now."""
        return self.governor.view(service).lanes

    async def ask(self, requests: Sequence[Request]) -> list[Answer]:
        """What the services say to these reads, batch by batch, in their order; never raises.

        Answers that settle nothing (throttled, failed, cut off) are asked for again, a bounded number of
        times; what stays so is an answer like any other, status 0 with the sentence where none came.
        """
        found: dict[int, Answer] = {}
        left = list(range(len(requests)))
        for pause in (*_PAUSES, None):
            await asyncio.gather(
                *(self._ask(part, requests, found) for part in self._batches(left, requests))
            )
            left = [n for n in left if found[n].status == 0 or found[n].status in _UNSETTLED]
            if not left or pause is None:
                break
            await self.clock.sleep(pause)
        return [found[n] for n in range(len(requests))]

    async def close(self) -> None:
        """Stops what is under way and closes the connections."""
        await self.groups.close()
        await self.users.close()
        await self.graph.close()
        await self.exchange.close()

    def _batches(self, numbers: Sequence[int], requests: Sequence[Request]) -> Iterable[Sequence[int]]:
        for service in dict.fromkeys(requests[n].service for n in numbers):
            mine, size = [n for n in numbers if requests[n].service is service], self.batch_size(service)
            yield from (mine[start : start + size] for start in range(0, len(mine), size))

    async def _ask(
        self, numbers: Sequence[int], requests: Sequence[Request], found: dict[int, Answer]
    ) -> None:
        part = [requests[n] for n in numbers]
        try:
            answers = await self.batch(part[0].service, part, bulk=False)
        except RollcallError as error:
            status = 401 if isinstance(error, SignInNeeded) else 0
            answers = [Answer(status, message=error.sentence, request_id=error.request_id)] * len(part)
        found.update(zip(numbers, answers, strict=True))

    async def _complete(self, request: Request, answer: Answer) -> Answer:
        """The answer with the whole list where it holds only its first page; a write's is left alone."""
        body = answer.body
        if not answer.ok or not isinstance(body, dict) or "@odata.nextLink" not in body:
            return answer
        if request.service is Service.EXCHANGE:
            # its links are followed with the same cmdlet again, so that a cmdlet that writes never is
            if not reads(request):
                return answer
            return msgspec.structs.replace(answer, body={"value": await self.exchange.read(request)})
        if request.method != "GET":
            return answer
        found = list(body.get("value", ()))
        async for page in self.pages(request, link=str(body["@odata.nextLink"])):
            found += page
        return msgspec.structs.replace(answer, body={"value": found})


class _List(msgspec.Struct):
    value: list[dict[str, Json]]
