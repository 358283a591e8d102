"""Reads a call's OData options; refuses what the service refuses, ConsistencyLevel rules included."""

import base64
import re
from typing import Any

import msgspec

from services.sandbox.answers import DECODE, ENCODE, Call, Refusal, bad_request, unsupported
from services.sandbox.odata_filter import AnyOf, Both, Compare, Either, Node, Not, Text, parse

LIST_OPTIONS = frozenset(
    {"$select", "$filter", "$search", "$orderby", "$top", "$count", "$expand", "$skiptoken", "$format"}
)
ONE_OPTIONS = frozenset({"$select", "$expand", "$format"})


class Expand(msgspec.Struct, frozen=True):
    """One `$expand`: a navigation property and what to take of it."""

    name: str
    select: tuple[str, ...] | None = None


class Query(msgspec.Struct, frozen=True):
    """The options of one call, read and checked."""

    select: tuple[str, ...] | None = None
    filter: Node | None = None
    search: str = ""
    orderby: tuple[tuple[str, bool], ...] = ()
    top: int | None = None
    count: bool = False
    expand: tuple[Expand, ...] = ()
    skip: Any = None
    eventual: bool = False


def read(call: Call, allowed: frozenset[str] = LIST_OPTIONS, max_top: int = 999) -> Query:
    """The options of the call. Raises Refusal 400."""
    options = {}
    for name, value in call.query.items():
        key = name.lower() if name.startswith("$") else f"${name.lower()}"
        if key not in allowed or key in options:
            raise bad_request(
                f"The query parameter '{name}' is not supported or was specified twice.", "BadRequest"
            )
        options[key] = value
    eventual = call.headers.get("consistencylevel", "").lower() == "eventual"
    count = _boolean(options.get("$count", "false"))
    query = Query(
        select=_names(options["$select"]) if "$select" in options else None,
        filter=parse(options["$filter"]) if "$filter" in options else None,
        search=options.get("$search", ""),
        orderby=_orderby(options.get("$orderby", "")),
        top=_top(options["$top"], max_top) if "$top" in options else None,
        count=count and eventual,
        expand=_expand(options.get("$expand", "")),
        skip=open_token(options["$skiptoken"]) if "$skiptoken" in options else None,
        eventual=eventual,
    )
    _consistency(query)
    return query


def seal_token(value: Any) -> str:
    """A paging or delta token: opaque to the client."""
    return base64.urlsafe_b64encode(ENCODE(value)).decode().rstrip("=")


def open_token(token: str) -> Any:
    """What `seal_token` sealed. Raises Refusal 400."""
    try:
        return DECODE(base64.urlsafe_b64decode(token + "=" * (-len(token) % 4)))
    except (ValueError, msgspec.DecodeError):
        raise bad_request(
            "The specified page token value is invalid.", "Directory_InvalidPageToken"
        ) from None


def _consistency(query: Query) -> None:
    """The advanced queries of api-map §2 need the header, and those of $filter also $count=true."""
    if query.search and not query.eventual:
        raise unsupported(
            "Request with $search query parameter only works through MSGraph with a special request header: "
            "'ConsistencyLevel: eventual'"
        )
    if query.filter is not None and not query.count:
        name = advanced_operator(query.filter)
        if name:
            raise unsupported(
                f"Operator '{name}' is not supported because the required parameters might be missing. Try "
                "adding $count=true query parameter and ConsistencyLevel:eventual header. Refer to "
                "https://aka.ms/graph-docs/advanced-queries for more information"
            )
    if query.orderby and (query.filter is not None or query.search) and not query.count:
        raise unsupported("Sorting not supported for current query.")


def advanced_operator(node: Node) -> str:
    """The first operator that makes a filter an advanced query, "" when it is none."""
    match node:
        case Not():
            return "Not"
        case Both(left, right) | Either(left, right):
            return advanced_operator(left) or advanced_operator(right)
        case Compare(path, op):
            return "Not Equals" if op == "ne" else "Count" if path[-1] == "$count" else ""
        case Text(function):
            return "EndsWith" if function == "endswith" else ""
        case AnyOf(_, _, body):
            return advanced_operator(body) if body is not None else ""
        case _:
            return ""


def _names(text: str) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(part.strip() for part in text.split(",")))
    if not all(re.fullmatch(r"[A-Za-z_][\w.@]*", name) for name in names):
        raise bad_request(f"Parsing OData Select and Expand failed: syntax error in '{text}'.", "BadRequest")
    return names


def _boolean(text: str) -> bool:
    if text.lower() not in ("true", "false"):
        raise bad_request(f"Invalid value '{text}' for $count query option found.", "BadRequest")
    return text.lower() == "true"


def _top(text: str, limit: int) -> int:
    if not re.fullmatch(r"-?\d{1,9}", text) or int(text) < 0:
        raise bad_request(f"Invalid value '{text}' for $top query option found.", "BadRequest")
    if not 1 <= int(text) <= limit:
        raise unsupported(f"Invalid page size specified: '{text}'. Must be between 1 and {limit} inclusive.")
    return int(text)


def _orderby(text: str) -> tuple[tuple[str, bool], ...]:
    found = []
    for part in filter(None, (p.strip() for p in text.split(","))):
        words = part.split()
        if len(words) > 2 or (len(words) == 2 and words[1].lower() not in ("asc", "desc")):
            raise bad_request(f"Invalid $orderby clause '{part}'.", "BadRequest")
        found.append((words[0], len(words) == 2 and words[1].lower() == "desc"))
    return tuple(found)


def _expand(text: str) -> tuple[Expand, ...]:
    found = []
    for part in filter(None, (p.strip() for p in re.split(r",(?![^(]*\))", text))):
        match = re.fullmatch(r"(\w+)(?:\(\$select=([^();]*)\))?", part)
        if match is None:
            raise bad_request(
                f"Parsing OData Select and Expand failed: syntax error in '{part}'.", "BadRequest"
            )
        found.append(Expand(match[1], _names(match[2]) if match[2] is not None else None))
    return tuple(found)


def refuse_options(call: Call) -> None:
    """For calls that take no options at all."""
    if call.query:
        raise Refusal(400, "BadRequest", f"The query parameter '{next(iter(call.query))}' is not supported.")
