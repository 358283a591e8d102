"""Writes the directory's audit log: one record for every write of the tenant."""

from collections.abc import Iterable
from typing import Any

from services.sandbox.answers import ENCODE, Json, new_id, now_iso
from services.sandbox.store import Store, Thing

ADMIN_KEYS = ("admin_id", "admin_upn", "admin_name")
Changes = list[tuple[str, Json, Json]]
"""Property, old value, new value; None where there was or is none."""


def target(thing: Thing, changes: Changes | None = None) -> dict[str, Json]:
    """One target resource of a record."""
    document = thing.read()
    is_group = thing.type == "group"
    unified = "Unified" in (document.get("groupTypes") or ())
    return {
        "id": thing.id,
        "displayName": document.get("displayName"),
        "type": thing.type[:1].upper() + thing.type[1:],
        "userPrincipalName": document.get("userPrincipalName"),
        "groupType": ("unifiedGroups" if unified else "azureAD") if is_group else None,
        "modifiedProperties": modified(changes or ()),
    }


def modified(changes: Iterable[tuple[str, Json, Json]]) -> list[dict[str, Json]]:
    """The changed properties of a target."""
    return [{"displayName": n, "oldValue": _text(old), "newValue": _text(new)} for n, old, new in changes]


def _text(value: Json) -> str | None:
    return None if value is None else ENCODE(value).decode()


def write(store: Store, activity: str, category: str, operation: str, targets: list[dict[str, Json]]) -> None:
    """One record by the signed-in administrator, now."""
    actor = {key: store.fact(key) for key in ADMIN_KEYS}
    user = {
        "id": actor["admin_id"],
        "displayName": actor["admin_name"],
        "userPrincipalName": actor["admin_upn"],
        "ipAddress": "127.0.0.1",
    }
    insert(store, record(activity, category, operation, targets, user, now_iso(), new_id()))


def record(
    activity: str,
    category: str,
    operation: str,
    targets: list[Any],
    user: dict[str, Any],
    at: str,
    identity: str,
) -> dict[str, Json]:
    """A directoryAudit document."""
    return {
        "id": f"Directory_{identity}",
        "category": category,
        "correlationId": identity,
        "result": "success",
        "resultReason": "",
        "activityDisplayName": activity,
        "activityDateTime": at,
        "loggedByService": "Core Directory",
        "operationType": operation,
        "initiatedBy": {"app": None, "user": user},
        "targetResources": targets,
        "additionalDetails": [],
    }


def insert(store: Store, document: dict[str, Json]) -> None:
    """Stores a record and where to find it by the ids in it."""
    cursor = store.db.execute(
        "INSERT INTO audits (at, doc) VALUES (?,?)", (document["activityDateTime"], ENCODE(document))
    )
    ids = {(t["id"], "target") for t in document["targetResources"] if t["id"]}
    user = document["initiatedBy"]["user"]
    if user:
        ids.add((user["id"], "actor"))
    store.db.executemany(
        "INSERT OR IGNORE INTO audit_ids VALUES (?,?,?)", [(*pair, cursor.lastrowid) for pair in ids]
    )
