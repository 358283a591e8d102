"""Reports drawn from the users: who registered for multi-factor authentication."""

import zlib
from collections.abc import Callable, Iterator
from typing import Any

from services.sandbox import odata_query
from services.sandbox.answers import DECODE, ENCODE, Call, Json, Reply, not_found, ok
from services.sandbox.listing import Scope, context, next_link
from services.sandbox.odata_match import matches
from services.sandbox.odata_query import Query
from services.sandbox.shapes import known
from services.sandbox.store import Store

_OPTIONS = frozenset({"$select", "$filter", "$top", "$skiptoken", "$format", "$orderby", "$count"})
_USERS = (
    "SELECT seq, doc FROM objects CROSS JOIN docs USING (seq) "
    "WHERE seq > ? AND type='user' AND deleted=0 ORDER BY seq"
)
Derive = Callable[[dict[str, Json]], dict[str, Json] | None]


def registration_details(store: Store, call: Call) -> Reply:
    """GET /reports/authenticationMethods/userRegistrationDetails."""
    name = "reports/authenticationMethods/userRegistrationDetails"
    return report(store, call, "userRegistrationDetails", name, _registration, 999)


def registration_detail(store: Store, call: Call, key: str) -> Reply:
    """GET /reports/authenticationMethods/userRegistrationDetails/{id}."""
    return single(store, call, key, "reports/authenticationMethods/userRegistrationDetails", _registration)


def report(store: Store, call: Call, entity: str, name: str, derive: Derive, page: int) -> Reply:
    query = odata_query.read(call, _OPTIONS, max(page, 500))
    known(entity, query.select or ())
    size = query.top or page
    start = int(query.skip[0]) if isinstance(query.skip, list) and query.skip else 0
    rows: list[tuple[int, Json]] = []
    for seq, found in derived(store, derive, start):
        if query.filter is None or matches(query.filter, found):
            rows.append((seq, found))
            if len(rows) > size:
                break
    answer: dict[str, Json] = {"@odata.context": context(call, Scope(entity, context=name), query)}
    if len(rows) > size:
        answer["@odata.nextLink"] = next_link(call, [rows[size - 1][0]])
    answer["value"] = [selected(query, found) for _, found in rows[:size]]
    return Reply(200, ENCODE(answer))


def derived(store: Store, derive: Derive, start: int) -> Iterator[tuple[int, dict[str, Json]]]:
    for seq, doc in store.db.execute(_USERS, (start,)):
        found = derive(DECODE(doc))
        if found is not None:
            yield seq, found


def single(store: Store, call: Call, key: str, name: str, derive: Derive) -> Reply:
    query = odata_query.read(call, frozenset({"$select", "$format"}))
    thing = store.find(key, "user")
    found = derive(thing.read()) if thing else None
    if found is None:
        raise not_found(key)
    return ok({"@odata.context": f"{call.root}/$metadata#{name}/$entity", **selected(query, found)})


def selected(query: Query, found: dict[str, Json]) -> dict[str, Any]:
    return {k: v for k, v in found.items() if k in query.select} if query.select else found


def dice(document: dict[str, Json], what: str, sides: int) -> int:
    """A number below `sides` that is the same for this user whenever it is asked."""
    return zlib.crc32(f"{what}{document['id']}".encode()) % sides


def registered_methods(document: dict[str, Json]) -> list[str]:
    """How this user can answer a second question; nothing where it is not registered."""
    if dice(document, "mfa", 100) >= 70:
        return []
    return ["microsoftAuthenticatorPush", "mobilePhone"][: 1 + dice(document, "methods", 2)]


def _registration(document: dict[str, Json]) -> dict[str, Json]:
    methods = registered_methods(document)
    registered = bool(methods)
    return {
        "id": document["id"],
        "isAdmin": False,
        "isMfaCapable": registered,
        "isMfaRegistered": registered,
        "isPasswordlessCapable": False,
        "isSsprCapable": registered,
        "isSsprEnabled": True,
        "isSsprRegistered": registered,
        "isSystemPreferredAuthenticationMethodEnabled": True,
        "lastUpdatedDateTime": document["createdDateTime"],
        "methodsRegistered": methods,
        "systemPreferredAuthenticationMethods": methods[:1],
        "userDisplayName": document["displayName"],
        "userPreferredMethodForSecondaryAuthentication": "push" if registered else "none",
        "userPrincipalName": document["userPrincipalName"],
        "userType": "guest" if document.get("userType") == "Guest" else "member",
    }
