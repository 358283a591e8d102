"""Active Directory over LDAPS: operations in threads, on connections that each one at a time has for itself."""

import asyncio
import logging
import time
from collections.abc import AsyncIterator, Callable, Iterator, Sequence
from typing import TYPE_CHECKING, TypeVar

from services import ldap
from services.domain_controller import DomainController
from services.errors import RollcallError, SignInNeeded, Throttled, Unreachable
from services.log.events import tell
from services.operation import Answer, Json, Request, Service
from services.secret import Secret
from services.transport import failures
from services.transport.governor import PRESSURE, Governor
from services.transport.ldap_answers import ALREADY, Result, of_result
from services.transport.wire import BULK_PATIENCE, PATIENCE
from state.clock import Clock

if TYPE_CHECKING:
    from services.transport.ldap_connection import LdapConnection

TIMEOUT = 60.0
"""Seconds for one operation, or one page of a list."""

IDLE = 30.0
"""Seconds after which a connection is not used again: what was cut meanwhile would look like a lost answer."""

ATTEMPTS = 3
"""How often a read is sent at most."""

_PAUSE = 0.5
_WORTH_ANOTHER = (500, *PRESSURE)

T = TypeVar("T")


class ActiveDirectoryTransport:
    """One domain, a `Transport`; what is sent to it is built by `services.ldap`."""

    batch_size = 1

    def __init__(self, controller: DomainController, governor: Governor, *, clock: Clock) -> None:
        self._controller = controller
        self._password = controller.secret()
        self._governor = governor
        self._clock = clock
        self._idle: list[LdapConnection] = []
        self._opening = asyncio.Lock()
        self._turned_away: SignInNeeded | None = None
        self._closed = False

    async def read(self, request: Request, *, bulk: bool = False) -> Json:
        """What a search finds, as `{"value": [entry]}`. Raises every `RollcallError`."""
        failure: RollcallError
        for attempt in range(1, ATTEMPTS + 1):
            try:
                answer = await self.send(request, bulk=bulk)
            except Unreachable as error:
                failure = error
            else:
                if answer.ok:
                    return answer.body
                failure = failures.of_answer(Service.ACTIVE_DIRECTORY, answer, request.path)
                if answer.status not in _WORTH_ANOTHER:
                    break
            if attempt < ATTEMPTS:
                await self._clock.sleep(_PAUSE * attempt)
        raise failure

    async def pages(
        self, request: Request, *, link: str = "", bulk: bool = False
    ) -> AsyncIterator[list[dict[str, Json]]]:
        """The entries that a search finds, page by page, from one connection. Raises every `RollcallError`."""
        connection = await self._taken()
        found: Iterator[Result] = _searched(connection, request)
        try:
            while (page := await self._carried(connection, lambda: next(found, None), bulk)) is not None:
                answer = of_result(page)
                if not answer.ok:
                    raise failures.of_answer(Service.ACTIVE_DIRECTORY, answer, request.path)
                yield list(page.entries)
        except BaseException:
            self._drop(connection)
            raise
        self._give_back(connection)

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """What Active Directory said to one operation. Raises `Unreachable` and `SignInNeeded`."""
        connection = await self._taken()
        try:
            answer = await self._carried(connection, lambda: _done(connection, request), bulk)
        except Throttled as error:
            self._give_back(connection)
            return Answer(429, code="NotSent", message=error.sentence, retry_after=error.retry_after)
        except BaseException:
            self._drop(connection)
            raise
        self._give_back(connection)
        self._governor.answered(Service.ACTIVE_DIRECTORY, answer)
        return answer

    async def batch(self, requests: Sequence[Request], *, bulk: bool = True) -> list[Answer]:
        """One try of each, one after the other: LDAP knows no batches. Raises like `send`."""
        return [await self.send(request, bulk=bulk) for request in requests]

    def rest_of(self, request: Request, body: Json) -> str:
        """Nothing: a search is answered whole."""
        return ""

    async def close(self) -> None:
        """Closes the connections; calls made afterwards raise `Unreachable`."""
        self._closed = True
        idle, self._idle = self._idle, []
        for connection in idle:
            await asyncio.to_thread(connection.close)

    async def _taken(self) -> "LdapConnection":
        """A connection that nobody else uses, opened where none is left that was used a moment ago."""
        if self._closed:
            raise Unreachable("The session was closed.", sent=False)
        while self._idle:
            connection = self._idle.pop()
            if time.monotonic() - connection.used_at < IDLE:
                return connection
            self._drop(connection)
        async with self._opening:
            if self._turned_away is not None:
                # each further try with a wrong password counts towards locking the account
                raise self._turned_away
            try:
                return await asyncio.to_thread(self._opened)
            except SignInNeeded as error:
                self._turned_away = error
                raise

    def _opened(self) -> "LdapConnection":
        # in the thread: ldap3 takes a while to import, and who has no domain controller never needs it
        from services.transport.ldap_connection import LdapConnection

        return LdapConnection(self._controller, self._password)

    async def _carried(self, connection: "LdapConnection", work: Callable[[], T], bulk: bool) -> T:
        """The work in a thread, at the tenant's pace; who is cancelled leaves it to end by itself."""
        patience = BULK_PATIENCE if bulk else PATIENCE
        async with self._governor.slot(Service.ACTIVE_DIRECTORY, bulk=bulk, patience=patience):
            left, failed = self._clock.monotonic(), ""
            try:
                async with asyncio.timeout(TIMEOUT):
                    return await asyncio.to_thread(work)
            except TimeoutError:
                failed = "TimeoutError"
                raise Unreachable(
                    f"The domain controller {self._controller.host} did not answer in time."
                ) from None
            except RollcallError as error:
                failed = type(error).__name__
                raise
            finally:
                tell(
                    "ldap",
                    level=logging.WARNING if failed else logging.INFO,
                    tenant=self._governor.tenant,
                    host=self._controller.host,
                    ms=round((self._clock.monotonic() - left) * 1000),
                    error=failed,
                )

    def _give_back(self, connection: "LdapConnection") -> None:
        if self._closed:
            self._drop(connection)
        else:
            self._idle.append(connection)

    def _drop(self, connection: "LdapConnection") -> None:
        """Closes it in a thread, as that says good-bye over the network."""
        asyncio.get_running_loop().run_in_executor(None, connection.close)


