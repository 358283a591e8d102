"""POST /users/{id}/revokeSignInSessions: every session that began before now is over."""

from services.sandbox import audit_trail
from services.sandbox.answers import Call, Reply, now_iso, ok
from services.sandbox.directory_reads import user_of
from services.sandbox.odata_query import refuse_options
from services.sandbox.store import Store


def revoke(store: Store, call: Call, key: str) -> Reply:
    """200 with true, as often as it is asked."""
    refuse_options(call)
    user = user_of(store, key)
    document = user.read()
    before, now = document.get("signInSessionsValidFromDateTime"), now_iso()
    with store.transaction():
        store.save(user, document | {"signInSessionsValidFromDateTime": now})
        changes: audit_trail.Changes = [("StsRefreshTokensValidFrom", [before] if before else [], [now])]
        audit_trail.write(
            store,
            "Update StsRefreshTokenValidFrom Timestamp",
            "UserManagement",
            "Update",
            [audit_trail.target(user, changes)],
        )
    return ok({"@odata.context": f"{call.root}/$metadata#Edm.Boolean", "value": True})
