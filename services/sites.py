"""SharePoint's sites: how one is asked who visits, works in and owns it, and how that is changed (`api-map.md` §6)."""

from collections.abc import Sequence
from enum import StrEnum
from urllib.parse import unquote, urlsplit

import msgspec

from services import powershell
from services.errors import InvalidInput
from services.members import Relation, in_graph
from services.operation import Already, HasMember, Look, Lookup, Operation, Request, Service
from services.transport.hosts import within
from services.transport.sharepoint import VERBOSE
from services.transport.urls import segment
from state.values import Change


class Role(StrEnum):
    """The three groups of a site; the values are the ids of the switches and part of SharePoint's names."""

    VISITOR = "visitor"
    MEMBER = "member"
    OWNER = "owner"

    @property
    def associated(self) -> str:
        """The site's property that leads to the group, as the service writes it in answers."""
        return f"Associated{self.title()}Group"


WEB, URL, GROUP = "web", "url", "group"
"""Facts of a row: the site's path below the host, its address, the id of the connected Microsoft 365 group."""

FIELDS = "id,displayName,webUrl,siteCollection"
LOGIN = "i:0#.f|membership|"
"""How SharePoint's login names of people begin."""

_GRAPHS = {Role.MEMBER: Relation.MEMBER, Role.OWNER: Relation.OWNER}
_MANAGED = ("sites", "teams", "personal", "portals")


def in_site(role: Role) -> str:
    """The fact that holds the user's id in the site, where the user itself is in the site's own group."""
    return f"{role}-id"


def in_group(role: Role) -> str:
    """The fact that is there where the user has the role through the connected group."""
    return f"{role}-group"


def web_path(url: str, root: str) -> str | None:
    """The encoded path of a site below the host `root`, "" for the host's own; None for one on another host."""
    if not root or not within(url, root):
        return None
    parts = [unquote(part) for part in urlsplit(url).path.split("/") if part]
    return "".join(f"/{segment(part)}" for part in parts)


def parent_of(path: str, *, top: bool) -> str | None:
    """The path of the site above; None where there is none: `top`, or where addresses of collections lie."""
    parts = path.split("/")[1:]
    if top or not parts or (len(parts) == 2 and parts[0].lower() in _MANAGED):
        return None
    return path.rpartition("/")[0]


def every() -> Request:
    """All sites of the tenant that the operator may see, subsites among them."""
    return Request(Service.GRAPH, path="/sites", query=(("search", "*"), ("$select", FIELDS)))


def root_site() -> Request:
    """The site at the root of the tenant's SharePoint."""
    return Request(Service.GRAPH, path="/sites/root", query=(("$select", "webUrl"),))


def subsites(site: str) -> Request:
    """The sites one level below a site, by Graph's id."""
    return Request(Service.GRAPH, path=f"/sites/{segment(site)}/sites", query=(("$select", FIELDS),))


def webs(web: str) -> Request:
    """The same from SharePoint itself."""
    return Request(Service.SHAREPOINT, path=f"{web}/_api/web/webs", query=(("$select", "Id,Title,Url"),))


def connection(web: str) -> Request:
    """Which Microsoft 365 group the site's collection is connected to."""
    return Request(Service.SHAREPOINT, path=f"{web}/_api/site", query=(("$select", "GroupId"),))


def groups(web: str) -> Request:
    """The ids of a site's three groups; a site that inherits has its parent's."""
    expand = ",".join(role.associated for role in Role)
    query = (("$select", "Title,Url"), ("$expand", expand))
    return Request(Service.SHAREPOINT, path=f"{web}/_api/web", query=query)


def people(web: str, role: Role) -> Request:
    """Who is in one of the three groups."""
    return Request(
        Service.SHAREPOINT,
        path=f"{web}/_api/web/associated{role}group/users",
        query=(("$select", "Id,Title,LoginName,PrincipalType"),),
    )


def operations(changes: Sequence[Change]) -> list[Operation]:
    """One call for each switch, two where the user is in the connected group and in the site's own too.

    Raises `InvalidInput` for a change of a row whose site was not looked at.
    """
    return [operation for change in changes for operation in _of_switch(change)]


def _of_switch(change: Change) -> list[Operation]:
    role = Role(change.field)
    if WEB not in change.facts:
        raise InvalidInput(f"Where {change.row_name} lies was not kept: stage it again.")
    group = change.facts.get(GROUP, "") if role in _GRAPHS else ""
    if not group:
        return [_both_ways(change)]
    found = []
    if change.after or change.facts.get(in_group(role)) or not change.facts.get(in_site(role)):
        of_group = msgspec.structs.replace(change, row=group)
        graph = in_graph(of_group, _GRAPHS[role])
        found.append(msgspec.structs.replace(graph, changes=(change.key,)))
    if not change.after and change.facts.get(in_site(role)):
        found.append(_both_ways(change))
    return found


def _both_ways(change: Change) -> Operation:
    back = msgspec.structs.replace(change, before=change.after, after=change.before)
    return msgspec.structs.replace(_one_way(change), inverse=_one_way(back), changes=(change.key,))


def _one_way(change: Change) -> Operation:
    role, adds, web = Role(change.field), bool(change.after), change.facts[WEB]
    login = LOGIN + change.user_name
    users = f"{web}/_api/web/associated{role}group/users"
    number = change.facts.get(in_site(role), "")
    lookup = None
    if adds:
        request = Request(
            Service.SHAREPOINT,
            "POST",
            users,
            headers=(("Content-Type", VERBOSE),),
            body={"__metadata": {"type": "SP.User"}, "LoginName": login},
        )
    else:
        request = Request(Service.SHAREPOINT, "POST", f"{users}/removebyid({number or Lookup.HERE})")
        # who was put in a moment ago has an id that nobody knows before
        lookup = None if number else Lookup(people(web, role), (("LoginName", login),), "Id")
    return Operation(
        title=f"{'Add' if adds else 'Remove'} site {role}",
        target=change.row_name,
        request=request,
        serial=f"site:{web}",
        powershell=_shell(change.facts.get(URL, ""), change.user_name, role, adds),
        before={change.field: bool(change.before)},
        after={change.field: adds},
        look=Look(people(web, role), (HasMember(change.field, (login,), ("LoginName",)),)),
        already=() if adds else tuple(Already(status, "Can not find the user") for status in (400, 404, 500)),
        lookup=lookup,
    )


def _shell(url: str, upn: str, role: Role, adds: bool) -> str:
    command = f"{'Add' if adds else 'Remove'}-PnPGroupMember"
    group = f"-Group (Get-PnPGroup -{role.associated})"
    connect = powershell.line("Connect-PnPOnline", {"Url": url, "Interactive": True})
    return f"{connect}; {powershell.line(command, {'LoginName': upn})} {group}"
