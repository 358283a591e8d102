"""DELETE of users and groups: into the recycle bin."""

from datetime import UTC, datetime

from services.sandbox import audit_trail, licence_states
from services.sandbox.answers import NO_CONTENT, Call, Reply, bad_request
from services.sandbox.directory_reads import group_of, user_of
from services.sandbox.odata_query import refuse_options
from services.sandbox.store import Store, Thing


def delete_user(store: Store, call: Call, key: str) -> Reply:
    """DELETE /users/{id}."""
    return _delete(store, call, user_of(store, key), "Delete user", "UserManagement")


def delete_group(store: Store, call: Call, key: str) -> Reply:
    """DELETE /groups/{id}; Exchange's own groups are refused."""
    group = group_of(store, key)
    document = group.read()
    if document.get("mailEnabled") and "Unified" not in (document.get("groupTypes") or ()):
        raise bad_request("Cannot Delete a mail-enabled security groups and or distribution list.")
    return _delete(store, call, group, "Delete group", "GroupManagement")


def _delete(store: Store, call: Call, thing: Thing, activity: str, category: str) -> Reply:
    refuse_options(call)
    document = thing.read()
    if document.get("onPremisesSyncEnabled") is True:
        raise bad_request("Unable to delete an object that is mastered on-premises; delete it there.")
    document["deletedDateTime"] = datetime.now(UTC).strftime("%Y-%m-%dT%H:%M:%SZ")
    with store.transaction():
        store.save(thing, document, deleted=1)
        licence_states.people_count(store, thing, -1)
        audit_trail.write(store, activity, category, "Delete", [audit_trail.target(thing)])
    return NO_CONTENT
