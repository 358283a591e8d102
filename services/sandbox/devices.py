"""Intune's managed devices: lists, one device, and (beta only) who the primary user is."""

import re
from typing import Any

from services.sandbox import odata_query
from services.sandbox.answers import DECODE, ENCODE, NO_CONTENT, Call, Json, Refusal, Reply, bad_request, ok
from services.sandbox.directory_reads import user_of
from services.sandbox.listing import Scope, context, next_link
from services.sandbox.odata_match import matches
from services.sandbox.odata_query import refuse_options
from services.sandbox.seed_licences import INTUNE
from services.sandbox.shapes import DEFAULTS, known, projection, whole
from services.sandbox.store import Store

COLLECTION = "managedDevice"
PRIMARY = "primaryUsers"
"""What a stored device holds beside its properties: the ids of its primary users."""

_OPTIONS = frozenset({"$select", "$filter", "$top", "$skiptoken", "$count", "$format"})
_PAGE = 1000
_REFERENCE = re.compile(r"https://graph\.microsoft\.com/beta/users/([0-9a-fA-F-]{36})")


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
    _only_in_beta(call)
    query = odata_query.read(call, frozenset({"$select", "$format"}))
    known("user", query.select or ())
    found = [store.find(user, "user") for user in DECODE(_stored(store, key)).get(PRIMARY) or ()]
    value = [whole("user", u.doc, query.select or DEFAULTS["user"]) for u in found if u is not None]
    # an id is the same in capitals, as some services behind Graph write it
    shown = [{**user, "id": user["id"].upper()} for user in value]
    return ok({"@odata.context": f"{call.root}/$metadata#users", "value": shown})


def set_primary_user(store: Store, call: Call, key: str) -> Reply:
    """POST /beta/deviceManagement/managedDevices/{id}/users/$ref: 204, as often as it is asked."""
    _only_in_beta(call)
    refuse_options(call)
    body = call.json()
    named = _REFERENCE.fullmatch(str(body.get("@odata.id"))) if set(body) == {"@odata.id"} else None
    if named is None:
        raise bad_request(
            "The body must be the @odata.id of a user of the beta, and nothing else.", "BadRequest"
        )
    user = user_of(store, named[1])
    plans = user.read().get("assignedPlans") or ()
    if not any(p["servicePlanId"] == INTUNE[0] and p["capabilityStatus"] == "Enabled" for p in plans):
        raise Refusal(403, "Forbidden", "The user is not licensed for Intune. AppLifecycle_2210")
    return _primary(store, key, [user.id])


def clear_primary_user(store: Store, call: Call, key: str) -> Reply:
    """DELETE /beta/deviceManagement/managedDevices/{id}/users/$ref: a device of nobody's."""
    _only_in_beta(call)
    refuse_options(call)
    return _primary(store, key, [])


def _primary(store: Store, key: str, users: list[str]) -> Reply:
    document = DECODE(_stored(store, key)) | {PRIMARY: users}
    with store.transaction():
        sql = "UPDATE documents SET doc=? WHERE collection=? AND id=?"
        store.db.execute(sql, (ENCODE(document), COLLECTION, key.lower()))
    return NO_CONTENT


def _only_in_beta(call: Call) -> None:
    if not call.root.endswith("/beta"):
        raise bad_request("Resource not found for the segment 'users'.", "BadRequest")


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
