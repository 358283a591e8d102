"""The rows of sites: what a user is in each, who decides on it, and why a switch cannot be flipped."""

import asyncio
import re
from collections.abc import Iterable, Mapping, Sequence
from urllib.parse import unquote, urlsplit

import msgspec

from services import sites
from services.clean import clean
from services.columns import Column
from services.group import Group
from services.host_root import loopback
from services.members import group_read
from services.memberships import Memberships, memberships
from services.operation import Answer, Json, Request
from services.sites import GROUP, URL, WEB, Role, in_group, in_site
from services.tabs.microsoft_365_groups import LAST_OWNER, owners
from services.tabs.tab import Row, Toggle
from services.tenant import Tenant
from services.user import User

TOGGLES = tuple(Toggle(role.value, role.value.title(), f"{role.value} known in") for role in Role)
COLUMNS = (Column("displayName", "Site", least=20), Column("webUrl", "Address", least=16))

INHERITED = "Inherited from the site above: change it there"
NO_ENTRY = "You are not let in: an owner can make you the site's administrator"
GONE = "SharePoint does not know this site (any more)"
LOCKED = "SharePoint has locked this site: nobody can change it"
ABOVE_CLOSED = "You are not let into the site above, whose permissions this one may inherit"
OWNERS_UNSEEN = "The owners of the site's Microsoft 365 group are not shown to you"

_PARENT = "parent"
_LATER = (0, 408, 429, 500, 502, 503, 504)
_NO_GROUP = "00000000-0000-0000-0000-000000000000"
_CLAIM = re.compile(
    r"c:0o\.c\|federateddirectoryclaimprovider\|(?P<unified>[0-9a-f-]{36})(?P<owners>_o)?"
    r"|c:0t\.c\|tenant\|(?P<security>[0-9a-f-]{36})",
    re.IGNORECASE,
)
_EVERYBODY = ("c:0-.f|rolemanager|spo-grid-all-users/", "c:0(.s|true")


class Site(msgspec.Struct, frozen=True):
    """What a list tells of one site. `top`: it is known to be the first of its collection."""

    id: str
    title: str
    url: str
    top: bool = False


class _Known(msgspec.Struct, frozen=True):
    """All that was read for some rows; `owners` and `groups` by the id of the Microsoft 365 group."""

    user: User
    held: Memberships
    answers: Mapping[Request, Answer]
    owners: Mapping[str, Answer]
    groups: Mapping[str, Group]


def site_of(item: Mapping[str, Json]) -> Site:
    """A site from Graph's object."""
    url = str(item.get("webUrl") or "")
    title = str(item.get("displayName") or item.get("name") or url)
    return Site(str(item["id"]), title, url, isinstance(item.get("siteCollection"), dict))


async def home(tenant: Tenant) -> str:
    """What the addresses of the tenant's own sites begin with: the profile's SharePoint.

    A tenant on this machine may call its sites by the names of the cloud it stands for, as it does its other
    objects (`api-map.md` §2). The calls go to the profile's SharePoint all the same.
    """
    root = tenant.profile.sharepoint_url
    if not loopback(root):
        return root
    (answer,) = await tenant.ask([sites.root_site()])
    url = answer.body.get("webUrl") if answer.ok and isinstance(answer.body, dict) else None
    parts = urlsplit(url) if isinstance(url, str) else None
    return f"{parts.scheme}://{parts.netloc}" if parts and parts.netloc else root


def row_of(site: Site, root: str, cell: str = "") -> Row:
    """A row whose switches nobody has looked at; `cell` is its first text where that is not the title.

    `root` is what the addresses of the tenant's own sites begin with. A site on another host is locked: the
    token for this tenant's SharePoint must not go there.
    """
    web = sites.web_path(site.url, root)
    if web is None:
        lock = f"On another host than the profile's SharePoint address: {site.url}"
        return Row(site.id, site.title, (cell or site.title, site.url), (None,) * 3, (lock,) * 3)
    facts = {WEB: web, URL: site.url}
    parent = sites.parent_of(web, top=site.top)
    if parent is not None:
        facts[_PARENT] = parent
    cells = (cell or site.title, clean(unquote(web), 200) or "/")
    return Row(site.id, site.title, cells, (None,) * 3, (), facts)


