"""Recipients: finds users, guests and mail-enabled security groups by typing, for the questions of a form."""

import asyncio
from collections.abc import AsyncIterator, Collection, Iterable, Sequence

import msgspec

from services.action import RecipientKind
from services.errors import RollcallError
from services.found import Found, Recipient
from services.group import Group, GroupKind
from services.matching import natural
from services.operation import Json, Request, Service
from services.tenant import Tenant
from services.transport.urls import odata_string
from services.user import User, of_json

MOST = 25
"""How many are listed of each search."""

_USERS = (RecipientKind.USER, RecipientKind.GUEST)
_GROUPS = "mailEnabled eq true and securityEnabled eq true and NOT groupTypes/any(c:c eq 'Unified')"
"""`api-map.md` §3.4."""


async def find(tenant: Tenant, text: str, kinds: Collection[RecipientKind]) -> Found:
    """Those whose name or address starts with the text, live; then others that are known and match.

    Raises the first `RollcallError` when every part of the search failed.
    """
    term = odata_string(text.strip())
    if not term:
        return Found(())
    searches = []
    if any(kind in kinds for kind in _USERS):
        searches.append(_users(tenant, term))
    if RecipientKind.MAIL_SECURITY_GROUP in kinds:
        searches.append(_groups(tenant, term))
    parts = await asyncio.gather(*searches, return_exceptions=True)
    failures = [part for part in parts if isinstance(part, BaseException)]
    for failure in failures:
        if len(failures) == len(parts) or not isinstance(failure, RollcallError):
            raise failure
    live = [r for part in parts if not isinstance(part, BaseException) for r in part]
    listed = {r.id: r for r in (*live, *await _known(tenant, text, kinds)) if r.kind in kinds}
    complaint = next((f.sentence for f in failures if isinstance(f, RollcallError)), "")
    return Found(tuple(listed.values())[: 2 * MOST], complaint)


async def _users(tenant: Tenant, term: str) -> list[Recipient]:
    """By `startswith`, which needs no index that lags behind writes (`api-map.md` §3.1)."""
    fields = ("displayName", "userPrincipalName", "mail")
    request = Request(
        Service.GRAPH,
        path="/users",
        query=(
            ("$filter", " or ".join(f"startswith({field},'{term}')" for field in fields)),
            ("$select", "id,displayName,userPrincipalName,mail,userType"),
            ("$top", str(2 * MOST)),
        ),
    )
    body = await tenant.read(request)
    return [of_user(of_json(found)) for found in body.get("value") or ()]


async def _groups(tenant: Tenant, term: str) -> list[Recipient]:
    request = Request(
        Service.GRAPH,
        path="/groups",
        query=(
            ("$filter", f"{_GROUPS} and (startswith(displayName,'{term}') or startswith(mail,'{term}'))"),
            ("$select", "id,displayName,mail,groupTypes,mailEnabled,securityEnabled"),
            ("$count", "true"),
            ("$top", str(MOST)),
        ),
        headers=(("ConsistencyLevel", "eventual"),),
    )
    body = await tenant.read(request)
    groups = [msgspec.convert(found, Group) for found in body.get("value") or ()]
    return list(_of_groups(groups))


async def _known(tenant: Tenant, text: str, kinds: Collection[RecipientKind]) -> list[Recipient]:
    """Known ones with every typed word anywhere in name or address, by name: Graph only looks at beginnings."""
    words = text.casefold().split()
    found: list[Recipient] = []
    async for some in _all_known(tenant, kinds):
        found += (r for r in some if r.kind in kinds and _holds(r, words))
        if len(found) >= MOST:
            break
    return sorted(found[:MOST], key=lambda recipient: natural(recipient.name))


async def _all_known(tenant: Tenant, kinds: Collection[RecipientKind]) -> AsyncIterator[Iterable[Recipient]]:
    """Only of the lists that hold such kinds: they are unpacked for each search."""
    if any(kind in kinds for kind in _USERS):
        async for users in tenant.users.known():
            yield map(of_user, users)
    if RecipientKind.MAIL_SECURITY_GROUP in kinds:
        async for groups in tenant.groups.known():
            yield _of_groups(groups)


def _holds(recipient: Recipient, words: Sequence[str]) -> bool:
    haystack = f"{recipient.name} {recipient.address}".casefold()
    return all(word in haystack for word in words)


def of_user(user: User) -> Recipient:
    """A user or guest; a guest's user name says nothing to Exchange, its mail address does."""
    if user.guest:
        return Recipient(user.id, user.name, user.mail or user.upn, RecipientKind.GUEST)
    return Recipient(user.id, user.name, user.upn, RecipientKind.USER)


def of_object(found: dict[str, Json]) -> Recipient:
    """A user, guest or group as Graph lists it, whatever kind of group it is."""
    user = of_json(found)
    if user.user_principal_name:
        return of_user(user)
    return Recipient(user.id, user.name, user.mail or user.id, RecipientKind.MAIL_SECURITY_GROUP)


def _of_groups(groups: Iterable[Group]) -> Iterable[Recipient]:
    for group in groups:
        if group.kind is GroupKind.MAIL_SECURITY and group.mail:
            yield Recipient(group.id, group.name, group.mail, RecipientKind.MAIL_SECURITY_GROUP)
