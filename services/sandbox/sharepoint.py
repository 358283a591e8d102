"""The SharePoint REST service: `_api` below a site's address; who is in a site's three groups, and changing it."""

import re
from collections.abc import Callable

from services.sandbox import site_members, site_records
from services.sandbox.answers import ENCODE, Call, Json, Refusal, Reply, new_id
from services.sandbox.site_answers import DENIED, QUERY, listed, no_resource, refused, shown
from services.sandbox.site_records import Collection, Web
from services.sandbox.sites import web_url
from services.sandbox.store import Store

Handler = Callable[[Store, Call, Collection, Web], Reply]
_ASSOCIATED = ("AssociatedVisitorGroup", "AssociatedMemberGroup", "AssociatedOwnerGroup")
_SIZE = re.compile(r"associated(visitor|member|owner)group")
_ACCEPTED = re.compile(r"application/json\s*;\s*odata=nometadata", re.IGNORECASE)


class SharePoint:
    """Answers SharePoint calls on a store."""

    def __init__(self, store: Store) -> None:
        self._store = store

    def answer(self, call: Call) -> Reply:
        """The reply to a whole request. Raises Refusal."""
        lower = [segment.lower() for segment in call.segments]
        if "_api" not in lower:
            raise Refusal(404, "", "404 FILE NOT FOUND")
        if not _ACCEPTED.search(call.headers.get("accept", "")):
            raise Refusal(406, QUERY, "The sandbox answers application/json;odata=nometadata alone.")
        place = lower.index("_api")
        path = "".join(f"/{segment}" for segment in call.segments[:place])
        collection = site_records.at(self._store, path)
        web = collection.web(path) if collection else None
        if collection is None or web is None or collection.foreign:
            raise Refusal(404, "-2147024894, System.IO.FileNotFoundException", "The web cannot be found.")
        if web.closed:
            raise Refusal(web.closed, DENIED, "Access denied. You do not have permission to perform this action "
                          "or access this resource.")  # fmt: skip
        with self._store.transaction():
            return self._run(call, collection, web, call.segments[place + 1 :])

    def _run(self, call: Call, collection: Collection, web: Web, rest: tuple[str, ...]) -> Reply:
        names = [name.lower() for name in rest]
        match names:
            case ["web"]:
                only(call, "GET")
                return _web(call, collection, web)
            case ["web", "webs"]:
                only(call, "GET")
                root = call.root
                return listed(call, "web", [_web_facts(root, collection, w) for w in collection.below(web)])
            case ["site"]:
                only(call, "GET")
                return shown(call, "site", _site_facts(call.root, collection))
            case ["web", "ensureuser"]:
                only(call, "POST")
                return site_members.ensure(self._store, call, collection)
            case ["web", user] if user.startswith("siteusers("):
                only(call, "GET")
                return site_members.site_user(call, collection, rest[1])
            case ["web", group, *more] if _SIZE.fullmatch(group):
                number = web.groups[[n.lower() for n in _ASSOCIATED].index(group)]
                return self._group(call, collection, number, more)
            case _:
                raise no_resource(rest[-1] if rest else "_api")

    def _group(self, call: Call, collection: Collection, number: int, more: list[str]) -> Reply:
        match more:
            case []:
                only(call, "GET")
                return shown(call, "group", site_members.group_facts(collection, number))
            case ["users"] if call.method == "POST":
                return site_members.add(self._store, call, collection, number)
            case ["users"]:
                only(call, "GET")
                people = [site_members.facts(one) for one in collection.inside(number)]
                return listed(call, "user", people)
            case ["users", removal] if found := re.fullmatch(r"removebyid\((\d{1,9})\)", removal):
                only(call, "POST")
                return site_members.remove(self._store, call, collection, number, int(found[1]))
            case _:
                raise no_resource(more[-1])


def only(call: Call, method: str) -> None:
    """Raises Refusal 405 for another method."""
    if call.method != method:
        name = call.segments[-1]
        raise Refusal(
            405, QUERY, f"The HTTP method '{call.method}' cannot be used to access the resource '{name}'."
        )


def refusal_reply(refusal: Refusal, request_id: str, client_request_id: str) -> Reply:
    """A refusal in SharePoint's own shape; a token that is not accepted is told in another."""
    del request_id, client_request_id
    headers = (*refusal.headers, ("SPRequestGuid", new_id()))
    if refusal.status == 401 and refusal.code != DENIED:
        body: dict[str, Json] = {"error_description": refusal.message}
        return Reply(401, ENCODE(body), headers)
    return refused(refusal, headers)


def _web(call: Call, collection: Collection, web: Web) -> Reply:
    facts = _web_facts(call.root, collection, web)
    for name, number in zip(_ASSOCIATED, web.groups, strict=True):
        facts[name] = site_members.group_facts(collection, number)
    return shown(call, "web", facts, frozenset(_ASSOCIATED))


def _web_facts(root: str, collection: Collection, web: Web) -> dict[str, Json]:
    template, _, configuration = collection.template.partition("#")
    return {
        "Configuration": int(configuration),
        "Created": collection.created,
        "Description": "",
        "Id": web.id,
        "Language": 1033,
        "ServerRelativeUrl": web.path or "/",
        "Title": web.title,
        "Url": web_url(root, collection, web),
        "WebTemplate": template,
    }


def _site_facts(root: str, collection: Collection) -> dict[str, Json]:
    web = collection.webs[0]
    return {
        "GroupId": collection.group or "00000000-0000-0000-0000-000000000000",
        "Id": collection.id,
        "ServerRelativeUrl": web.path or "/",
        "Url": web_url(root, collection, web),
    }
