"""$expand: the manager of a user, the members and owners of a group (twenty at most, as published)."""

from services.sandbox.answers import Json, Refusal
from services.sandbox.odata_query import Expand
from services.sandbox.shapes import known, whole
from services.sandbox.store import MANAGER, MEMBER, OWNER, Store

_ALLOWED = {"user": {"manager": MANAGER}, "group": {"members": MEMBER, "owners": OWNER}}


def expand(
    store: Store, kind: str, seq: int, document: dict[str, Json], wanted: tuple[Expand, ...]
) -> dict[str, Json]:
    """The document with its expanded properties. Raises Refusal 400 for what has no expansion."""
    for item in wanted:
        rel = _ALLOWED.get(kind, {}).get(item.name)
        if rel is None:
            raise Refusal(
                400,
                "BadRequest",
                f"Could not find a property named '{item.name}' on type 'microsoft.graph.{kind}'.",
            )
        known("", item.select or ())
        if rel == MANAGER:
            found = manager(store, seq, item.select)
            if found is not None:
                document["manager"] = found
        else:
            document[item.name] = _linked(store, rel, seq, item)
    return document


def manager(store: Store, seq: int, select: tuple[str, ...] | None) -> dict[str, Json] | None:
    """The user's manager, None where there is none."""
    for source in store.sources(MANAGER, seq):
        found = store.by_seq(source)
        if found is not None and not found.deleted:
            return whole(found.type, found.doc, select, tagged=True)
    return None


def _linked(store: Store, rel: int, seq: int, item: Expand) -> list[Json]:
    sql = (
        "SELECT o.type, d.doc FROM links l JOIN objects o ON o.seq=l.target JOIN docs d ON d.seq=o.seq "
        "WHERE l.rel=? AND l.source=? AND o.deleted=0 ORDER BY l.target LIMIT 20"
    )
    return [whole(kind, doc, item.select, tagged=True) for kind, doc in store.db.execute(sql, (rel, seq))]
