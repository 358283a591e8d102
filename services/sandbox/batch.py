"""$batch: up to twenty calls in one, each answered by itself, all writes in one transaction."""

from base64 import b64encode
from collections.abc import Callable
from urllib.parse import parse_qsl, unquote

from services.sandbox.answers import (
    DECODE,
    ENCODE,
    Call,
    Json,
    Refusal,
    Reply,
    bad_request,
    error_reply,
    new_id,
)

LIMIT = 20
_METHODS = frozenset({"GET", "POST", "PUT", "PATCH", "DELETE"})
Run = Callable[[Call], Reply]
"""Answers one item; a Refusal is already an answer."""


def requests_of(call: Call, limit: int = LIMIT, absolute: bool = False) -> list[dict[str, Json]]:
    """The checked items of a batch; Exchange takes `absolute` addresses too.

    Raises Refusal 400 for a batch that is refused as a whole.
    """
    body = call.json()
    items = body.get("requests")
    if not isinstance(items, list) or not items:
        raise _refused("The batch request must contain a non-empty 'requests' array.")
    if len(items) > limit:
        raise _refused(f"Number of batch request steps exceeds the maximum value of {limit}.")
    seen: set[str] = set()
    for item in items:
        _check(item, seen, absolute)
    return items


def _refused(message: str) -> Refusal:
    return bad_request(f"Invalid batch payload format. {message}", "BadRequest")


def _check(item: Json, seen: set[str], absolute: bool) -> None:
    if not isinstance(item, dict) or not isinstance(item.get("id"), str) or not item["id"]:
        raise _refused("Each request needs a string 'id'.")
    identity = item["id"].lower()
    if identity in seen:
        raise _refused(f"Request ids must be unique: '{item['id']}'.")
    for needed in item.get("dependsOn") or ():
        if not isinstance(needed, str) or needed.lower() not in seen:
            raise _refused(f"The request '{item['id']}' depends on an id that does not come before it.")
    seen.add(identity)
    if str(item.get("method", "")).upper() not in _METHODS:
        raise _refused(f"The method of request '{item['id']}' is not known.")
    url = item.get("url")
    if not isinstance(url, str) or ("://" in url and not absolute) or not url.strip("/"):
        raise _refused(f"The url of request '{item['id']}' must be relative to the version.")
    if set(item) - {"id", "method", "url", "headers", "body", "dependsOn"}:
        raise _refused(f"Request '{item['id']}' has unknown properties.")


def call_of(outer: Call, item: dict[str, Json]) -> Call:
    """An item as a call of its own. Raises Refusal 400."""
    headers = {str(k).lower(): str(v) for k, v in (item.get("headers") or {}).items()}
    body = b""
    if item.get("body") is not None:
        if "content-type" not in headers:
            raise bad_request(
                "A Content-Type header is required for a request that has a body.", "BadRequest"
            )
        body = ENCODE(item["body"])
    return parse(str(item["method"]).upper(), item["url"], headers, body, outer.root)


def parse(method: str, url: str, headers: dict[str, str], body: bytes, root: str) -> Call:
    """A call from its address below the version. Raises Refusal 400 for an option given twice."""
    path, _, query_text = url.partition("?")
    query: dict[str, str] = {}
    for name, value in parse_qsl(query_text, keep_blank_values=True):
        if name in query:
            raise bad_request(f"Query option '{name}' was specified more than once.", "BadRequest")
        query[name] = value
    segments = tuple(unquote(part) for part in path.strip("/").split("/"))
    return Call(method, segments, query, headers, body, root)


def answer(outer: Call, run: Run) -> Reply:
    """Runs every item in order and answers 200 with all of them. Raises Refusal for what is no batch."""
    responses: list[Json] = []
    failed: set[str] = set()
    for item in requests_of(outer):
        identity = item["id"]
        if any(needed.lower() in failed for needed in item.get("dependsOn") or ()):
            failure = Refusal(424, "FailedDependency", "A request that this one depends on has failed.")
            reply = error_reply(failure, new_id(), "")
        else:
            reply = run_item(outer, item, run)
        if reply.status >= 400:
            failed.add(identity.lower())
        responses.append(item_answer(identity, reply))
    return Reply(200, ENCODE({"responses": _shuffled(responses)}))


def run_item(outer: Call, item: dict[str, Json], run: Run) -> Reply:
    """One item's answer, its own refusals included."""
    try:
        return run(call_of(outer, item))
    except Refusal as refusal:
        return error_reply(refusal, new_id(), "")


def _shuffled(responses: list[Json]) -> list[Json]:
    """Answers come in no order: the second half first, always the same way."""
    middle = len(responses) // 2
    return responses[middle:] + responses[:middle]


def item_answer(identity: str, reply: Reply) -> dict[str, Json]:
    """One item of the answer."""
    headers = {"Cache-Control": "no-cache", "request-id": new_id(), **dict(reply.headers)}
    found: dict[str, Json] = {"id": identity, "status": reply.status, "headers": headers}
    if reply.body:
        headers["Content-Type"] = reply.content_type
        found["body"] = _body(reply)
    return found


def _body(reply: Reply) -> Json:
    """JSON as it is, text as text, anything else in base64."""
    if "json" in reply.content_type:
        return DECODE(reply.body)
    if reply.content_type.startswith("text/"):
        return reply.body.decode()
    return b64encode(reply.body).decode()
