"""The `$batch` envelope: requests go in with ids, answers come back in any order, twice, or not at all."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from services.operation import Answer, Json, Request, Service
from services.secret import revealed
from services.transport.answers import BAD_ANSWER, claims_of, of_body, retry_after

JSON_TYPE = "application/json"


def envelope(requests: Sequence[Request], url: Callable[[Request], str]) -> bytes:
    """The body of a batch; item n has the id n + 1."""
    items = [_item(str(n), r, url(r)) for n, r in enumerate(requests, 1)]
    return msgspec.json.encode({"requests": items}, enc_hook=revealed)


def answers(service: Service, body: Json, count: int, now: datetime) -> tuple[list[Answer], dict[int, str]]:
    """The answers in the order of the requests, and the continuous-access challenges by index.

    An item that is missing, malformed or answered twice in different ways has status 0: outcome unknown.
    """
    given = body.get("responses") if isinstance(body, dict) else None
    by_id: dict[str, Json] = {}
    torn: set[str] = set()
    for item in given if isinstance(given, list) else []:
        name = str(item.get("id")).casefold() if isinstance(item, dict) else ""
        if name in by_id and by_id[name] != item:
            torn.add(name)
        by_id[name] = item
    found = []
    claims = {}
    for n in range(count):
        name = str(n + 1)
        if name in torn:
            found.append(_unusable("The batch answered this item twice, in different ways."))
            continue
        item = by_id.get(name)
        found.append(_answer(service, item, now))
        challenge = claims_of(_headers(item)) if found[-1].status == 401 else ""
        if challenge:
            claims[n] = challenge
    return found, claims


def _item(name: str, request: Request, url: str) -> dict[str, Json]:
    headers = dict(request.headers)
    item: dict[str, Json] = {"id": name, "method": request.method, "url": url}
    if request.body is not None:
        headers.setdefault("Content-Type", JSON_TYPE)
        item["body"] = request.body
    if headers:
        item["headers"] = headers
    return item


def _answer(service: Service, item: Json, now: datetime) -> Answer:
    status = item.get("status") if isinstance(item, dict) else None
    if isinstance(status, str) and status.isascii() and status.isdigit():
        status = int(status)
    if isinstance(status, bool) or not isinstance(status, int) or not 100 <= status <= 599:
        return _unusable("The batch came back without an answer for this item.")
    headers = _headers(item)
    wait = retry_after(headers.get("retry-after"), now)
    request_id = headers.get("request-id")
    return of_body(
        service,
        status,
        item.get("body"),
        request_id=request_id if isinstance(request_id, str) else "",
        wait=wait,
    )


def _headers(item: Json) -> dict[str, Json]:
    headers = item.get("headers") if isinstance(item, dict) else None
    return {name.lower(): value for name, value in headers.items()} if isinstance(headers, dict) else {}


def _unusable(why: str) -> Answer:
    return Answer(0, code=BAD_ANSWER, message=why)
