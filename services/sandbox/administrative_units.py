"""Administrative units: their list, and the users and groups in one."""

from services.sandbox.answers import Call, Reply, bad_request, not_found
from services.sandbox.directory_reads import related
from services.sandbox.listing import Scope, list_objects, relation
from services.sandbox.store import MEMBER, Store


def units(store: Store, call: Call) -> Reply:
    """GET /directory/administrativeUnits."""
    return list_objects(store, call, Scope("administrativeUnit", context="directory/administrativeUnits"))


def members(store: Store, call: Call, key: str, cast: str = "") -> Reply:
    """GET /directory/administrativeUnits/{id}/members, with and without a cast."""
    if len(key) != 36:
        raise bad_request(f"Invalid object identifier '{key}'.")
    unit = store.find(key, "administrativeUnit")
    if unit is None:
        raise not_found(key)
    return related(store, call, relation(MEMBER, "down", unit.seq, store), cast)
