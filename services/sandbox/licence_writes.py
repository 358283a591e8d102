"""POST /users/{id}/assignLicense, with the directory's refusals; what groups hand out comes along here too."""

import re

from services.sandbox import audit_trail, licence_states
from services.sandbox.answers import Call, Json, Refusal, Reply, bad_request, ok
from services.sandbox.directory_reads import user_of
from services.sandbox.licence_states import Object, Skus
from services.sandbox.odata_query import refuse_options
from services.sandbox.seed_licences import NEEDS
from services.sandbox.shapes import DEFAULTS, whole
from services.sandbox.store import Store, Thing

_PARAMETERS = ("addLicenses", "removeLicenses")
_GUID = re.compile(r"[0-9a-fA-F]{8}(?:-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}")
_EXCLUSIVE = (
    ("EXCHANGE_S_STANDARD", "EXCHANGE_S_ENTERPRISE"),
    ("SHAREPOINTSTANDARD", "SHAREPOINTENTERPRISE"),
)


def assign_license(store: Store, call: Call, key: str) -> Reply:
    """All of the call, or a refusal and nothing of it."""
    refuse_options(call)
    add, remove = _asked(call.json())
    user = user_of(store, key)
    skus = licence_states.skus(store)
    document = user.read()
    states = list(document.get("licenseAssignmentStates") or ())
    for sku in (*add, *remove):
        if sku not in skus:
            raise bad_request(f"License {sku} does not correspond to a valid company License.")
    for sku in remove:
        _refuse_removal(states, sku)
    if add and not document.get("usageLocation"):
        raise bad_request("License assignment cannot be done for user with invalid usage location.")
    for sku, off in add.items():
        _refuse_addition(skus, states, sku, off)
    kept = [s for s in states if s.get("assignedByGroup") or s["skuId"] not in {*add, *remove}]
    after = [*kept, *(licence_states.state(sku, None, off) for sku, off in add.items())]
    _refuse_exclusive(skus, after)
    _refuse_alone(skus, after)
    with store.transaction():
        licence_states.give(store, user, document, after, skus)
        _audit(store, user, document, skus)
    changed = store.find_user(user.id)
    shown = whole("user", changed.doc if changed else user.doc, DEFAULTS["user"])
    return ok({"@odata.context": f"{call.root}/$metadata#users/$entity", **shown})


def _asked(body: dict[str, Json]) -> tuple[dict[str, list[str]], list[str]]:
    """skuId -> disabled plans of what is to come, and the skuIds that are to go. Raises Refusal 400."""
    foreign = set(body) - set(_PARAMETERS)
    if foreign:
        raise _unreadable(f"The parameter '{min(foreign)}' in the request payload is not a valid parameter")
    missing = [name for name in _PARAMETERS if name not in body]
    if missing:
        raise _unreadable(
            "One or more parameters of the operation 'assignLicense' are missing from the request payload. "
            f"The missing parameters are: {', '.join(missing)}."
        )
    if not all(isinstance(body[name], list) for name in _PARAMETERS):
        raise _unreadable("A collection is expected.")
    add: dict[str, list[str]] = {}
    for item in body["addLicenses"]:
        if not isinstance(item, dict) or set(item) - {"skuId", "disabledPlans"}:
            raise _unreadable("An assignedLicense has the properties skuId and disabledPlans.")
        off = item.get("disabledPlans") or []
        if not isinstance(off, list):
            raise _unreadable("A collection is expected.")
        add[_guid(item.get("skuId"))] = [_guid(plan) for plan in off]
    remove = [_guid(sku) for sku in body["removeLicenses"]]
    if not add and not remove:
        raise bad_request("No license changes were specified.")
    if set(add) & set(remove) or len(set(remove)) < len(remove) or len(add) < len(body["addLicenses"]):
        raise bad_request("A license is specified more than once.")
    return add, remove


def _unreadable(message: str) -> Refusal:
    return bad_request(message, "BadRequest")


def _guid(value: Json) -> str:
    if not isinstance(value, str) or not _GUID.fullmatch(value):
        raise _unreadable(f"Cannot convert the literal '{value}' to the expected type 'Edm.Guid'.")
    return value.lower()


def _refuse_removal(states: list[Object], sku: str) -> None:
    held = [s for s in states if s["skuId"] == sku]
    if not held:
        raise bad_request("User does not have a corresponding license.")
    if all(s.get("assignedByGroup") for s in held):
        raise bad_request(
            "User license is inherited from a group membership and it cannot be removed directly from the user."
        )


def _refuse_addition(skus: Skus, states: list[Object], sku: str, off: list[str]) -> None:
    plans = {plan["servicePlanId"] for plan in skus[sku]["servicePlans"]}
    foreign = [plan for plan in off if plan not in plans]
    if foreign:
        raise bad_request(f"License assignment failed because service plan {foreign[0]} is not in {sku}.")
    counted = any(s["skuId"] == sku and s["state"] == "Active" for s in states)
    if not counted and licence_states.free(skus[sku]) <= 0:
        raise bad_request(f"Subscription with SKU {sku} does not have any available licenses.")


def _refuse_exclusive(skus: Skus, states: list[Object]) -> None:
    names = {
        plan["servicePlanName"]
        for state in states
        if state["state"] == "Active"
        for plan in skus[state["skuId"]]["servicePlans"]
        if plan["servicePlanId"] not in state["disabledPlans"]
    }
    for pair in _EXCLUSIVE:
        if names >= set(pair):
            raise bad_request(
                f"License assignment failed because service plans {pair[0]} and {pair[1]} are mutually exclusive."
            )


def _refuse_alone(skus: Skus, states: list[Object]) -> None:
    on = {
        plan["servicePlanId"]
        for state in states
        if state["state"] == "Active"
        for plan in skus[state["skuId"]]["servicePlans"]
        if plan["servicePlanId"] not in state["disabledPlans"]
    }
    for plan, needed in NEEDS.items():
        if plan in on and needed not in on:
            raise bad_request(
                f"License assignment failed because service plan {plan} depends on the service plan(s) {needed}."
            )


def _audit(store: Store, user: Thing, before: Object, skus: Skus) -> None:
    after = store.find_user(user.id)
    held = before.get("assignedLicenses") or ()
    holds = (after.read() if after else {}).get("assignedLicenses") or ()
    old, new = (licence_states.audited(store, some, skus) for some in (held, holds))
    changes: audit_trail.Changes = [
        ("AssignedLicense", old, new),
        ("Included Updated Properties", None, "AssignedLicense"),
    ]
    audit_trail.write(
        store, "Change user license", "UserManagement", "Update", [audit_trail.target(user, changes)]
    )
