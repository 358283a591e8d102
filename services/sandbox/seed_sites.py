"""SharePoint's sites: one for each of the first Microsoft 365 groups, and those that are connected to none."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from services.sandbox.options import TENANT_DOMAIN, Options
from services.sandbox.seed_hostile import HOSTILE
from services.sandbox.site_records import (
    EVERYBODY,
    LOGIN,
    MEMBERS,
    OWNERS,
    SECURITY,
    SECURITY_GROUP,
    UNIFIED,
    VISITORS,
    Collection,
    SiteGroup,
    Web,
    insert,
)
from services.sandbox.store import FIRST_SEQ, Store

Guid = Callable[[int, str, int], str]
_CONNECTED = 300
_TEAM, _PLAIN, _CLASSIC, _PAGES = "GROUP#0", "STS#3", "STS#0", "SITEPAGEPUBLISHING#0"
_NAMES = ("Visitors", "Members", "Owners")
_WELL_KNOWN = (
    # path, title, template, status with which it refuses the administrator
    ("", "Contoso Home", _PAGES, 0),
    ("/sites/benefits", "Benefits", _PAGES, 0),
    ("/sites/newsroom", "Newsroom", _PAGES, 0),
    ("/sites/engineering", "Engineering Portal", _CLASSIC, 0),
    ("/sites/finance", "Finance", _CLASSIC, 0),
    ("/sites/legal", "Legal", _PLAIN, 403),
    ("/sites/board", "Board", _PLAIN, 401),
    ("/teams/field", "Field Service", _PLAIN, 0),
    ("/sites/O'Brien & Söhne", "O'Brien & Söhne", _PLAIN, 0),
)
_SUBSITES = (
    # path, title, has groups of its own, status
    ("/sites/engineering/platform", "Platform", False, 0),
    ("/sites/engineering/platform/releases", "Releases", True, 0),
    ("/sites/engineering/vault", "Vault", True, 0),
    ("/sites/finance/audit", "Audit", True, 403),
    ("/sites/finance/2026", "Budget 2026", False, 0),
)
_TOPICS = ("Safety", "Travel", "Brand", "Learning", "Projects", "Suppliers", "Archive", "Events", "Policies",
           "Research")  # fmt: skip
_PLACES = ("Berlin", "Osaka", "Leeds", "Quito")

Person = tuple[str, str]
"""User principal name and display name."""


def fill(store: Store, options: Options, guid: Guid, epoch: datetime) -> None:
    """Writes the site collections; who is in which SharePoint group is drawn from the seed."""
    random = Random(options.seed + 7)  # noqa: S311 - a fixture, nothing secret
    people = [(str(upn), str(name)) for upn, name in store.db.execute(
        "SELECT upn, json_extract(CAST(doc AS TEXT), '$.displayName') FROM objects JOIN docs USING (seq) "
        "WHERE type='user' AND deleted=0 AND usertype='member' ORDER BY seq LIMIT 200"
    )]  # fmt: skip
    groups = {int(seq): (str(i), str(name), str(nick)) for seq, i, name, nick in store.db.execute(
        "SELECT seq, id, json_extract(CAST(doc AS TEXT), '$.displayName'), nick FROM objects "
        "JOIN docs USING (seq) WHERE type='group' AND deleted=0 AND unified=1 ORDER BY seq LIMIT ?",
        (_CONNECTED,),
    )}  # fmt: skip
    day = (epoch - timedelta(days=400)).strftime("%Y-%m-%dT%H:%M:%SZ")
    made: list[Collection] = []

    def new(path: str, title: str, template: str, closed: int = 0) -> Collection:
        place = len(made)
        web = Web(guid(options.seed, "web", place), path, title, (3, 4, 5), closed)
        made.append(Collection(guid(options.seed, "site", place), [web], template, day))
        return made[-1]

    for path, title, template, closed in _WELL_KNOWN:
        _drawn(new(path, title, template, closed), random, people)
    if options.hostile:
        for number, name in enumerate(HOSTILE):
            _drawn(new(f"/sites/hostile{number}", name, _PLAIN), random, people)
    for topic in _TOPICS:
        for place in _PLACES:
            _drawn(new(f"/sites/{topic}-{place}".lower(), f"{topic} {place}", _PAGES), random, people)
    for identity, name, nick in groups.values():
        _connected(new(f"/sites/{nick}", name, _TEAM), identity, name)
    _adele(made, people, groups)
    _everybody(made[0], guid(options.seed, "tenant", 0))
    _through(store, made)
    _subsites(made, guid, options.seed)
    personal = f"/personal/adelev_{TENANT_DOMAIN.replace('.', '_')}"
    new(
        personal, "Adele Vance", "SPSPERS#10"
    ).foreign = f"https://{TENANT_DOMAIN.split('.')[0]}-my.sharepoint.example"
    insert(store, made)


def _drawn(collection: Collection, random: Random, people: list[Person]) -> None:
    """Groups with a few people in each, never Adele, who is the first."""
    title = collection.webs[0].title
    collection.groups = [SiteGroup(3 + n, f"{title} {name}") for n, name in enumerate(_NAMES)]
    for group, most in zip(collection.groups, (5, 3, 1), strict=True):
        for upn, name in random.sample(people[1:], min(len(people[1:]), random.randrange(most + 1))):
            group.members.append(collection.welcome(f"{LOGIN}{upn}", name, mail=upn).id)


def _connected(collection: Collection, identity: str, name: str) -> None:
    """Members and owners are those of the Microsoft 365 group; visitors are the site's own."""
    collection.group = identity
    collection.groups = [SiteGroup(3 + n, f"{name} {word}") for n, word in enumerate(_NAMES)]
    members = collection.welcome(f"{UNIFIED}{identity}", f"{name} Members", SECURITY_GROUP)
    owners = collection.welcome(f"{UNIFIED}{identity}_o", f"{name} Owners", SECURITY_GROUP)
    collection.groups[MEMBERS].members.append(members.id)
    collection.groups[OWNERS].members.append(owners.id)


