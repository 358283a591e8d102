"""Wire: one HTTP call to one service, at the tenant's pace, in bounded time, never to a foreign host."""

import asyncio
import random
from collections.abc import Callable, Sequence
from typing import Protocol, TypeVar
from urllib.parse import unquote
from uuid import uuid4

import httpx
import msgspec

from services.clean import clean
from services.clouds import CLOUDS
from services.errors import ForeignHost, RollcallError, SignInNeeded, Throttled, Unreachable
from services.operation import Answer, Request
from services.transport import call_log, failures, permit
from services.transport.answers import BAD_ANSWER, Reply, Undecodable, answer, claims_told
from services.transport.batches import answers
from services.transport.call import Call
from services.transport.governor import PRESSURE, Governor
from services.transport.hosts import within
from services.transport.pipeline import taken
from services.transport.quotas import costs, total
from state.clock import Clock

ATTEMPTS = 5
"""How often a read is sent at most."""

PATIENCE = 60.0
BULK_PATIENCE = 600.0
"""Seconds that a call waits for a service that holds still, interactively and in bulk."""

T = TypeVar("T")

_AGENT = "Rollcall"
_BATCH = "$batch"
_REDIRECTS = 3
_WORTH_ANOTHER = (0, 502, *PRESSURE)
_LONGEST_PAUSE = 8.0
_PUBLISHED = frozenset(cloud.graph for cloud in CLOUDS.values())


class Carrier(Protocol):
    """The client beneath: adds the token, sends, answers a continuous-access challenge once."""

    async def prepare(self, call: Call) -> None:
        """Has client and token at hand; may take as long as a sign-in. Raises `RollcallError`."""

    async def carry(self, call: Call) -> httpx.Response:
        """The whole answer. Raises httpx's errors."""

    async def renew(self, claims: str) -> None:
        """Gets a token that meets this challenge, for the calls to come."""


