"""Lists of directory objects: filtered, searched, ordered, counted, cut into pages that survive writes."""

from collections.abc import Iterator
from typing import Any
from urllib.parse import quote

import msgspec

from services.sandbox import odata_query
from services.sandbox.answers import DECODE, ENCODE, Call, Json, Refusal, Reply, unsupported
from services.sandbox.expansion import expand
from services.sandbox.odata_filter import AnyOf, Both, Compare, Either, Node, Not, OneOf, Text, conjuncts
from services.sandbox.odata_match import matches
from services.sandbox.odata_query import Query
from services.sandbox.odata_search import Search, read_search
from services.sandbox.odata_sql import COLUMNS, to_sql
from services.sandbox.shapes import DEFAULTS, PROFILE_STORE, known, project, projection
from services.sandbox.store import FIRST_SEQ, Store, seq_range

ORDER = {"displayName": "name", "userPrincipalName": "upn", "mail": "mail", "createdDateTime": "created"}
_UNFILTERABLE = frozenset({
    "visibility", "aboutMe", "birthday", "interests", "mySite", "schools", "skills", "responsibilities",
    "pastProjects", "preferredName", "passwordProfile", "mailboxSettings", "theme", "isArchived",
    "signInSessionsValidFromDateTime",
    "licenseAssignmentStates", "unseenCount", "allowExternalSenders",
})  # fmt: skip


class Scope(msgspec.Struct, frozen=True):
    """Which objects a list is about: a kind ("" for any), a condition, and how many a page holds unasked."""

    kind: str = ""
    where: str = "deleted=0"
    parameters: tuple[Any, ...] = ()
    context: str = "directoryObjects"
    page: int = 100
    tagged: bool = False


def list_objects(store: Store, call: Call, scope: Scope) -> Reply:
    """One page. Raises Refusal."""
    query = odata_query.read(call)
    check(scope, query)
    if query.select and scope.kind == "user" and PROFILE_STORE & set(query.select):
        name = min(PROFILE_STORE & set(query.select))
        raise Refusal(
            501, "NotImplemented", f"The property '{name}' can only be retrieved for a single user."
        )
    size = query.top or scope.page
    rows = list(_rows(store, scope, query, query.skip, size + 1))
    value = _shown(store, scope, query, rows[:size])
    answer: dict[str, Json] = {"@odata.context": context(call, scope, query)}
    if query.count and query.skip is None:
        answer["@odata.count"] = total(store, scope, query)
    if len(rows) > size:
        answer["@odata.nextLink"] = next_link(call, list(rows[size - 1][2]))
    answer["value"] = value
    return Reply(200, ENCODE(answer))


def count_objects(store: Store, call: Call, scope: Scope) -> Reply:
    """`/$count`: a bare number; needs the header."""
    query = odata_query.read(call, frozenset({"$filter", "$search"}))
    if not query.eventual:
        raise unsupported("$count is not currently supported.")
    check(scope, query)
    return Reply(200, str(total(store, scope, query)).encode(), content_type="text/plain")


def check(scope: Scope, query: Query) -> None:
    """Refuses names that the kind does not publish or does not serve in a filter or an order."""
    known(scope.kind, query.select or ())
    if query.filter is not None:
        names = list(_names(query.filter))
        known(scope.kind, names)
        for name in names:
            if name in _UNFILTERABLE:
                raise _bad_filter(scope.kind, name)
        if any(isinstance(node, Text) and node.function == "contains" for node in _nodes(query.filter)):
            raise unsupported("Filter operator 'Contains' is not supported.")
    known(scope.kind, [name for name, _ in query.orderby])
    if len(query.orderby) > 1 or any(name not in ORDER for name, _ in query.orderby):
        raise unsupported("Sorting not supported for current query.")


def _bad_filter(kind: str, name: str) -> Refusal:
    resource = (kind or "directoryObject").capitalize()
    return unsupported(
        f"Unsupported or invalid query filter clause specified for property '{name}' of resource "
        f"'{resource}'."
    )


def _nodes(node: Node) -> Iterator[Node]:
    yield node
    match node:
        case Both(left, right) | Either(left, right):
            yield from _nodes(left)
            yield from _nodes(right)
        case Not(inner):
            yield from _nodes(inner)
        case _:
            return


def _names(node: Node) -> Iterator[str]:
    for part in _nodes(node):
        if isinstance(part, Compare | Text | OneOf | AnyOf):
            yield part.path[0]


def context(call: Call, scope: Scope, query: Query) -> str:
    """`@odata.context` of the list."""
    fields = f"({','.join(query.select)})" if query.select else ""
    return f"{call.root}/$metadata#{scope.context}{fields}"


def next_link(call: Call, token: Any) -> str:
    """The same call with a token for the rows after these."""
    options = [(k, v) for k, v in call.query.items() if k.lower().lstrip("$") != "skiptoken"]
    options.append(("$skiptoken", odata_query.seal_token(token)))
    path = "/".join(quote(segment, safe="$.") for segment in call.segments)
    return f"{call.root}/{path}?" + "&".join(f"{quote(k, safe='$')}={quote(v, safe='')}" for k, v in options)


Row = tuple[str, bytes, tuple[Any, ...]]
"""Kind, document, and the place in the order."""


