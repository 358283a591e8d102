"""Whether a decoded document satisfies a $filter tree."""

from datetime import datetime
from typing import Any

from services.sandbox.answers import Json
from services.sandbox.odata_filter import (
    AnyOf,
    Both,
    Compare,
    Either,
    Literal,
    Node,
    Not,
    OneOf,
    Path,
    Text,
    moment,
)


def matches(node: Node, document: Json) -> bool:
    """True when the document is what the filter asks for. Strings compare without case."""
    return _matches(node, document, {})


def _matches(node: Node, document: Json, bound: dict[str, Json]) -> bool:
    match node:
        case Both(left, right):
            return _matches(left, document, bound) and _matches(right, document, bound)
        case Either(left, right):
            return _matches(left, document, bound) or _matches(right, document, bound)
        case Not(inner):
            return not _matches(inner, document, bound)
        case Compare(path, op, value):
            return _compare(_value(path, document, bound), op, value)
        case OneOf(path, values):
            found = _value(path, document, bound)
            return any(_compare(found, "eq", value) for value in values)
        case Text(function, path, value):
            return _text(function, _value(path, document, bound), value)
        case AnyOf(path, variable, body):
            items = _value(path, document, bound) or []
            if body is None:
                return bool(items)
            return any(_matches(body, document, {**bound, variable: item}) for item in items)


def _value(path: Path, document: Json, bound: dict[str, Json]) -> Json:
    found: Any = document
    if path[0] in bound:
        found, path = bound[path[0]], path[1:]
    for step in path:
        if step == "$count":
            return len(found or [])
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _text(function: str, found: Json, value: str) -> bool:
    if not isinstance(found, str):
        return False
    text, part = found.casefold(), value.casefold()
    if function == "startswith":
        return text.startswith(part)
    return text.endswith(part) if function == "endswith" else part in text


def _compare(found: Json, op: str, value: Literal) -> bool:
    if op in ("eq", "ne"):
        return _same(found, value) == (op == "eq")
    if found is None or value is None:
        return False
    left: Any = found
    right: Any = value
    if isinstance(value, datetime):
        left = moment(found)
    elif isinstance(value, str):
        left, right = str(found).casefold(), value.casefold()
    return bool({"gt": left > right, "ge": left >= right, "lt": left < right, "le": left <= right}[op])


def _same(found: Json, value: Literal) -> bool:
    if isinstance(value, datetime):
        return isinstance(found, str) and moment(found) == value
    if isinstance(value, str) and isinstance(found, str):
        return found.casefold() == value.casefold()
    if isinstance(value, bool) != isinstance(found, bool):
        return False
    return bool(found == value)
