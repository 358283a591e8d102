"""Tampering: answers of a service that lies: links to elsewhere, pages without end, too much, and what is no object."""

from itertools import count
from typing import Any

from services.sandbox.answers import DECODE, ENCODE, Reply
from services.sandbox.faults import Fault
from services.sandbox.graph import strike

KINDS = ("foreign-link", "endless", "gigantic", "deformed")
"""The faults of this room."""

_ELSEWHERE = "https://graph.evil.example/v1.0/users?$skiptoken=tell-me-your-token"
_LINKS = ("@odata.nextLink", "odata.nextLink")
_LINES = count(1)
_WRONG: dict[type, Any] = {
    str: 7,
    int: "many",
    float: "many",
    bool: "yes",
    list: {},
    dict: [],
    type(None): [None],
}


def tampered(reply: Reply, faults: list[Fault], method: str, path: str, root: str) -> Reply:
    """The answer as a service would give it that means no good, where a fault says so."""
    fault = strike(faults, KINDS, method, path)
    if fault is None or not reply.body or not 200 <= reply.status < 300 or "json" not in reply.content_type:
        return reply
    body = DECODE(reply.body)
    lists = [found for found in _bodies(body) if isinstance(found.get("value"), list)]
    if not lists:
        return reply
    for found in lists:
        _tamper(found, fault, f"{root}{path}")
    return Reply(reply.status, ENCODE(body), reply.headers, reply.content_type)


def _bodies(body: Any) -> list[dict[str, Any]]:
    """The answer itself, or the items of a batch."""
    if not isinstance(body, dict):
        return []
    items = body.get("responses")
    if not isinstance(items, list):
        return [body]
    return [item["body"] for item in items if isinstance(item.get("body"), dict)]


def _tamper(body: dict[str, Any], fault: Fault, url: str) -> None:
    link = next((name for name in _LINKS if name in body), _LINKS[0])
    if fault.name == "foreign-link":
        body[link] = _ELSEWHERE
    elif fault.name == "endless":
        number = next(_LINES)
        body[link] = f"{url}?$skiptoken={number}"
        body["value"] = [
            {**item, "line": number} if isinstance(item, dict) else item for item in body["value"]
        ]
    elif fault.name == "gigantic":
        body["padding"] = "x" * int(fault.number("megabytes", 100) * (1 << 20))
    else:
        body["value"] = [_deformed(number, item) for number, item in enumerate(body["value"], 1)]
        body["value"] += body["value"][:1]


def _deformed(number: int, item: Any) -> Any:
    """One object in five is whole; the others have wrong types, too little, no id, or bytes that nobody may obey."""
    if not isinstance(item, dict) or number % 5 == 0:
        return item
    if number % 5 == 1:
        return {name: value if _names(name) else _WRONG[type(value)] for name, value in item.items()}
    if number % 5 == 2:
        return {name: value for name, value in item.items() if _names(name)}
    if number % 5 == 3:
        return {name: value for name, value in item.items() if not _names(name)}
    return {
        name: f"{value}\x00\x1b[2J" if isinstance(value, str) and not _names(name) else value
        for name, value in item.items()
    }


def _names(name: str) -> bool:
    """Whether it is what an object is known by."""
    return name.lower() in ("id", "guid", "externaldirectoryobjectid", "@odata.type")
