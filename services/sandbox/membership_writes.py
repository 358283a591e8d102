"""Adding and removing members, owners and managers through Graph, with the directory's own refusals."""

import re

from services.sandbox import audit_trail, licence_states
from services.sandbox.answers import NO_CONTENT, Call, Json, Refusal, Reply, bad_request, not_found
from services.sandbox.directory_reads import group_of, user_of
from services.sandbox.odata_query import refuse_options
from services.sandbox.store import MANAGER, MEMBER, OWNER, Store, Thing

_NAMES = {MEMBER: "members", OWNER: "owners"}
SYNCED = (
    "Unable to update the specified properties for on-premises mastered Directory Sync objects or objects "
    "currently undergoing migration."
)
_REFERENCE = re.compile(
    r"https://graph\.microsoft\.com/(?:v1\.0|beta)/(?:directoryObjects|users|groups)"
    r"(?:/([0-9a-fA-F-]{36})|\('([0-9a-fA-F-]{36})'\))"
)


def add_member(store: Store, call: Call, key: str) -> Reply:
    """POST /groups/{id}/members/$ref."""
    return _add(store, call, key, MEMBER)


def add_owner(store: Store, call: Call, key: str) -> Reply:
    """POST /groups/{id}/owners/$ref."""
    return _add(store, call, key, OWNER)


def remove_member(store: Store, call: Call, key: str, other: str) -> Reply:
    """DELETE /groups/{id}/members/{id}/$ref."""
    return _remove(store, call, key, other, MEMBER)


def remove_owner(store: Store, call: Call, key: str, other: str) -> Reply:
    """DELETE /groups/{id}/owners/{id}/$ref."""
    return _remove(store, call, key, other, OWNER)


def delete_without_ref(store: Store, call: Call, key: str, other: str) -> Reply:
    """The slip that deletes a person in the real service: never accepted here."""
    raise Refusal(
        405, "Request_BadRequest", "DELETE without '/$ref' would delete the directory object itself."
    )


def referenced(store: Store, call: Call) -> Thing:
    """The object that a reference body names. Raises Refusal 400 or 404."""
    body = call.json()
    if set(body) != {"@odata.id"} or not isinstance(body["@odata.id"], str):
        raise bad_request(
            "The request body must contain the property '@odata.id' and nothing else.", "BadRequest"
        )
    match = _REFERENCE.fullmatch(body["@odata.id"])
    if match is None:
        raise bad_request(f"Invalid URL format specified in payload: '{body['@odata.id']}'.")
    identity = match[1] or match[2]
    found = store.find(identity)
    if found is None:
        raise not_found(identity)
    return found


def refuse_unwritable(group: dict[str, Json], rel: int) -> None:
    """Refuses groups whose members (owners) Graph cannot write: synced, Exchange's own, dynamic."""
    types = group.get("groupTypes") or ()
    if group.get("onPremisesSyncEnabled") is True:
        raise bad_request(SYNCED)
    if group.get("mailEnabled") and "Unified" not in types:
        raise bad_request("Cannot Update a mail-enabled security groups and or distribution list.")
    if rel == MEMBER and "DynamicMembership" in types:
        raise Refusal(
            403,
            "Authorization_RequestDenied",
            "Insufficient privileges to complete the operation: a dynamic group's members follow its rule.",
        )


def _add(store: Store, call: Call, key: str, rel: int) -> Reply:
    refuse_options(call)
    group = group_of(store, key)
    other = referenced(store, call)
    document = group.read()
    refuse_unwritable(document, rel)
    _refuse_kind(document, group, other, rel)
    if store.linked(rel, group.seq, other.seq):
        raise bad_request(
            "One or more added object references already exist for the following modified properties: "
            f"'{_NAMES[rel]}'."
        )
    with store.transaction():
        store.link(rel, group.seq, other.seq)
        _audit(store, "Add", rel, group, other)
        if rel == MEMBER:
            licence_states.joined(store, group, other)
    return NO_CONTENT


