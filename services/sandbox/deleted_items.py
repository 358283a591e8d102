"""The recycle bin: what was deleted in the last thirty days, and its restoring."""

from services.sandbox import audit_trail, licence_states, odata_query
from services.sandbox.answers import Call, Reply, bad_request, not_found, ok
from services.sandbox.listing import Scope, list_objects
from services.sandbox.shapes import DEFAULTS, whole
from services.sandbox.store import Store, Thing


def users(store: Store, call: Call) -> Reply:
    """GET /directory/deletedItems/microsoft.graph.user."""
    return list_objects(store, call, Scope("user", "deleted=1", context="users"))


def groups(store: Store, call: Call) -> Reply:
    """GET /directory/deletedItems/microsoft.graph.group."""
    return list_objects(store, call, Scope("group", "deleted=1", context="groups"))


def one(store: Store, call: Call, key: str) -> Reply:
    """GET /directory/deletedItems/{id}."""
    thing = _deleted(store, key)
    query = odata_query.read(call, odata_query.ONE_OPTIONS)
    document = whole(
        thing.type, thing.doc, query.select or (*DEFAULTS[thing.type], "deletedDateTime"), tagged=True
    )
    return ok({"@odata.context": f"{call.root}/$metadata#directoryObjects/$entity", **document})


def restore(store: Store, call: Call, key: str) -> Reply:
    """POST /directory/deletedItems/{id}/restore."""
    thing = _deleted(store, key)
    document = thing.read()
    document["deletedDateTime"] = None
    upn = document.get("userPrincipalName")
    if upn and store.find_user(upn):
        raise bad_request("Another object with the same value for property userPrincipalName already exists.")
    with store.transaction():
        store.save(thing, document)
        licence_states.people_count(store, thing, 1)
        name = f"Restore {thing.type}"
        audit_trail.write(
            store, name, f"{thing.type.capitalize()}Management", "Update", [audit_trail.target(thing)]
        )
    restored = store.find(thing.id)
    shown = whole(thing.type, restored.doc if restored else thing.doc, DEFAULTS[thing.type], tagged=True)
    return ok({"@odata.context": f"{call.root}/$metadata#directoryObjects/$entity", **shown})


def _deleted(store: Store, key: str) -> Thing:
    found = store.find(key, deleted=1)
    if found is None:
        raise not_found(key)
    return found
