"""Graph's view of SharePoint: the search for sites, one site, and the subsites below one."""

from collections.abc import Iterable
from urllib.parse import quote

from services.sandbox import odata_query
from services.sandbox.answers import ENCODE, Call, Json, Refusal, Reply, ok
from services.sandbox.listing import Scope, context, next_link
from services.sandbox.odata_query import Query
from services.sandbox.shapes import DEFAULTS, known, whole
from services.sandbox.site_records import HOST, Collection, Web, by_id, every
from services.sandbox.store import Store

_OPTIONS = frozenset({"$select", "$top", "$skiptoken", "$format"})
_PAGE = 200


def search(store: Store, call: Call) -> Reply:
    """GET /sites?search=…: every site and subsite whose title holds the words; `*` is any."""
    words = call.query.get("search", "").strip()
    if not words:
        raise Refusal(400, "invalidRequest", "The request must have a search or a filter.")
    asked = Call(call.method, call.segments, {k: v for k, v in call.query.items() if k != "search"},
                 call.headers, call.body, call.root)  # fmt: skip
    query = _query(asked, _OPTIONS)
    found = ((c, w) for c in every(store) for w in c.webs if words == "*" or _fits(words, w.title))
    return _listed(call, found, query)


def site(store: Store, call: Call, key: str) -> Reply:
    """GET /sites/{id}; `root` is the tenant's own."""
    query = _query(call, frozenset({"$select", "$format"}))
    collection, web = _find(store, key)
    shown = _shown(call, collection, web, query)
    return ok({"@odata.context": f"{call.root}/$metadata#sites/$entity", **shown})


def subsites(store: Store, call: Call, key: str) -> Reply:
    """GET /sites/{id}/sites: one level."""
    query = _query(call, _OPTIONS)
    collection, web = _find(store, key)
    return _listed(call, ((collection, one) for one in collection.below(web)), query)


def web_url(root: str, collection: Collection, web: Web) -> str:
    """The address of a web as the services write it: encoded, on the address that was called."""
    return f"{collection.foreign or root}{quote(web.path, safe='/')}"


def _query(call: Call, options: frozenset[str]) -> Query:
    query = odata_query.read(call, options)
    known("site", query.select or ())
    return query


def _find(store: Store, key: str) -> tuple[Collection, Web]:
    if key.lower() == "root":
        home = next(every(store))
        return home, home.webs[0]
    parts = key.lower().split(",")
    if len(parts) == 3 and parts[0] == HOST:
        collection = by_id(store, parts[1])
        web = next((w for w in collection.webs if w.id == parts[2]), None) if collection else None
        if collection and web:
            return collection, web
    raise Refusal(404, "itemNotFound", "Requested site could not be found")


def _listed(call: Call, found: Iterable[tuple[Collection, Web]], query: Query) -> Reply:
    pairs = list(found)
    start = int(query.skip) if query.skip is not None else 0
    end = start + (query.top or _PAGE)
    answer: dict[str, Json] = {"@odata.context": context(call, Scope("site", context="sites"), query)}
    if end < len(pairs):
        answer["@odata.nextLink"] = next_link(call, end)
    answer["value"] = [_shown(call, c, w, query) for c, w in pairs[start:end]]
    return Reply(200, ENCODE(answer))


def _fits(words: str, title: str) -> bool:
    return all(word.strip('"').casefold() in title.casefold() for word in words.split())


def _shown(call: Call, collection: Collection, web: Web, query: Query) -> dict[str, Json]:
    top = web is collection.webs[0]
    document = {
        "id": f"{HOST},{collection.id},{web.id}",
        "createdDateTime": collection.created,
        "description": "",
        "displayName": web.title,
        "isPersonalSite": bool(collection.foreign),
        "lastModifiedDateTime": collection.created,
        "name": web.path.rpartition("/")[2],
        "root": {} if top else None,
        "siteCollection": {"hostname": HOST} if top else None,
        "webUrl": web_url(call.root.rpartition("/")[0], collection, web),
    }
    return whole("site", ENCODE(document), query.select or DEFAULTS["site"])
