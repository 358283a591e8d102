"""Reads of users and groups: one object, lists, counts, and who belongs where."""

from services.sandbox import odata_query
from services.sandbox.answers import Call, Json, Refusal, Reply, bad_request, not_found, ok, unsupported
from services.sandbox.expansion import expand, manager
from services.sandbox.listing import Scope, count_objects, list_objects, relation
from services.sandbox.shapes import DEFAULTS, known, whole
from services.sandbox.store import MEMBER, OWNER, Store, Thing

_CASTS = {
    "microsoft.graph.group": "group",
    "microsoft.graph.user": "user",
    "microsoft.graph.directoryRole": "directoryRole",
    "microsoft.graph.administrativeUnit": "administrativeUnit",
}


def user_of(store: Store, key: str) -> Thing:
    """The user with this id or user principal name. Raises Refusal 404."""
    found = store.find_user(key)
    if found is None:
        raise not_found(key)
    return found


def group_of(store: Store, key: str) -> Thing:
    """The group with this id. Raises Refusal 404, or 400 for what is no id."""
    if len(key) != 36:
        raise bad_request(f"Invalid object identifier '{key}'.")
    found = store.find(key, "group")
    if found is None:
        raise not_found(key)
    return found


def users(store: Store, call: Call) -> Reply:
    """GET /users."""
    return list_objects(store, call, Scope("user", context="users"))


def users_count(store: Store, call: Call) -> Reply:
    """GET /users/$count."""
    return count_objects(store, call, Scope("user"))


def groups(store: Store, call: Call) -> Reply:
    """GET /groups."""
    return list_objects(store, call, Scope("group", context="groups"))


def groups_count(store: Store, call: Call) -> Reply:
    """GET /groups/$count."""
    return count_objects(store, call, Scope("group"))


def one(store: Store, call: Call, thing: Thing, context: str) -> Reply:
    """One object with its selected and expanded properties."""
    query = odata_query.read(call, odata_query.ONE_OPTIONS)
    known(thing.type, query.select or ())
    fields = f"({','.join(query.select)})" if query.select else ""
    document: dict[str, Json] = {"@odata.context": f"{call.root}/$metadata#{context}{fields}/$entity"}
    document |= whole(thing.type, thing.doc, query.select or DEFAULTS[thing.type])
    return ok(expand(store, thing.type, thing.seq, document, query.expand))


def user(store: Store, call: Call, key: str) -> Reply:
    """GET /users/{id or upn}."""
    return one(store, call, user_of(store, key), "users")


def me(store: Store, call: Call) -> Reply:
    """GET /me: the administrator whom the token stands for."""
    return one(store, call, user_of(store, store.fact("admin_id")), "users")


def group(store: Store, call: Call, key: str) -> Reply:
    """GET /groups/{id}."""
    return one(store, call, group_of(store, key), "groups")


def user_manager(store: Store, call: Call, key: str) -> Reply:
    """GET /users/{id}/manager."""
    query = odata_query.read(call, odata_query.ONE_OPTIONS)
    known("user", query.select or ())
    found = manager(store, user_of(store, key).seq, query.select)
    if found is None:
        raise not_found("manager")
    return ok({"@odata.context": f"{call.root}/$metadata#directoryObjects/$entity", **found})


def member_of(store: Store, call: Call, key: str, cast: str = "", transitive: bool = False) -> Reply:
    """GET /users/{id}/memberOf and transitiveMemberOf, with and without a cast."""
    where = relation(MEMBER, "up", user_of(store, key).seq, store, transitive=transitive)
    return related(store, call, where, cast)


def transitive_member_of(store: Store, call: Call, key: str, cast: str = "") -> Reply:
    """GET /users/{id}/transitiveMemberOf."""
    return member_of(store, call, key, cast, transitive=True)


def group_member_of(store: Store, call: Call, key: str, cast: str = "") -> Reply:
    """GET /groups/{id}/memberOf."""
    return related(store, call, relation(MEMBER, "up", group_of(store, key).seq, store), cast)


def members(store: Store, call: Call, key: str, cast: str = "") -> Reply:
    """GET /groups/{id}/members."""
    return related(store, call, relation(MEMBER, "down", group_of(store, key).seq, store), cast)


def transitive_members(store: Store, call: Call, key: str, cast: str = "") -> Reply:
    """GET /groups/{id}/transitiveMembers."""
    where = relation(MEMBER, "down", group_of(store, key).seq, store, transitive=True)
    return related(store, call, where, cast)


def owners(store: Store, call: Call, key: str, cast: str = "") -> Reply:
    """GET /groups/{id}/owners."""
    return related(store, call, relation(OWNER, "down", group_of(store, key).seq, store), cast)


def related(store: Store, call: Call, where: str, cast: str) -> Reply:
    """A list of linked objects; a cast with any other option, a filter or an order is an advanced query."""
    kind = ""
    if cast == "$count":
        return count_objects(store, call, Scope("", where))
    if cast:
        if cast not in _CASTS:
            raise bad_request(f"Resource not found for the segment '{cast}'.", "BadRequest")
        kind = _CASTS[cast]
        options = {name.lower().lstrip("$") for name in call.query} - {"count", "skiptoken"}
        if options and not _is_advanced(call):
            raise Refusal(
                400,
                "Request_UnsupportedQuery",
                "The specified query with OData cast is not supported because the required parameters might "
                "be missing. Try adding $count=true query parameter and ConsistencyLevel:eventual header.",
            )
    elif any(
        name.lower().lstrip("$") in ("filter", "orderby", "search") for name in call.query
    ) and not _is_advanced(call):
        raise unsupported("The specified filter to the reference property query is currently not supported.")
    context = f"{_plural(kind)}" if kind else "directoryObjects"
    return list_objects(store, call, Scope(kind, where, context=context, tagged=not kind))


def _is_advanced(call: Call) -> bool:
    return (
        call.headers.get("consistencylevel", "").lower() == "eventual"
        and call.query.get("$count", call.query.get("count", "")).lower() == "true"
    )


def _plural(kind: str) -> str:
    return f"{kind}s"
