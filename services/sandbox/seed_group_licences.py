"""The well-known group that hands out a licence: Project Alpha gives its direct members Visio."""

from services.sandbox.licence_states import derived, state
from services.sandbox.seed_licences import SKUS
from services.sandbox.store import FIRST_SEQ, MEMBER, Store, stored

_VISIO = next(sku for sku in SKUS if sku[1] == "VISIOCLIENT")
_SINCE = "2025-06-02T08:00:00Z"


def fill(store: Store) -> None:
    """Marks the group and gives its people the licence; before the seats are counted."""
    group = store.by_seq(FIRST_SEQ["group"])
    if group is None:
        return
    document = group.read() | {"assignedLicenses": [{"skuId": _VISIO[0], "disabledPlans": []}]}
    store.db.execute("UPDATE docs SET doc=? WHERE seq=?", (stored(document), group.seq))
    tenant = {
        sku: {"servicePlans": [{"servicePlanId": plan} for plan, _, _ in plans]} for sku, _, _, plans in SKUS
    }
    sql = "SELECT target FROM links WHERE rel=? AND source=?"
    for (seq,) in store.db.execute(sql, (MEMBER, group.seq)).fetchall():
        user = store.by_seq(seq)
        if user is None or user.type != "user" or user.deleted:
            continue
        document = user.read()
        given = state(_VISIO[0], group.id) | {"lastUpdatedDateTime": _SINCE}
        states = [*(document.get("licenseAssignmentStates") or ()), given]
        document |= derived(document, states, tenant, _SINCE)
        store.db.execute("UPDATE docs SET doc=? WHERE seq=?", (stored(document), seq))
        held = len(document["assignedLicenses"])
        store.db.execute("UPDATE objects SET licences=? WHERE seq=?", (held, seq))
