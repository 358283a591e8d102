"""Site collections as they are kept: webs, SharePoint groups, and the people that SharePoint knows in each."""

from collections.abc import Iterator

import msgspec

from services.sandbox.answers import ENCODE
from services.sandbox.options import TENANT_DOMAIN
from services.sandbox.store import Store

KIND, BY_ID = "siteCollection", "siteCollectionId"
HOST = f"{TENANT_DOMAIN.split('.')[0]}.sharepoint.example"
"""What the ids of sites begin with, whatever the address they are served at."""

VISITORS, MEMBERS, OWNERS = 0, 1, 2
USER, SECURITY_GROUP, SHAREPOINT_GROUP = 1, 4, 8
"""SharePoint's principal types."""

LOGIN = "i:0#.f|membership|"
UNIFIED = "c:0o.c|federateddirectoryclaimprovider|"
SECURITY = "c:0t.c|tenant|"
EVERYBODY = "c:0-.f|rolemanager|spo-grid-all-users/"
"""How login names begin: people, Microsoft 365 groups, security groups, everyone but external users."""


class Principal(msgspec.Struct, frozen=True):
    """Someone in a site's user information list; `id` is a number of that site collection alone."""

    id: int
    login: str
    title: str
    kind: int = USER
    mail: str = ""


class SiteGroup(msgspec.Struct):
    """One SharePoint group; `members` are the ids of principals."""

    id: int
    title: str
    members: list[int] = []


class Web(msgspec.Struct):
    """One site. `path` is where it lies ("" for the root), `groups` the ids of visitors, members, owners.

    `closed` is the status with which it refuses the administrator, 0 where it does not.
    """

    id: str
    path: str
    title: str
    groups: tuple[int, int, int]
    closed: int = 0


class Collection(msgspec.Struct):
    """A site collection. The first of `webs` is its root; `group` is the id of the connected group.

    A `foreign` one is served at another address than the tenant's own.
    """

    id: str
    webs: list[Web]
    template: str
    created: str
    group: str = ""
    users: list[Principal] = []
    groups: list[SiteGroup] = []
    foreign: str = ""

    def web(self, path: str) -> Web | None:
        """The web at this path, compared without regard to case."""
        return next((web for web in self.webs if web.path.casefold() == path.casefold()), None)

    def below(self, web: Web) -> list[Web]:
        """Its subsites, those below it alone."""
        start = f"{web.path}/"
        return [w for w in self.webs if w.path.startswith(start) and "/" not in w.path[len(start) :]]

    def inside(self, number: int) -> list[Principal]:
        """Who is in a group, as they came."""
        by_id = {user.id: user for user in self.users}
        (group,) = [g for g in self.groups if g.id == number]
        return [by_id[n] for n in group.members]

    def known(self, login: str) -> Principal | None:
        """The principal with this login name."""
        return next((u for u in self.users if u.login.casefold() == login.casefold()), None)

    def welcome(self, login: str, title: str, kind: int = USER, mail: str = "") -> Principal:
        """The principal with this login name, written into the user information list where it is new."""
        found = self.known(login)
        if found is None:
            found = Principal(max((u.id for u in self.users), default=8) + 1, login, title, kind, mail)
            self.users.append(found)
        return found


def insert(store: Store, collections: list[Collection]) -> None:
    """Writes new collections."""
    store.db.executemany("INSERT INTO documents VALUES (?,?,?,?)", [
        row for n, one in enumerate(collections)
        for row in ((KIND, n, one.webs[0].path.casefold(), ENCODE(one)),
                    (BY_ID, n, one.id, ENCODE(one.webs[0].path)))
    ])  # fmt: skip


def every(store: Store) -> Iterator[Collection]:
    """All collections, as they were made."""
    sql = "SELECT doc FROM documents WHERE collection=? ORDER BY seq"
    for (doc,) in store.db.execute(sql, (KIND,)).fetchall():
        yield msgspec.json.decode(doc, type=Collection)


def by_id(store: Store, identity: str) -> Collection | None:
    """The collection with this id."""
    row = store.db.execute(
        "SELECT doc FROM documents WHERE collection=? AND id=?", (BY_ID, identity.lower())
    ).fetchone()
    return _rooted(store, msgspec.json.decode(row[0], type=str)) if row else None


def at(store: Store, path: str) -> Collection | None:
    """The collection that this path lies in: `/sites/x/sub` is in `/sites/x`, others are in the root's."""
    parts = path.split("/")
    root = "/".join(parts[:3]) if len(parts) > 2 and parts[1].lower() in ("sites", "teams") else ""
    return _rooted(store, root)


def save(store: Store, collection: Collection) -> None:
    """Stores a changed collection."""
    store.db.execute(
        "UPDATE documents SET doc=? WHERE collection=? AND id=?",
        (ENCODE(collection), KIND, collection.webs[0].path.casefold()),
    )


def _rooted(store: Store, path: str) -> Collection | None:
    row = store.db.execute(
        "SELECT doc FROM documents WHERE collection=? AND id=?", (KIND, path.casefold())
    ).fetchone()
    return msgspec.json.decode(row[0], type=Collection) if row else None