def _done(connection: "LdapConnection", request: Request) -> Answer:
    if request.method == ldap.SEARCH:
        return _found(list(_searched(connection, request)))
    return _written(connection, request)


def _searched(connection: "LdapConnection", request: Request) -> Iterator[Result]:
    query = dict(request.query)
    return connection.search(request.path, query["filter"], query["attributes"].split(","), query["scope"])


def _found(pages: Sequence[Result]) -> Answer:
    answer = of_result(pages[-1])
    if answer.ok:
        answer.body["value"] = [each for page in pages for each in page.entries]
    return answer


def _written(connection: "LdapConnection", request: Request) -> Answer:
    changes = {name: _encoded(name, value) for name, value in request.body.get(ldap.REPLACE, {}).items()}
    bits = {part: request.body.get(part, {}) for part in (ldap.SET, ldap.CLEAR)}
    flags = sorted({*bits[ldap.SET], *bits[ldap.CLEAR]})
    if flags:
        held = _found(list(connection.search(request.path, ldap.EVERY, flags, ldap.BASE)))
        if not held.ok:
            return held
        (now,) = held.body["value"] or [{}]
        for name in flags:
            if not isinstance(before := now.get(name), int):
                # what cannot be read must not be written: its other bits would be lost
                return Answer(403, code="insufficientAccessRights", message=f"{name} cannot be read.")
            after = (before | bits[ldap.SET].get(name, 0)) & ~bits[ldap.CLEAR].get(name, 0)
            if after != before:
                changes[name] = _encoded(name, after)
    return of_result(connection.modify(request.path, changes)) if changes else ALREADY


def _encoded(name: str, value: Json) -> list[bytes]:
    """The values as they are sent; none takes the attribute away."""
    if isinstance(value, list | tuple):
        return [each for one in value for each in _encoded(name, one)]
    if value is None:
        return []
    if isinstance(value, Secret):
        # a password stands in quotes, in UTF-16 ([MS-ADTS] 3.1.1.3.1.5.1)
        return [f'"{value.reveal()}"'.encode("utf-16-le")]
    return [str(value).encode()]