async def resolve(tenant: Tenant, user: User, rows: Sequence[Row]) -> list[Row]:
    """The same rows with what could be found out; one that is locked whole is not asked again.

    Raises `RollcallError` when the user's own memberships cannot be read.
    """
    open_rows = [row for row in rows if WEB in row.facts and not all(row.lock(n) for n in range(3))]
    wanted = list(dict.fromkeys(request for row in open_rows for request in _requests(row)))
    said, held = await asyncio.gather(tenant.ask(wanted), memberships(tenant, user))
    answers = dict(zip(wanted, said, strict=True))
    ids = sorted({i for row in open_rows for i in _unified(row, answers)})
    of_groups, kept = await asyncio.gather(tenant.ask([owners(i) for i in ids]), _groups(tenant, ids))
    known = _Known(user, held, answers, dict(zip(ids, of_groups, strict=True)), kept)
    found = {row.key: _resolved(row, known) for row in open_rows}
    return [found.get(row.key, row) for row in rows]


async def _groups(tenant: Tenant, ids: Sequence[str]) -> dict[str, Group]:
    """What decides who may write these groups; one that nobody may read is left out."""
    found = {i: group for i in ids if (group := await tenant.groups.find(i)) is not None}
    unknown = [i for i in ids if i not in found]
    for identity, answer in zip(unknown, await tenant.ask([group_read(i) for i in unknown]), strict=True):
        if answer.ok:
            try:
                found[identity] = msgspec.convert(answer.body, Group)
            except msgspec.ValidationError:
                continue
    return found


def _requests(row: Row) -> list[Request]:
    web = row.facts[WEB]
    found = [sites.people(web, role) for role in Role]
    if _PARENT in row.facts:
        return [*found, sites.groups(web), sites.groups(row.facts[_PARENT])]
    return [*found, sites.connection(web)]


def _unified(row: Row, answers: Mapping[Request, Answer]) -> set[str]:
    """Ids of the Microsoft 365 groups whose owners decide on something in this site."""
    found = {group} if (group := _connected(row, answers)) else set()
    for role in Role:
        for principal in _listed(answers[sites.people(row.facts[WEB], role)]):
            claim = _CLAIM.fullmatch(_login(principal))
            if claim and claim["owners"]:
                found.add(claim["unified"].lower())
    return found


def _connected(row: Row, answers: Mapping[Request, Answer]) -> str:
    """The id of the group that the site is connected to, "" where there is none.

    As SharePoint says, or as its own groups show: the members' holds the group, the owners' its owners.
    """
    if _PARENT in row.facts:
        return ""
    web = row.facts[WEB]
    answer = answers[sites.connection(web)]
    if answer.ok and isinstance(answer.body, dict) and isinstance(given := answer.body.get("GroupId"), str):
        return "" if given == _NO_GROUP else given.lower()
    claims = {role: _claims(answers[sites.people(web, role)]) for role in (Role.MEMBER, Role.OWNER)}
    owned = {c["unified"].lower() for c in claims[Role.OWNER] if c["owners"]}
    joined = {c["unified"].lower() for c in claims[Role.MEMBER] if c["unified"] and not c["owners"]}
    return min(owned & joined, default="")


def _claims(answer: Answer) -> list[re.Match[str]]:
    return [claim for p in _listed(answer) if (claim := _CLAIM.fullmatch(_login(p)))]


def _resolved(row: Row, known: _Known) -> Row:
    people = {role: known.answers[sites.people(row.facts[WEB], role)] for role in Role}
    if whole := _closed(people.values()):
        return msgspec.structs.replace(row, on=(None,) * 3, locks=(whole,) * 3)
    if _PARENT not in row.facts and known.answers[sites.connection(row.facts[WEB])].status in _LATER:
        return row
    group = _connected(row, known.answers)
    facts = {WEB: row.facts[WEB], URL: row.facts[URL]} | ({GROUP: group} if group else {})
    if _PARENT in row.facts:
        facts[_PARENT] = row.facts[_PARENT]
    on: list[bool | None] = []
    locks: list[str] = []
    for role in Role:
        state, lock, learned = _switch(role, people[role], group, known)
        above = _above(row, role, known)
        on.append(state if above is not None else None)
        locks.append(above or lock)
        facts |= learned
    return msgspec.structs.replace(row, on=tuple(on), locks=tuple(locks) if any(locks) else (), facts=facts)