class Wire:
    """The calls to one service's root, whatever client carries them."""

    def __init__(
        self,
        root: str,
        carrier: Carrier,
        governor: Governor,
        clock: Clock,
        *,
        timeout: float,
        chance: random.Random | None,
    ) -> None:
        self._root = root
        self._carrier = carrier
        self._governor = governor
        self._clock = clock
        self._timeout = timeout
        self._chance = chance or random.SystemRandom()

    async def send(self, call: Call) -> Answer:
        """One try. A service that holds still for too long is a 429 that was never sent.

        Raises `Unreachable`, `SignInNeeded` and `ForeignHost`.
        """
        try:
            found = await self._once(call)
            if claims := claims_told(found):
                # refused for the sign-in alone, and so not carried out
                await self._carrier.renew(claims)
                found = await self._once(call)
            return found
        except Throttled as error:
            wait = error.retry_after
            return Answer(429, code="NotSent", message=error.sentence, retry_after=wait, sent=False)

    async def read(self, call: Call, convert: Callable[[bytes], T]) -> T:
        """What `convert` makes of a success of a call that only reads; sent again while that can help.

        `convert` raises `Undecodable` for bytes that are not what they should be. Raises every kind of
        `RollcallError`.
        """
        failure: RollcallError
        for attempt in range(1, ATTEMPTS + 1):
            try:
                reply = await self._reply(call, attempt)
            except Unreachable as error:
                failure = error
            else:
                found = self._learn(call, reply, converted=True)
                if found.ok:
                    try:
                        return convert(reply.content)
                    except Undecodable as error:
                        found = Answer(0, code=BAD_ANSWER, message=str(error), request_id=reply.request_id)
                failure = failures.of_answer(call.service, found, _named(call))
                if found.status not in _WORTH_ANOTHER:
                    raise failure
            # what throttles is the governor's to wait for
            if attempt < ATTEMPTS and failure.status not in PRESSURE:
                await self._pause(attempt)
        raise failure

    async def batch(
        self, requests: Sequence[Request], size: int, envelop: Callable[[Sequence[Request]], Call]
    ) -> list[Answer]:
        """The answers to `$batch` calls of at most `size` requests, in the requests' order; one try.

        Refused as a whole, every item has the whole's status. Raises as `send`.
        """
        found: list[Answer] = []
        for start in range(0, len(requests), size):
            some = requests[start : start + size]
            part, claims = await self._batch(some, envelop)
            if claims:
                again = await self._meet(claims, [some[n] for n in claims], envelop)
                for n, one in zip(claims, again, strict=False):
                    part[n] = one
            found += part
        return found

    async def _meet(
        self,
        claims: dict[int, str],
        requests: Sequence[Request],
        envelop: Callable[[Sequence[Request]], Call],
    ) -> list[Answer]:
        """Sends the items that met a challenge, and so were not carried out, with a token that meets it.

        None when there is no such token: their refusals stand, and the other items' answers are kept.
        """
        try:
            await self._carrier.renew(next(iter(claims.values())))
            return (await self._batch(requests, envelop))[0]
        except SignInNeeded:
            return []
        except Unreachable as error:
            return [Answer(0, message=error.sentence)] * len(requests) if error.sent else []

    async def _batch(
        self, requests: Sequence[Request], envelop: Callable[[Sequence[Request]], Call]
    ) -> tuple[list[Answer], dict[int, str]]:
        """One batch's answers, and the challenges that items met, by index."""
        call = msgspec.structs.replace(envelop(requests), costs=total(requests))
        whole = await self.send(call)
        if not whole.ok:
            return [msgspec.structs.replace(whole, body=None)] * len(requests), {}
        found, claims = answers(call.service, whole.body, len(requests), self._clock.now())
        call_log.items(call, self._governor.tenant, requests, found)
        pressed = [pair for pair in zip(requests, found, strict=True) if pair[1].status in PRESSURE]
        if 2 * len(pressed) <= len(found):
            self._governor.answered(call.service, whole, path=call.path)
        for request, one in pressed:
            self._governor.answered(call.service, one, path=request.path, costs=costs(request))
        return found, claims

    async def _once(self, call: Call) -> Answer:
        found = self._learn(call, await self._reply(call))
        if found.status == 401:
            raise failures.of_answer(call.service, found, _named(call))
        return found

    def _learn(self, call: Call, reply: Reply, *, converted: bool = False) -> Answer:
        """What the reply says; a success whose body is converted elsewhere is not decoded here."""
        if converted and 200 <= reply.status < 300:
            found = Answer(reply.status, request_id=reply.request_id)
        else:
            found = answer(call.service, reply, self._clock.now(), method=call.method)
            if found.status == 202:
                found = msgspec.structs.replace(found, location=self._place(call, reply))
        # that a batch was taken on says nothing: what became of its items does
        if call.path != _BATCH or not found.ok:
            self._governor.answered(call.service, found, path=call.path, costs=call.costs)
        return found

    def _place(self, call: Call, reply: Reply) -> str:
        """Path and query of the place that a 202 names, "" for one outside this service.

        Graph may name it by the host that it is published at, however it is reached; it is asked for where all is.
        """
        link = reply.headers.get("location", "")
        try:
            place = httpx.URL(call.url).join(link) if link else None
        except (httpx.InvalidURL, ValueError):
            return ""
        if place is None or not any(within(str(place), root) for root in (self._root, *_PUBLISHED)):
            return ""
        return place.raw_path.decode()

    async def _reply(self, call: Call, attempt: int = 1) -> Reply:
        """The whole answer to one call, redirects within the service followed for reads."""
        for _ in range(_REDIRECTS):
            reply = await self._exchange(call, attempt)
            if reply.status not in (301, 302, 303, 307, 308):
                return reply
            target = str(httpx.URL(call.url).join(reply.headers.get("location", "")))
            self.refuse_foreign(target)
            if call.method != "GET":
                return reply
            call = msgspec.structs.replace(call, url=target)
        return reply

    async def _exchange(self, call: Call, attempt: int) -> Reply:
        self.refuse_foreign(call.url)
        await self._carrier.prepare(call)
        patience = BULK_PATIENCE if call.bulk else PATIENCE
        asked = self._clock.monotonic()
        async with self._governor.slot(
            call.service, bulk=call.bulk, path=call.path, costs=call.costs, patience=patience
        ):
            # behind every wait: between a commit and this moment the program may have been stopped
            permit.check()
            said = call_log.Told(call, self._governor.tenant, attempt, asked, self._clock)
            try:
                async with asyncio.timeout(self._timeout):
                    response = await self._carrier.carry(call)
            except (httpx.TransportError, TimeoutError) as error:
                said.failed(error)
                raise failures.of_connection(call.service, error, call.url) from None
            except (httpx.DecodingError, httpx.StreamError, httpx.InvalidURL) as error:
                said.failed(error)
                return Reply(0, {}, b"")
        headers = {name.lower(): value for name, value in response.headers.items()}
        reply = Reply(response.status_code, headers, taken(response))
        said.answered(reply)
        return reply

    def refuse_foreign(self, url: str) -> None:
        """Raises `ForeignHost` unless the URL is below this service's root."""
        if not within(url, self._root):
            call_log.refused_host(self._governor.tenant, url)
            raise ForeignHost(
                "A service sent a link to a host outside this tenant's profile; nothing was sent there."
                " Check the profile's URLs."
            )

    async def _pause(self, attempt: int) -> None:
        """Lets a broken connection or gateway recover; what throttles is the governor's to wait for."""
        await self._clock.sleep(min(0.25 * 2.0**attempt, _LONGEST_PAUSE) * self._chance.uniform(0.5, 1.0))


def fresh_headers() -> dict[str, str]:
    """What every request carries."""
    return {"Accept": "application/json", "client-request-id": str(uuid4()), "User-Agent": _AGENT}


def bad_answer(call: Call, why: str) -> RollcallError:
    """A `BadAnswer` that says what is wrong with the answer to this call."""
    return failures.of_answer(call.service, Answer(0, code=BAD_ANSWER, message=why), _named(call))


def _named(call: Call) -> str:
    return clean(call.what or unquote(call.path).strip("/"), 120)