def _rows(store: Store, scope: Scope, query: Query, after: Any, limit: int) -> Iterator[Row]:
    where, parameters, left = _where(scope, query)
    column, descending = "", False
    if query.orderby:
        name, descending = query.orderby[0]
        column = f"coalesce({ORDER[name]},'')" if name != "displayName" else "name"
    if after is not None:
        where, parameters = _after(where, parameters, column, descending, after)
    way = "DESC" if descending else "ASC"
    order = f"{column} {way}, seq {way}" if column else "seq"
    low, high = seq_range(scope.kind)
    within = f"type='{scope.kind}'" if column and scope.kind else f"seq >= {low} AND seq < {high}"
    sql = (
        f"SELECT type, doc, {column or 'NULL'}, seq FROM objects CROSS JOIN docs USING (seq) "  # noqa: S608
        f"WHERE {where} AND {within} ORDER BY {order}{'' if left else f' LIMIT {limit}'}"
    )
    found = 0
    for kind, doc, key, seq in store.db.execute(sql, parameters):
        if left and not _fits(left, kind, doc):
            continue
        yield kind, doc, (key, seq) if column else (seq,)
        found += 1
        if found >= limit:
            return


Left = list[Node | Search]


def _where(scope: Scope, query: Query) -> tuple[str, list[Any], Left]:
    """The SQL condition and what of the query Python must still look at."""
    parts = [scope.where]
    parameters = list(scope.parameters)
    left: Left = []
    for node in conjuncts(query.filter) if query.filter is not None else ():
        compiled = to_sql(scope.kind, node)
        if compiled is None:
            left.append(node)
        else:
            parts.append(compiled[0])
            parameters += compiled[1]
    if query.search:
        search = read_search(query.search)
        left.append(search)
        narrowed = search.to_sql() if scope.kind in COLUMNS else None
        if narrowed is not None:
            parts.append(narrowed[0])
            parameters += narrowed[1]
    return " AND ".join(parts), parameters, left


def _after(where: str, parameters: list[Any], column: str, down: bool, after: Any) -> tuple[str, list[Any]]:
    try:
        if not column:
            (seq,) = after
            return f"{where} AND seq > ?", [*parameters, int(seq)]
        key, seq = after
        sign = "<" if down else ">"
        return f"{where} AND ({column} {sign} ? OR ({column} = ? AND seq > ?))", [
            *parameters,
            key,
            key,
            int(seq),
        ]
    except (TypeError, ValueError):
        raise Refusal(
            400, "Directory_InvalidPageToken", "The specified page token value is invalid."
        ) from None


def _fits(left: Left, kind: str, doc: bytes) -> bool:
    document = DECODE(doc)
    return all(n.fits(document) if isinstance(n, Search) else matches(n, document) for n in left)


def total(store: Store, scope: Scope, query: Query) -> int:
    """How many objects the whole list holds."""
    where, parameters, left = _where(scope, query)
    if scope.kind:
        where = f"type='{scope.kind}' AND {where}"
    if left:
        sql = f"SELECT type, doc FROM objects JOIN docs USING (seq) WHERE {where}"  # noqa: S608 - our own condition
        rows = store.db.execute(sql, parameters)
        return sum(_fits(left, kind, doc) for kind, doc in rows)
    return int(store.db.execute(f"SELECT count(*) FROM objects WHERE {where}", parameters).fetchone()[0])  # noqa: S608


def _shown(store: Store, scope: Scope, query: Query, rows: list[Row]) -> list[Json]:
    if scope.kind and not query.expand:
        return list(
            project(scope.kind, query.select or DEFAULTS[scope.kind], scope.tagged, [r[1] for r in rows])
        )
    shown: list[Json] = []
    for kind, doc, place in rows:
        row = projection(kind, query.select or DEFAULTS[kind], scope.tagged)(doc)
        shown.append(
            expand(store, kind, place[-1], DECODE(ENCODE(row)), query.expand) if query.expand else row
        )
    return shown


def relation(rel: int, direction: str, end: int, store: Store, *, transitive: bool = False) -> str:
    """A condition for the objects at the other end of links: `up` to the sources, `down` to the targets."""
    near, far = ("target", "source") if direction == "up" else ("source", "target")
    where = f"SELECT {far} FROM links WHERE rel={rel} AND {near}={int(end)}"  # noqa: S608
    if transitive:
        # an administrative unit holds the groups in it, not their members
        through = f" AND l.{far} < {FIRST_SEQ['administrativeUnit']}"
        inner = (
            f"WITH RECURSIVE reached(s) AS ({where} UNION "  # noqa: S608
            f"SELECT l.{far} FROM links l JOIN reached ON l.rel={rel} AND l.{near}=reached.s{through}) "
            "SELECT s FROM reached"
        )
        return f"deleted=0 AND seq IN ({inner})"
    hide, show = store.visibility.differences(
        rel, **({"target": end} if direction == "up" else {"source": end})
    )
    condition = f"seq IN ({where})"
    if hide:
        condition += f" AND seq NOT IN ({','.join(map(str, hide))})"
    if show:
        condition = f"({condition} OR seq IN ({','.join(map(str, show))}))"
    return f"deleted=0 AND {condition}"
