"""SharePoint: every site, on where the user is a visitor, member or owner; a site opens a page of its subsites."""

from collections.abc import AsyncIterator, Callable

from services import sites
from services.operation import Answer
from services.sites import WEB
from services.tabs.site_rows import COLUMNS, TOGGLES, Site, home, resolve, row_of, site_of
from services.tabs.tab import Opening, Page, Row, ToggleTab
from services.tenant import Tenant
from services.user import User

_DEPTH = 20
"""How many levels of subsites are followed."""

_HERE = "(this site)"


def available(tenant: Tenant) -> str:
    """Hidden where the profile names no SharePoint."""
    return "" if tenant.profile.sharepoint_url else "no sharepoint_url in the tenant's profile"


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The sites as they arrive; who is in them is found by `resolve`, for the rows on screen.

    Subsites stand on the page of their site, unless the operator sees them alone.
    """
    root = await home(tenant)
    collections: set[str] = set()
    below: list[Site] = []
    first = True
    async for page in tenant.pages(sites.every()):
        found = [site_of(item) for item in page if item.get("id")]
        tops = [site for site in found if _is_top(site, root)]
        collections |= {_collection(site) for site in tops}
        below += [site for site in found if not _is_top(site, root)]
        yield Page([row_of(site, root) for site in tops], replace=first)
        first = False
    alone = [row_of(site, root) for site in below if _collection(site) not in collections]
    if alone:
        yield Page(alone)


def opens(user: User, row: Row) -> Opening:
    """The page of a site: itself and all that lie below it."""
    tab = ToggleTab(
        id=TAB.id,
        title=row.name,
        about="The site and its subsites, with a switch for visitors, members and owners.",
        toggles=TOGGLES,
        columns=COLUMNS,
        load=_loader(Site(row.key, row.name, row.facts.get(sites.URL, row.cells[1])), row),
        plan=TAB.plan,
        resolve=resolve,
        available=available,
        export=True,
    )
    return Opening(title=row.name, subject=user, tabs=(tab,))


def _loader(site: Site, opened: Row) -> Callable[[Tenant, User], AsyncIterator[Page]]:
    async def load_below(tenant: Tenant, user: User) -> AsyncIterator[Page]:
        """The site at once, then its subsites, level by level."""
        yield Page([_again(opened)], replace=True)
        root = await home(tenant)
        level = {site.id: (site, "")}
        seen, unseen = {site.id}, 0
        for _ in range(_DEPTH):
            answers = await tenant.ask([sites.subsites(i) for i in level])
            fresh: dict[str, tuple[Site, str]] = {}
            for (parent, trail), answer in zip(level.values(), answers, strict=True):
                found = _children(answer)
                if found is None:
                    found = await _from_sharepoint(tenant, parent, root)
                unseen += found is None
                for child in found or ():
                    if child.id not in seen:
                        seen.add(child.id)
                        fresh[child.id] = (child, f"{trail}{child.title} / ")
            note = f"the subsites of {unseen} are not shown to you" if unseen else ""
            rows = [row_of(child, root, trail.removesuffix(" / ")) for child, trail in fresh.values()]
            yield Page(rows, note=note)
            if not fresh:
                return
            level = fresh

    return load_below


def _again(row: Row) -> Row:
    """The row of the page before, to be looked at anew."""
    facts = {name: row.facts[name] for name in (WEB, sites.URL, "parent") if name in row.facts}
    locks = row.locks if WEB not in row.facts else ()
    return Row(row.key, row.name, (_HERE, row.cells[1]), (None,) * len(TOGGLES), locks, facts)


def _children(answer: Answer) -> list[Site] | None:
    """What Graph lists below a site; None where it does not."""
    value = answer.body.get("value") if answer.ok and isinstance(answer.body, dict) else None
    if not isinstance(value, list):
        return None
    return [site_of(item) for item in value if isinstance(item, dict) and item.get("id")]


async def _from_sharepoint(tenant: Tenant, parent: Site, root: str) -> list[Site] | None:
    """The same from SharePoint, where Graph refuses."""
    web = sites.web_path(parent.url, root)
    if web is None:
        return None
    (answer,) = await tenant.ask([sites.webs(web)])
    value = answer.body.get("value") if answer.ok and isinstance(answer.body, dict) else None
    if not isinstance(value, list):
        return None
    start = parent.id.rpartition(",")[0]
    return [
        Site(f"{start},{item['Id']}", str(item.get("Title") or item.get("Url")), str(item.get("Url") or ""))
        for item in value
        if isinstance(item, dict) and item.get("Id")
    ]


def _is_top(site: Site, root: str) -> bool:
    web = sites.web_path(site.url, root)
    return site.top or web is None or sites.parent_of(web, top=False) is None


def _collection(site: Site) -> str:
    """The part of Graph's id that names the site collection: `host,collection,web`."""
    return site.id.rpartition(",")[0]


TAB = ToggleTab(
    id="sharepoint",
    title="SharePoint",
    about="Every site of the tenant, with a switch for visitors, members and owners. A site opens its subsites.",
    toggles=TOGGLES,
    columns=COLUMNS,
    load=load,
    plan=sites.operations,
    resolve=resolve,
    available=available,
    opens=opens,
    export=True,
)
