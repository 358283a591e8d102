"""The marketplace of the tenant: licence requests with their life, by the protocol of `services.marketplace`.

Beside that protocol the buyer's side: `POST /requests/ID/decide` with a `status` approves, rejects or fulfils;
a fulfilled request brings the tenant one more seat.
"""

from services.sandbox import audit_trail, licence_states
from services.sandbox.answers import DECODE, ENCODE, Call, Json, Refusal, Reply, now_iso, ok
from services.sandbox.store import Store

_COLLECTION = "licenceRequest"
_FIELDS = {
    "userId": str,
    "userPrincipalName": str,
    "displayName": str,
    "skuId": str,
    "product": str,
    "disabledPlans": list,
}
_NEXT = {"pending": ("approved", "rejected"), "approved": ("fulfilled", "rejected")}

Object = dict[str, Json]


class Marketplace:
    """Answers the marketplace's calls on a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, call: Call) -> Reply:
        """The reply to a whole request. Raises Refusal."""
        match (call.method, call.segments):
            case ("POST", ("requests",)):
                return self._ask(call)
            case ("GET", ("requests",)):
                return self._list(call)
            case ("GET", ("requests", key)):
                return ok(_shown(self._one(key)))
            case ("POST", ("requests", key, "cancel")):
                return self._cancel(self._one(key))
            case ("POST", ("requests", key, "decide")):
                return self._decide(self._one(key), call.json())
        raise Refusal(404, "notFound", "There is nothing at this address of the marketplace.")

    def _ask(self, call: Call) -> Reply:
        body, key = call.json(), call.headers.get("idempotency-key", "")
        if not key:
            raise Refusal(400, "badRequest", "The header Idempotency-Key is missing.")
        for name, kind in _FIELDS.items():
            if not isinstance(body.get(name), kind):
                raise Refusal(400, "badRequest", f"The field {name} is missing or of another type.")
        if foreign := set(body) - set(_FIELDS):
            raise Refusal(400, "badRequest", f"There is no field {min(foreign)}.")
        if body["skuId"] not in licence_states.skus(self._store):
            raise Refusal(422, "unknownProduct", f"The marketplace does not sell {body['skuId']}.")
        every = self._all()
        for found in every:
            if found["key"] == key:
                if any(found[name] != body[name] for name in _FIELDS):
                    raise Refusal(409, "keyUsed", "The Idempotency-Key was used for another request.")
                return ok(_shown(found), 200)
        made = {"id": f"R-{1001 + len(every)}", "status": "pending", "createdDateTime": now_iso(), "key": key}
        made |= body
        with self._store.transaction():
            self._store.db.execute(
                "INSERT INTO documents VALUES (?,?,?,?)", (_COLLECTION, len(every), made["id"], ENCODE(made))
            )
        return ok(_shown(made), 201)

    def _list(self, call: Call) -> Reply:
        if set(call.query) - {"userId"}:
            raise Refusal(400, "badRequest", "Requests are listed by userId alone.")
        user = call.query.get("userId")
        found = [_shown(one) for one in reversed(self._all()) if user in (None, one["userId"])]
        return ok({"value": found})

    def _cancel(self, found: Object) -> Reply:
        if found["status"] not in ("pending", "cancelled"):
            raise Refusal(409, "notPending", f"The request is {found['status']} and cannot be cancelled.")
        return self._changed(found, "cancelled")

    def _decide(self, found: Object, body: Object) -> Reply:
        status = body.get("status")
        if status not in _NEXT.get(found["status"], ()):
            raise Refusal(409, "notPossible", f"A request that is {found['status']} cannot become {status}.")
        if status == "fulfilled":
            self._deliver(found["skuId"])
        return self._changed(found, str(status))

    def _deliver(self, sku: str) -> None:
        with self._store.transaction():
            for seq, raw in self._store.db.execute(
                "SELECT seq, doc FROM documents WHERE collection='subscribedSku'"
            ).fetchall():
                document = DECODE(raw)
                if document["skuId"] == sku:
                    document["prepaidUnits"]["enabled"] += 1
                    self._store.db.execute(
                        "UPDATE documents SET doc=? WHERE collection='subscribedSku' AND seq=?",
                        (ENCODE(document), seq),
                    )
            audit_trail.write(self._store, "Update company information", "DirectoryManagement", "Update", [])

    def _changed(self, found: Object, status: str) -> Reply:
        changed = {**found, "status": status}
        with self._store.transaction():
            self._store.db.execute(
                "UPDATE documents SET doc=? WHERE collection=? AND id=?",
                (ENCODE(changed), _COLLECTION, found["id"]),
            )
        return ok(_shown(changed))

    def _all(self) -> list[Object]:
        rows = self._store.db.execute(
            "SELECT doc FROM documents WHERE collection=? ORDER BY seq", (_COLLECTION,)
        )
        return [DECODE(row[0]) for row in rows]

    def _one(self, key: str) -> Object:
        for found in self._all():
            if found["id"] == key:
                return found
        raise Refusal(404, "notFound", f"There is no request {key}.")


def _shown(found: Object) -> Object:
    return {name: value for name, value in found.items() if name != "key"}