def _adele(made: list[Collection], people: list[Person], groups: dict[int, tuple[str, str, str]]) -> None:
    """Adele visits Benefits, works in Field Service, and was let into Contoso Marketing's site alone."""
    if not people:
        return
    upn, name = people[0]
    for path, place in (("/sites/benefits", VISITORS), ("/teams/field", MEMBERS)):
        _join(_at(made, path), place, upn, name)
    marketing = groups.get(FIRST_SEQ["group"] + 7)
    if marketing:
        _join(_at(made, f"/sites/{marketing[2]}"), VISITORS, upn, name)


def _join(collection: Collection, place: int, upn: str, name: str) -> None:
    who = collection.welcome(f"{LOGIN}{upn}", name, mail=upn)
    collection.groups[place].members.append(who.id)


def _at(made: list[Collection], path: str) -> Collection:
    return next(c for c in made if c.webs[0].path == path)


def _everybody(home: Collection, tenant_id: str) -> None:
    who = home.welcome(f"{EVERYBODY}{tenant_id}", "Everyone except external users", SECURITY_GROUP)
    home.groups[VISITORS].members.append(who.id)


def _through(store: Store, made: list[Collection]) -> None:
    """The security group Project Alpha reads the Newsroom, Contoso Marketing works in Engineering Portal."""
    first = FIRST_SEQ["group"]
    sql = "SELECT id, json_extract(CAST(doc AS TEXT), '$.displayName') FROM objects JOIN docs USING (seq) WHERE seq=?"
    for path, place, start, number in (
        ("/sites/newsroom", VISITORS, SECURITY, 0),
        ("/sites/engineering", MEMBERS, UNIFIED, 7),
    ):
        found = store.db.execute(sql, (first + number,)).fetchone()
        if found:
            collection = _at(made, path)
            who = collection.welcome(f"{start}{found[0]}", str(found[1]), SECURITY_GROUP)
            collection.groups[place].members.append(who.id)


def _subsites(made: list[Collection], guid: Guid, seed: int) -> None:
    for place, (path, title, own, closed) in enumerate(_SUBSITES):
        collection = _at(made, "/".join(path.split("/")[:3]))
        parent = max((w for w in collection.webs if path.startswith(f"{w.path}/")), key=lambda w: len(w.path))
        groups = parent.groups
        if own:
            start = max(group.id for group in collection.groups) + 1
            groups = (start, start + 1, start + 2)
            fresh = [SiteGroup(start + n, f"{title} {name}") for n, name in enumerate(_NAMES)]
            fresh[OWNERS].members.extend(collection.groups[OWNERS].members)
            collection.groups += fresh
        collection.webs.append(Web(guid(seed, "subsite", place), path, title, groups, closed))
