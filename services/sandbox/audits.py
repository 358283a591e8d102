"""GET /auditLogs/directoryAudits: newest first, with the filters that the log serves."""

from datetime import datetime
from typing import Any

from services.sandbox import odata_query
from services.sandbox.answers import DECODE, ENCODE, Call, Json, Reply, unsupported
from services.sandbox.listing import Scope, context, next_link
from services.sandbox.odata_filter import AnyOf, Compare, Node, Text, conjuncts
from services.sandbox.odata_match import matches
from services.sandbox.shapes import DEFAULTS, known, projection
from services.sandbox.store import Store

_OPTIONS = frozenset({"$select", "$filter", "$orderby", "$top", "$skiptoken", "$format"})
_MAX_TOP = 1000
_SCOPE = Scope("directoryAudit", context="auditLogs/directoryAudits")
_FILTERABLE = frozenset({
    "id", "activityDateTime", "activityDisplayName", "category", "correlationId", "loggedByService", "result",
    "initiatedBy", "targetResources", "operationType",
})  # fmt: skip


def directory_audits(store: Store, call: Call) -> Reply:
    """One page of the log."""
    query = odata_query.read(call, _OPTIONS, _MAX_TOP)
    known("directoryAudit", query.select or ())
    parts = conjuncts(query.filter) if query.filter is not None else []
    for node in parts:
        if isinstance(node, Compare | Text | AnyOf) and node.path[0] not in _FILTERABLE:
            raise unsupported(f"Invalid filter clause: the property '{node.path[0]}' is not filterable.")
    newest_first = True
    if query.orderby:
        if query.orderby[0][0] != "activityDateTime" or len(query.orderby) > 1:
            raise unsupported("Sorting is only supported on activityDateTime.")
        newest_first = query.orderby[0][1]
    size = query.top or _MAX_TOP
    rows = _rows(store, parts, newest_first, query.skip, size + 1)
    shape = projection("directoryAudit", query.select or DEFAULTS["directoryAudit"], False)
    answer: dict[str, Json] = {"@odata.context": context(call, _SCOPE, query)}
    if len(rows) > size:
        answer["@odata.nextLink"] = next_link(call, list(rows[size - 1][:2]))
    answer["value"] = [shape(doc) for _, _, doc in rows[:size]]
    return Reply(200, ENCODE(answer))


def _rows(
    store: Store, parts: list[Node], newest_first: bool, after: Any, limit: int
) -> list[tuple[str, int, bytes]]:
    where, parameters, left = ["1"], [], []
    for node in parts:
        found = _sql(node)
        if found is None:
            left.append(node)
        else:
            where.append(found[0])
            parameters += found[1]
    if after is not None:
        sign = "<" if newest_first else ">"
        where.append(f"(at {sign} ? OR (at = ? AND seq {sign} ?))")
        parameters += [after[0], after[0], after[1]]
    way = "DESC" if newest_first else "ASC"
    sql = f"SELECT at, seq, doc FROM audits WHERE {' AND '.join(where)} ORDER BY at {way}, seq {way}"  # noqa: S608
    found_rows = []
    for row in store.db.execute(sql, parameters):
        if left:
            document = DECODE(row[2])
            if not all(matches(node, document) for node in left):
                continue
        found_rows.append(row)
        if len(found_rows) >= limit:
            break
    return found_rows


def _sql(node: Node) -> tuple[str, list[Any]] | None:
    match node:
        case AnyOf(("targetResources",), variable, Compare(path, "eq", value)) if path == (variable, "id"):
            return "seq IN (SELECT seq FROM audit_ids WHERE id=? AND role='target')", [value]
        case Compare(("initiatedBy", "user", "id"), "eq", value):
            return "seq IN (SELECT seq FROM audit_ids WHERE id=? AND role='actor')", [value]
        case Compare(("activityDateTime",), op, datetime() as value) if op in ("ge", "gt", "le", "lt"):
            sign = {"ge": ">=", "gt": ">", "le": "<=", "lt": "<"}[op]
            return f"at {sign} ?", [value.strftime("%Y-%m-%dT%H:%M:%S.%fZ")]
        case _:
            return None
