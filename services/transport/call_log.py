"""Call log: what the log tells of every call and every item of a batch; neither headers nor bodies come this far."""

import logging
from collections.abc import Sequence
from urllib.parse import parse_qsl, urlsplit

from services.log.events import tell
from services.operation import Answer, Request, Service
from services.transport.answers import Reply
from services.transport.call import Call
from state.clock import Clock

_SHOWN = frozenset(("$select", "$top", "$expand", "$orderby", "$count", "$skip", "api-version"))
"""Query options whose values hold neither names of people nor keys."""


class Told:
    """One call on its way: what became of it is told once, with how long it waited for its turn and for the answer."""

    def __init__(self, call: Call, tenant: str, attempt: int, asked: float, clock: Clock) -> None:
        self._call = call
        self._tenant = tenant
        self._attempt = attempt
        self._clock = clock
        self._left = clock.monotonic()
        self._waited = self._left - asked

    def answered(self, reply: Reply) -> None:
        """An answer came, whatever it says."""
        self._tell(
            _level(reply.status),
            status=reply.status,
            request_id=reply.request_id,
            retry_after=reply.headers.get("retry-after"),
        )

    def failed(self, error: Exception) -> None:
        """None came, or none that can be read."""
        self._tell(logging.WARNING, error=type(error).__name__)

    def _tell(self, level: int, **found: object) -> None:
        call, url = self._call, urlsplit(self._call.url)
        tell(
            "call",
            level=level,
            tenant=self._tenant,
            service=call.service.label,
            method=call.method,
            host=url.netloc,
            path=url.path,
            query=_query(url.query),
            cmdlet=call.what.partition(" ")[0] if call.service is Service.EXCHANGE else "",
            attempt=self._attempt,
            waited_ms=round(self._waited * 1000),
            ms=round((self._clock.monotonic() - self._left) * 1000),
            client_request_id=call.headers.get("client-request-id", ""),
            **found,
        )


def refused_host(tenant: str, url: str) -> None:
    """A link led outside the profile's hosts; nothing was sent there."""
    try:
        host = urlsplit(url).hostname or ""
    except ValueError:
        host = ""
    tell("foreign-host", level=logging.WARNING, tenant=tenant, host=host)


def items(call: Call, tenant: str, requests: Sequence[Request], found: Sequence[Answer]) -> None:
    """What the items of a batch came to; what they were sent with is in none of these lines."""
    for number, (request, answer) in enumerate(zip(requests, found, strict=True), 1):
        tell(
            "item",
            level=_level(answer.status),
            tenant=tenant,
            service=call.service.label,
            method=request.method,
            path=request.path,
            cmdlet=cmdlet_name(request) if call.service is Service.EXCHANGE else "",
            status=answer.status,
            code=answer.code,
            request_id=answer.request_id,
            client_request_id=call.headers.get("client-request-id", ""),
            item=number,
            retry_after=answer.retry_after,
        )


def cmdlet_name(request: Request) -> str:
    """The name of the cmdlet that a request to Exchange runs, "" for what runs none."""
    given = request.body.get("CmdletInput") if isinstance(request.body, dict) else None
    return str(given.get("CmdletName")) if isinstance(given, dict) else ""


def _query(query: str) -> str:
    """The options by name; values only of those that cannot hold anything of anybody."""
    return "&".join(
        f"{name}={value}" if name.lower() in _SHOWN else f"{name}=…"
        for name, value in parse_qsl(query, keep_blank_values=True)
    )


def _level(status: int) -> int:
    return logging.INFO if 200 <= status < 400 else logging.WARNING
