"""GET /auditLogs/signIns: newest first; the beta also has those that no person was asked for."""

from services.sandbox import odata_query
from services.sandbox.answers import ENCODE, Call, Json, Reply, unsupported
from services.sandbox.listing import Scope, context, next_link
from services.sandbox.odata_filter import AnyOf, Compare, Node, OneOf, Text, conjuncts
from services.sandbox.odata_match import matches
from services.sandbox.shapes import DEFAULTS, known, projection
from services.sandbox.sign_in_days import documents
from services.sandbox.store import Store

_OPTIONS = frozenset({"$select", "$filter", "$orderby", "$top", "$skiptoken", "$format"})
_MAX_TOP = 1000
_SCOPE = Scope("signIn", context="auditLogs/signIns")
_FILTERABLE = frozenset({
    "id", "appDisplayName", "appId", "clientAppUsed", "conditionalAccessStatus", "correlationId",
    "createdDateTime", "deviceDetail", "ipAddress", "location", "resourceDisplayName", "resourceId",
    "riskDetail", "riskEventTypes_v2", "riskLevelAggregated", "riskLevelDuringSignIn", "riskState", "status",
    "userDisplayName", "userId", "userPrincipalName",
})  # fmt: skip
_KIND = "signInEventTypes"
_KINDS = frozenset({"interactiveUser", "nonInteractiveUser", "servicePrincipal", "managedIdentity"})


def sign_ins(store: Store, call: Call) -> Reply:
    """One page, newest first."""
    beta = call.root.endswith("/beta")
    query = odata_query.read(call, _OPTIONS, _MAX_TOP)
    known("signIn", query.select or ())
    parts = conjuncts(query.filter) if query.filter is not None else []
    kind = _kind(parts) if beta else ""
    allowed = _FILTERABLE | {_KIND} if beta else _FILTERABLE
    for node in parts:
        if isinstance(node, Compare | Text | AnyOf | OneOf) and node.path[0] not in allowed:
            raise unsupported(f"Invalid filter clause: the property '{node.path[0]}' is not filterable.")
    newest_first = True
    if query.orderby:
        if query.orderby[0][0] != "createdDateTime" or len(query.orderby) > 1:
            raise unsupported("Sorting is only supported on createdDateTime.")
        newest_first = query.orderby[0][1]
    drawn = documents(store, _user(parts), kind != "nonInteractiveUser")
    found = [d for d in drawn if all(matches(node, d) for node in parts)]
    found.sort(key=_place, reverse=newest_first)
    if query.skip is not None:
        after = tuple(query.skip)
        found = [d for d in found if (_place(d) < after if newest_first else _place(d) > after)]
    size = query.top or _MAX_TOP
    answer: dict[str, Json] = {"@odata.context": context(call, _SCOPE, query)}
    if len(found) > size:
        answer["@odata.nextLink"] = next_link(call, list(_place(found[size - 1])))
    shape = projection("signIn", query.select or DEFAULTS["signIn"], False)
    value: list[Json] = [shape(ENCODE(d)) for d in found[:size]]
    answer["value"] = found[:size] if beta and not query.select else value
    return Reply(200, ENCODE(answer))


def _place(document: dict[str, Json]) -> tuple[str, str]:
    return document["createdDateTime"], document["id"]


def _user(parts: list[Node]) -> str | None:
    """The one user whom the filter names."""
    for node in parts:
        match node:
            case Compare(("userId" | "userPrincipalName",), "eq", str() as key):
                return key
            case _:
                continue
    return None


def _kind(parts: list[Node]) -> str:
    """What kind of sign-in the beta is asked for. Raises Refusal for one that there is not."""
    for node in parts:
        match node:
            case AnyOf((name,), variable, Compare((bound,), "eq", str() as kind)) if (name, bound) == (
                _KIND,
                variable,
            ):
                if kind not in _KINDS:
                    raise unsupported(f"Invalid filter clause: there is no sign-in event type '{kind}'.")
                return kind
            case _:
                continue
    return ""
