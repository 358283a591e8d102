"""The tenant itself: organization, domains, subscribed SKUs. One page each, kept as documents."""

from services.sandbox import odata_query
from services.sandbox.answers import DECODE, ENCODE, Call, Reply
from services.sandbox.shapes import DEFAULTS, known, projection
from services.sandbox.store import Store

_SELECT_ONLY = frozenset({"$select", "$format"})


def organization(store: Store, call: Call) -> Reply:
    """GET /organization."""
    return _all(store, call, "organization", "organization")


def domains(store: Store, call: Call) -> Reply:
    """GET /domains."""
    return _all(store, call, "domain", "domains")


def subscribed_skus(store: Store, call: Call) -> Reply:
    """GET /subscribedSkus."""
    return _all(store, call, "subscribedSku", "subscribedSkus")


def verified_domains(store: Store) -> set[str]:
    """Names of the domains that user names may end in, lower case."""
    rows = store.db.execute("SELECT doc FROM documents WHERE collection='domain'")
    return {DECODE(row[0])["id"].lower() for row in rows}


def _all(store: Store, call: Call, entity: str, context: str) -> Reply:
    query = odata_query.read(call, _SELECT_ONLY)
    known(entity, query.select or ())
    rows = store.db.execute("SELECT doc FROM documents WHERE collection=? ORDER BY seq", (entity,))
    shape = projection(entity, query.select or DEFAULTS[entity], False)
    fields = f"({','.join(query.select)})" if query.select else ""
    value = [shape(row[0]) for row in rows]
    return Reply(200, ENCODE({"@odata.context": f"{call.root}/$metadata#{context}{fields}", "value": value}))
