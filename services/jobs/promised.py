"""Promised: a 202 only says that the service will do it; this asks, for a bounded time, whether it has."""

from urllib.parse import parse_qsl, urlsplit

import msgspec

from services.errors import RollcallError
from services.jobs.sender import Sender
from services.operation import Answer, Operation, Request, Service
from state.clock import Clock

PATIENCE = 180.0
"""Seconds after the promise in which it is asked for."""

FAILED = "operationFailed"
"""The code of the answer that stands for a promise that the service did not keep."""

_FIRST, _LONGEST = 2.0, 15.0
_VERSIONS = {"v1.0": Service.GRAPH, "beta": Service.GRAPH_BETA}


async def kept(tenant: Sender, clock: Clock, operation: Operation, answer: Answer) -> Answer:
    """The end of what the answer promised, as an answer: 200, a refusal, or a 202 that says what is known.

    An answer that promises nothing is returned as it is. Never raises: what was promised was sent.
    """
    if not operation.later or answer.status != 202:
        return answer
    place = _place(answer.location)
    if place is None:
        return _open(answer, "it named no place of this tenant where its end can be read")
    until, wait, told = clock.monotonic() + PATIENCE, answer.retry_after or _FIRST, "not asked yet"
    while clock.monotonic() + wait <= until:
        await clock.sleep(wait)
        said = await _ask(tenant, place)
        status = str(said.body.get("status") or "") if said.ok and isinstance(said.body, dict) else ""
        match status.casefold():
            case "succeeded":
                return msgspec.structs.replace(answer, status=200, location="")
            case "failed":
                why = said.body.get("statusDetail") or "it does not say why"
                return msgspec.structs.replace(answer, status=400, code=FAILED, message=str(why), location="")
        told = f'it says "{status}"' if status else said.message or f"status {said.status}"
        if said.status in (401, 403, 404):
            break
        wait = said.retry_after or min(_LONGEST, wait * 1.5)
    return _open(answer, f"asked how it ended: {told}")


def _place(location: str) -> Request | None:
    """The read behind `/v1.0/users/…/operations/…`; None for anything else."""
    parts = urlsplit(location)
    version, _, path = parts.path.lstrip("/").partition("/")
    if version not in _VERSIONS or not path:
        return None
    query = tuple(parse_qsl(parts.query, keep_blank_values=True))
    return Request(_VERSIONS[version], path=f"/{path}", query=query)


async def _ask(tenant: Sender, place: Request) -> Answer:
    try:
        return await tenant.send(place, bulk=True)
    except RollcallError as error:
        # a refused sign-in must not look as if the promised call had never left
        return Answer(error.status, message=error.sentence)


def _open(answer: Answer, told: str) -> Answer:
    return msgspec.structs.replace(answer, message=told, location="")
