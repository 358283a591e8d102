"""Lists of what is kept as plain documents (roles, applications): filtered, selected, cut into pages."""

from collections.abc import Callable, Iterable, Iterator
from typing import NamedTuple

from services.sandbox import odata_query
from services.sandbox.answers import DECODE, ENCODE, Call, Json, Reply, ok, unsupported
from services.sandbox.listing import Scope, context, next_link
from services.sandbox.odata_filter import AnyOf, Compare, Node, OneOf, Text, conjuncts
from services.sandbox.odata_match import matches
from services.sandbox.odata_query import Query
from services.sandbox.shapes import DEFAULTS, known, whole
from services.sandbox.store import Store

OPTIONS = frozenset({"$select", "$filter", "$top", "$skiptoken", "$format"})


class Kept(NamedTuple):
    """One document with its place in its collection."""

    seq: int
    doc: dict[str, Json]


class Shelf(NamedTuple):
    """How one kind of document is listed: its entity, its context, and what a filter may name."""

    entity: str
    context: str
    filterable: frozenset[str]
    options: frozenset[str] = OPTIONS
    page: int = 100


Expander = Callable[[dict[str, Json], Query], None]
"""Puts the expanded properties into a shown document."""


def kept(store: Store, collection: str, name: str = "", *values: str) -> Iterator[Kept]:
    """The documents of a collection in order; those alone whose property `name` is one of `values`."""
    sql = "SELECT seq, doc FROM documents WHERE collection=?"
    parameters = [collection]
    if name:
        sql += f" AND json_extract(CAST(doc AS TEXT), ?) IN ({','.join('?' * len(values))})"
        parameters += [f"$.{name}", *values]
    for seq, doc in store.db.execute(f"{sql} ORDER BY seq", parameters).fetchall():
        yield Kept(seq, DECODE(doc))


def find(store: Store, collection: str, key: str) -> Kept | None:
    """The document with this id, compared without case where it is a GUID."""
    sql = "SELECT seq, doc FROM documents WHERE collection=? AND id=?"
    row = store.db.execute(sql, (collection, key)).fetchone() or (
        store.db.execute(sql, (collection, key.lower())).fetchone()
    )
    return Kept(row[0], DECODE(row[1])) if row else None


def add(store: Store, collection: str, doc: dict[str, Json]) -> None:
    """Stores a new document behind the others."""
    store.db.execute(
        "INSERT INTO documents SELECT ?, coalesce(max(seq),-1)+1, ?, ? FROM documents WHERE collection=?",
        (collection, doc["id"], ENCODE(doc), collection),
    )


def remove(store: Store, collection: str, key: str) -> None:
    """Takes a document away."""
    store.db.execute("DELETE FROM documents WHERE collection=? AND id=?", (collection, key))


def listed(
    call: Call,
    shelf: Shelf,
    documents: Iterable[Kept],
    expand: Expander | None = None,
    query: Query | None = None,
) -> Reply:
    """One page of these documents. Raises Refusal."""
    query = query or read(call, shelf)
    start = int(query.skip[0]) if isinstance(query.skip, list) and query.skip else -1
    size = query.top or shelf.page
    found = [d for d in documents if query.filter is None or matches(query.filter, d.doc)]
    rest = [d for d in found if d.seq > start]
    answer: dict[str, Json] = {
        "@odata.context": context(call, Scope(shelf.entity, context=shelf.context), query)
    }
    if query.count and query.skip is None:
        answer["@odata.count"] = len(found)
    if len(rest) > size:
        answer["@odata.nextLink"] = next_link(call, [rest[size - 1].seq])
    answer["value"] = [_shown(shelf, d.doc, query, expand) for d in rest[:size]]
    return Reply(200, ENCODE(answer))


def single(call: Call, shelf: Shelf, document: dict[str, Json]) -> Reply:
    """One document by itself. Raises Refusal."""
    query = odata_query.read(call, frozenset({"$select", "$format"}))
    known(shelf.entity, query.select or ())
    head = {"@odata.context": f"{call.root}/$metadata#{shelf.context}/$entity"}
    return ok({**head, **_shown(shelf, document, query, None)})


def read(call: Call, shelf: Shelf) -> Query:
    """The options of a call for this shelf, checked. Raises Refusal 400."""
    query = odata_query.read(call, shelf.options)
    known(shelf.entity, query.select or ())
    for node in conjuncts(query.filter) if query.filter is not None else ():
        name = _name(node)
        if name not in shelf.filterable:
            raise unsupported(f"Invalid filter clause: the property '{name}' is not filterable.")
    return query


def _name(node: Node) -> str:
    if isinstance(node, Compare | OneOf | AnyOf | Text):
        return node.path[0]
    return type(node).__name__


def _shown(shelf: Shelf, doc: dict[str, Json], query: Query, expand: Expander | None) -> Json:
    shown = whole(shelf.entity, ENCODE(doc), query.select or DEFAULTS[shelf.entity])
    if query.expand and expand is not None:
        expand(shown, query)
    return shown
