"""What licences a user holds and why, the plans that follow, and the seats they take."""

from collections.abc import Iterable
from typing import TypeAlias

from services.sandbox.answers import DECODE, ENCODE, Json, now_iso
from services.sandbox.seed_licences import SERVICES
from services.sandbox.store import Store, Thing

Object: TypeAlias = dict[str, Json]
Skus: TypeAlias = dict[str, Object]
"""skuId -> the subscribedSku."""


def skus(store: Store) -> Skus:
    """The subscriptions of the tenant as they stand."""
    rows = store.db.execute("SELECT doc FROM documents WHERE collection='subscribedSku' ORDER BY seq")
    return {document["skuId"]: document for document in (DECODE(row[0]) for row in rows)}


def free(sku: Object) -> int:
    """Seats that nobody has."""
    units = sku["prepaidUnits"]
    return int(units["enabled"] + units["warning"] - sku["consumedUnits"])


def state(sku: str, group: str | None, off: Iterable[str] = (), error: str = "None") -> Object:
    """One licenseAssignmentState, as of now."""
    return {
        "skuId": sku,
        "assignedByGroup": group,
        "disabledPlans": list(off),
        "error": error,
        "state": "Active" if error == "None" else "Error",
        "lastUpdatedDateTime": f"{now_iso()[:19]}Z",
    }


def give(store: Store, user: Thing, document: Object, states: list[Object], tenant: Skus) -> None:
    """Stores a user with these states, the licences and plans that follow, and moves the seats."""
    held = {a["skuId"] for a in document.get("assignedLicenses") or ()}
    found = derived(document, states, tenant)
    now = {a["skuId"] for a in found["assignedLicenses"]}
    store.save(user, {**document, **found})
    seats(store, now - held, 1)
    seats(store, held - now, -1)


def derived(document: Object, states: list[Object], tenant: Skus, at: str = "") -> Object:
    """The properties of a user that follow from the states; a plan that is gone stays listed as Deleted."""
    off: dict[str, set[str]] = {}
    for one in states:
        if one["state"] == "Active":
            plans = set(one["disabledPlans"])
            off[one["skuId"]] = off[one["skuId"]] & plans if one["skuId"] in off else plans
    enabled = {
        plan["servicePlanId"]
        for sku, disabled in off.items()
        for plan in tenant[sku]["servicePlans"]
        if plan["servicePlanId"] not in disabled
    }
    listed = {plan["servicePlanId"]: plan for plan in document.get("assignedPlans") or ()}
    at = at or f"{now_iso()[:19]}Z"
    for plan in [*listed, *sorted(enabled - set(listed))]:
        status = "Enabled" if plan in enabled else "Deleted"
        if listed.get(plan, {}).get("capabilityStatus") != status:
            listed[plan] = {
                "assignedDateTime": at, "capabilityStatus": status, "service": SERVICES.get(plan, ""),
                "servicePlanId": plan,
            }  # fmt: skip
    return {
        "assignedLicenses": [{"skuId": sku, "disabledPlans": sorted(plans)} for sku, plans in off.items()],
        "assignedPlans": list(listed.values()),
        "licenseAssignmentStates": states,
    }


def seats(store: Store, taken: Iterable[str], by: int) -> None:
    """Counts seats that were taken (or, with -1, given back)."""
    for sku in taken:
        for seq, raw in store.db.execute(
            "SELECT seq, doc FROM documents WHERE collection='subscribedSku'"
        ).fetchall():
            document = DECODE(raw)
            if document["skuId"] == sku:
                document["consumedUnits"] += by
                store.db.execute(
                    "UPDATE documents SET doc=? WHERE collection='subscribedSku' AND seq=?",
                    (ENCODE(document), seq),
                )


def people_count(store: Store, thing: Thing, by: int) -> None:
    """A user who goes into the recycle bin gives the seats back, and takes them again on the way out."""
    if thing.type == "user":
        seats(store, [a["skuId"] for a in thing.read().get("assignedLicenses") or ()], by)


def joined(store: Store, group: Thing, other: Thing) -> None:
    """A new direct member gets what the group hands out, as far as seats go. Nesting hands nothing on."""
    licences = group.read().get("assignedLicenses") or ()
    if other.type != "user" or not licences:
        return
    tenant, document = skus(store), other.read()
    states = list(document.get("licenseAssignmentStates") or ())
    for licence in licences:
        sku = licence["skuId"]
        counted = any(s["skuId"] == sku and s["state"] == "Active" for s in states)
        error = "None" if counted or free(tenant[sku]) > 0 else "CountViolation"
        if not document.get("usageLocation"):
            error = "ProhibitedInUsageLocationViolation"
        states.append(state(sku, group.id, licence.get("disabledPlans") or (), error))
    give(store, other, document, states, tenant)


def left(store: Store, group: Thing, other: Thing) -> None:
    """Who leaves a group loses what it handed out."""
    document = other.read()
    states = document.get("licenseAssignmentStates") or ()
    kept = [s for s in states if s.get("assignedByGroup") != group.id]
    if other.type == "user" and len(kept) < len(states):
        give(store, other, document, kept, skus(store))


def audited(store: Store, assigned: Iterable[Object], tenant: Skus) -> list[str]:
    """Licences as the audit log writes them."""
    account = store.fact("tenant_id")
    return [
        f"[SkuName={tenant[a['skuId']]['skuPartNumber']}, AccountId={account}, SkuId={a['skuId']}, "
        f"DisabledPlans=[{', '.join(a.get('disabledPlans') or ())}]]"
        for a in assigned
    ]