def _closed(answers: Iterable[Answer]) -> str:
    """Why nothing of a site can be seen; "" when something can."""
    statuses = {answer.status for answer in answers}
    if statuses <= {401, 403}:
        return NO_ENTRY
    return {frozenset({404}): GONE, frozenset({423}): LOCKED}.get(frozenset(statuses), "")


def _above(row: Row, role: Role, known: _Known) -> str | None:
    """The lock of a group that is the parent's; "" where it is not; None while that is not known."""
    if _PARENT not in row.facts:
        return ""
    own, above = (known.answers[sites.groups(row.facts[name])] for name in (WEB, _PARENT))
    if above.status in (401, 403):
        return ABOVE_CLOSED
    if own.status in _LATER or above.status in _LATER:
        return None
    number = _group_id(own, role)
    return INHERITED if number is not None and number == _group_id(above, role) else ""


def _group_id(answer: Answer, role: Role) -> Json:
    group = answer.body.get(role.associated) if answer.ok and isinstance(answer.body, dict) else None
    return group.get("Id") if isinstance(group, dict) else None


def _switch(role: Role, answer: Answer, group: str, known: _Known) -> tuple[bool | None, str, dict[str, str]]:
    """State, lock and facts of one switch."""
    if answer.status in _LATER:
        return None, "", {}
    if not answer.ok:
        why = f"The site has no group for its {role}s" if answer.status == 404 else _unseen(answer)
        return None, why, {}
    listed = _listed(answer)
    mine = f"{sites.LOGIN}{known.user.upn}".casefold()
    own = next((p for p in listed if _login(p).casefold() == mine), None)
    facts = {in_site(role): str(own["Id"])} if own is not None and own.get("Id") is not None else {}
    other = next((why for p in listed if (why := _through(p, group, known))), "")
    if not group or role is Role.VISITOR:
        lock = f"Through {other}: change it there" if other and own is None else ""
        return own is not None or bool(other), lock, facts
    held, lock = _in_connected(role, group, known, alone=own is None)
    if held is None:
        return None, lock, facts
    if held:
        facts[in_group(role)] = "yes"
    if other and own is None and not held:
        lock = f"Through {other}: change it there"
    return held or own is not None or bool(other), lock, facts


def _unseen(answer: Answer) -> str:
    return f"SharePoint does not show it: {answer.message or answer.status}"


def _in_connected(role: Role, group: str, known: _Known, *, alone: bool) -> tuple[bool | None, str]:
    """Whether the user has the role in the connected group, and why that cannot be changed."""
    kept = known.groups.get(group)
    if role is Role.MEMBER:
        held = group in known.held.direct
        return held, kept.lock if kept is not None and (held or alone) else ""
    answer = known.owners[group]
    if not answer.ok:
        return None, "" if answer.status in _LATER else OWNERS_UNSEEN
    ids = {str(o.get("id")).lower() for o in _listed(answer)}
    held = known.user.id.lower() in ids
    if kept is not None and kept.synced and (held or alone):
        return held, kept.lock
    return held, LAST_OWNER if held and len(ids) == 1 and alone else ""


def _through(principal: Mapping[str, Json], group: str, known: _Known) -> str:
    """What a principal is called that brings the user in without naming them; "" for one that does not.

    The connected group itself is not meant: it is changed here.
    """
    login, title = _login(principal), str(principal.get("Title") or "another group")
    if login.casefold().startswith(_EVERYBODY):
        return title if not known.user.guest or login.casefold().startswith(_EVERYBODY[1]) else ""
    claim = _CLAIM.fullmatch(login)
    if claim is None:
        return ""
    identity = (claim["unified"] or claim["security"]).lower()
    if identity == group:
        return ""
    if claim["owners"]:
        answer = known.owners.get(identity)
        people = _listed(answer) if answer is not None else []
        return title if any(str(o.get("id")).lower() == known.user.id.lower() for o in people) else ""
    return title if identity in known.held.direct or identity in known.held.inherited else ""


def _listed(answer: Answer) -> list[dict[str, Json]]:
    value = answer.body.get("value") if answer.ok and isinstance(answer.body, dict) else None
    return [one for one in value if isinstance(one, dict)] if isinstance(value, list) else []


def _login(principal: Mapping[str, Json]) -> str:
    return str(principal.get("LoginName") or "")
