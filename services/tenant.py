"""Tenant: one Microsoft 365 directory the program is connected to, as the tabs and the job runner see it."""

import asyncio
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable, Mapping, Sequence
from typing import TypeAlias

import msgspec

from services.directory import Catalogue
from services.errors import ForeignHost, RollcallError, SignInNeeded
from services.group import Group
from services.kept import Kept
from services.operation import Answer, Json, Request, Service
from services.portal_roles import Access
from services.profile import TenantProfile
from services.transport.governor import Governor
from services.transport.transport import Transport
from services.user import User
from services.vault import Vault
from state.audit import AuditLog
from state.clock import Clock

_PAUSES = (0.5, 1.0, 3.0)
"""Seconds before reads that settled nothing are asked for again, beside what the service asks for."""

_UNSETTLED = frozenset({408, 429, 500, 502, 503, 504})

_KEPT = 300.0
"""Seconds that the answers of services with a very small quota are kept."""

Reserved: TypeAlias = Callable[[str], Awaitable[Mapping[str, int]]]
"""Finds the seats that scheduled assignments will take, by skuId; those of the user with this id are left out.

Raises `StateError`.
"""


class Tenant:
    """The services of one tenant behind one door; everything that comes out of it is already cleaned."""

    def __init__(
        self,
        transports: Mapping[Service, Transport],
        groups: Catalogue[Group],
        users: Catalogue[User],
        governor: Governor,
        audit: AuditLog,
        clock: Clock,
        profile: TenantProfile,
        reserved: Reserved,
    ) -> None:
        self._transports = transports
        self.groups = groups
        self.users = users
        self.governor = governor
        self.audit = audit
        self.clock = clock
        self.profile = profile
        self.reserved = reserved
        self.kept = Kept(clock, _KEPT)
        self.vault = Vault()
        self.access = Access()
        """What the operator may see and change, as far as it is known."""

    def expire(self) -> None:
        """Makes the next list ask the tenant, however young the cached one is."""
        self.groups.expire()
        self.users.expire()
        self.kept.expire()

    async def read(self, request: Request) -> Json:
        """The decoded body of one successful read. Raises `RollcallError` by what the operator can do."""
        return await self._at(request.service).read(request)

    async def pages(self, request: Request, *, link: str = "") -> AsyncIterator[list[dict[str, Json]]]:
        """The objects of a list, page by page, from `link` on where one is given. Raises like `read`."""
        async for page in self._at(request.service).pages(request, link=link):
            yield page

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """One try of one request; the whole list where it reads one that comes in pages.

        Raises `SecretGone` for one that names a secret which is not in the vault.
        """
        filled = self.vault.filled(request)
        try:
            answer = await self._at(request.service).send(filled, bulk=bulk)
        except RollcallError as error:
            self.vault.redact_error(error)
            raise
        return await self._complete(request, self.vault.redacted(answer))

    async def batch(
        self, service: Service, requests: Sequence[Request], *, bulk: bool = True
    ) -> list[Answer]:
        """One try of up to `batch_size(service)` requests in one call; answers in the order of requests."""
        filled = [self.vault.filled(request) for request in requests]
        try:
            answers = await self._at(service).batch(filled, bulk=bulk)
        except RollcallError as error:
            self.vault.redact_error(error)
            raise
        answers = [self.vault.redacted(answer) for answer in answers]
        return [await self._complete(r, a) for r, a in zip(requests, answers, strict=True)]

    def batch_size(self, service: Service) -> int:
        """How many requests one batch of this service may hold."""
        return self._at(service).batch_size

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
        await self.kept.close()
        for transport in set(self._transports.values()):
            await transport.close()

    def _at(self, service: Service) -> Transport:
        try:
            return self._transports[service]
        except KeyError:
            raise ForeignHost(
                f"Nothing was sent: the tenant's profile names no address of {service.label}. Add it, then"
                " start Rollcall again."
            ) from None

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
        link = self._at(request.service).rest_of(request, answer.body) if answer.ok else ""
        if not link:
            return answer
        found = list(answer.body.get("value", ()))
        async for page in self.pages(request, link=link):
            found += page
        return msgspec.structs.replace(answer, body={"value": found})