def _refuse_kind(document: dict[str, Json], group: Thing, other: Thing, rel: int) -> None:
    only_people = rel == OWNER or "Unified" in (document.get("groupTypes") or ())
    nested_role = document.get("isAssignableToRole") is True and other.type == "group"
    if (
        other.type not in ("user", "group")
        or (only_people and other.type != "user")
        or other.seq == group.seq
    ):
        raise bad_request(
            f"An invalid operation was included in the following modified references: '{_NAMES[rel]}'."
        )
    if nested_role:
        raise bad_request("Nesting is currently not supported for groups that can be assigned to a role.")


def _remove(store: Store, call: Call, key: str, other_key: str, rel: int) -> Reply:
    refuse_options(call)
    group = group_of(store, key)
    refuse_unwritable(group.read(), rel)
    other = store.find(other_key)
    if other is None or not store.linked(rel, group.seq, other.seq):
        raise not_found(other_key)
    if rel == OWNER and _count(store, OWNER, group.seq) == 1:
        raise bad_request("The group must have at least one owner, hence this owner cannot be removed.")
    with store.transaction():
        store.unlink(rel, group.seq, other.seq)
        _audit(store, "Remove", rel, group, other)
        if rel == MEMBER:
            licence_states.left(store, group, other)
    return NO_CONTENT


def _count(store: Store, rel: int, source: int) -> int:
    sql = "SELECT count(*) FROM links WHERE rel=? AND source=?"
    return int(store.db.execute(sql, (rel, source)).fetchone()[0])


def _audit(store: Store, verb: str, rel: int, group: Thing, other: Thing) -> None:
    noun = "member" if rel == MEMBER else "owner"
    name = group.read().get("displayName")
    values: list[tuple[str, Json]] = [
        ("Group.ObjectID", group.id), ("Group.DisplayName", name), ("Group.WellKnownObjectName", None)
    ]  # fmt: skip
    changes = [(prop, None, value) if verb == "Add" else (prop, value, None) for prop, value in values]
    activity = f"{verb} {noun} {'to' if verb == 'Add' else 'from'} group"
    operation = "Assign" if verb == "Add" else "Unassign"
    targets = [audit_trail.target(other, changes), audit_trail.target(group)]
    audit_trail.write(store, activity, "GroupManagement", operation, targets)


def set_manager(store: Store, call: Call, key: str) -> Reply:
    """PUT /users/{id}/manager/$ref."""
    refuse_options(call)
    user = user_of(store, key)
    boss = referenced(store, call)
    _refuse_synced(user)
    if boss.type != "user" or boss.seq == user.seq:
        raise bad_request(
            "An invalid operation was included in the following modified references: 'manager'."
        )
    with store.transaction():
        for source in store.sources(MANAGER, user.seq):
            store.unlink(MANAGER, source, user.seq)
        store.link(MANAGER, boss.seq, user.seq)
        store.touch(user.seq)
        changes: audit_trail.Changes = [("Manager", None, boss.id)]
        audit_trail.write(
            store, "Update user", "UserManagement", "Update", [audit_trail.target(user, changes)]
        )
    return NO_CONTENT


def clear_manager(store: Store, call: Call, key: str) -> Reply:
    """DELETE /users/{id}/manager/$ref."""
    refuse_options(call)
    user = user_of(store, key)
    _refuse_synced(user)
    sources = store.sources(MANAGER, user.seq)
    if not sources:
        raise not_found("manager")
    with store.transaction():
        for source in sources:
            store.unlink(MANAGER, source, user.seq)
        store.touch(user.seq)
        boss = store.by_seq(sources[0])
        changes: audit_trail.Changes = [("Manager", boss.id if boss else None, None)]
        audit_trail.write(
            store, "Update user", "UserManagement", "Update", [audit_trail.target(user, changes)]
        )
    return NO_CONTENT


def _refuse_synced(user: Thing) -> None:
    if user.read().get("onPremisesSyncEnabled") is True:
        raise bad_request(SYNCED)
