"""Intune's managed devices: lists, one device, and (beta only) who the primary user is."""

from typing import Any

from services.sandbox import odata_query
from services.sandbox.answers import DECODE, ENCODE, Call, Json, Refusal, Reply, bad_request, ok
from services.sandbox.directory_reads import user_of
from services.sandbox.listing import Scope, context, next_link
from services.sandbox.odata_match import matches
from services.sandbox.shapes import DEFAULTS, known, projection, whole
from services.sandbox.store import Store

COLLECTION = "managedDevice"
PRIMARY = "primaryUsers"
"""What a stored device holds beside its properties: the ids of its primary users."""

_OPTIONS = frozenset({"$select", "$filter", "$top", "$skiptoken", "$count", "$format"})
_PAGE = 1000


def of_user(store: Store, call: Call, key: str) -> Reply:
    """GET /users/{id}/managedDevices: those that were enrolled for the user."""
    user = user_of(store, key)
    return _listed(
        store,
        call,
        "CAST(doc AS TEXT) LIKE ?",
        f'%"userId":"{user.id}"%',
        f"users('{user.id}')/managedDevices",
    )


def managed_devices(store: Store, call: Call) -> Reply:
    """GET /deviceManagement/managedDevices."""
    return _listed(store, call, "CAST(doc AS TEXT) LIKE ?", "%", "deviceManagement/managedDevices")


def managed_device(store: Store, call: Call, key: str) -> Reply:
    """GET /deviceManagement/managedDevices/{id}."""
    query = odata_query.read(call, frozenset({"$select", "$format"}))
    known("managedDevice", query.select or ())
    shown = whole("managedDevice", _stored(store, key), query.select or DEFAULTS["managedDevice"])
    return ok({"@odata.context": f"{call.root}/$metadata#deviceManagement/managedDevices/$entity", **shown})


def users_of(store: Store, call: Call, key: str) -> Reply:
    """GET /beta/deviceManagement/managedDevices/{id}/users; v1.0 knows nothing of it."""
    if not call.root.endswith("/beta"):
        raise bad_request("Resource not found for the segment 'users'.", "BadRequest")
    query = odata_query.read(call, frozenset({"$select", "$format"}))
    known("user", query.select or ())
    found = [store.find(user, "user") for user in DECODE(_stored(store, key)).get(PRIMARY) or ()]
    value = [whole("user", u.doc, query.select or DEFAULTS["user"]) for u in found if u is not None]
    return ok({"@odata.context": f"{call.root}/$metadata#users", "value": value})


def _stored(store: Store, key: str) -> bytes:
    sql = "SELECT doc FROM documents WHERE collection=? AND id=?"
    row = store.db.execute(sql, (COLLECTION, key.lower())).fetchone()
    if row is None:
        raise Refusal(404, "ResourceNotFound", f"Device {key} was not found.")
    return bytes(row[0])


def _listed(store: Store, call: Call, where: str, value: str, name: str) -> Reply:
    query = odata_query.read(call, _OPTIONS, _PAGE)
    known("managedDevice", query.select or ())
    size = query.top or _PAGE
    start = int(query.skip[0]) if isinstance(query.skip, list) and query.skip else -1
    sql = f"SELECT seq, doc FROM documents WHERE collection=? AND seq>? AND {where} ORDER BY seq"  # noqa: S608
    rows: list[tuple[int, Any]] = []
    for seq, doc in store.db.execute(sql, (COLLECTION, start, value)):
        if query.filter is None or matches(query.filter, DECODE(doc)):
            rows.append((seq, doc))
            if len(rows) > size:
                break
    answer: dict[str, Json] = {"@odata.context": context(call, Scope("managedDevice", context=name), query)}
    if len(rows) > size:
        answer["@odata.nextLink"] = next_link(call, [rows[size - 1][0]])
    shape = projection("managedDevice", query.select or DEFAULTS["managedDevice"], False)
    answer["value"] = [shape(doc) for _, doc in rows[:size]]
    return Reply(200, ENCODE(answer))
