"""What a user holds that a block of the sign-in may take away: groups, functional roles, licences, dates."""

import asyncio
from collections.abc import Awaitable, Mapping, Sequence
from typing import TypeVar

import msgspec

from services.actions.sign_in import DATES
from services.errors import InvalidInput, NotFound, NotPermitted, Rejected, Unreachable
from services.group import FIELDS, Group
from services.memberships import Memberships, memberships
from services.operation import Json, Request, Service
from services.product_names import product_name
from services.subscriptions import licensing
from services.tabs import functional_roles
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User

T = TypeVar("T")

_UNREAD = "not readable here"


class Licence(msgspec.Struct, frozen=True):
    """One licence that the user holds. `off` are the service plans that are off in it, `lock` why it stays,
    `direct`: it is assigned to the user. `givers` are the groups that hand it out (besides).
    """

    sku: str
    name: str
    off: tuple[str, ...]
    lock: str
    direct: bool
    givers: frozenset[str]


class Stay(msgspec.Struct, frozen=True):
    """Something that cannot be taken away here: `why` in a word or two, `reason` as a sentence."""

    name: str
    why: str
    reason: str


class Holdings(msgspec.Struct, frozen=True):
    """What can be taken away; None: this operator may not read it. `stays`: what cannot, and why."""

    groups: tuple[Group, ...] | None
    roles: tuple[Group, ...] | None
    licences: tuple[Licence, ...] | None
    dates: Mapping[str, Json]
    stays: tuple[Stay, ...]


async def holdings(tenant: Tenant, user: User) -> Holdings:
    """All of it, live. What is refused is told; raises `RollcallError` for what may be better in a while."""
    groups, licences, (set_dates, unread) = await asyncio.gather(
        _told(_divided(tenant, user), "Groups"),
        _told(_licences(tenant, user), "Licences"),
        dates(tenant, user),
    )
    divided, stays = groups
    held, refused = licences
    leavable = {group.id for group in (*divided.groups, *divided.roles)} if divided else set()
    # assigned to the user besides, it goes with the groups, and else would not go
    freed = [each for each in held or () if not each.lock or (each.direct and each.givers <= leavable)]
    locked = [_handed_out(each, leavable) for each in held or () if each not in freed]
    return Holdings(
        groups=divided.groups if divided else None,
        roles=divided.roles if divided else None,
        licences=tuple(freed) if held is not None else None,
        dates=set_dates,
        stays=(*stays, *(divided.stays if divided else ()), *refused, *locked, *unread),
    )


async def _told(reading: Awaitable[T], what: str) -> tuple[T | None, list[Stay]]:
    """What was read, or a line that says why it is refused."""
    try:
        return await reading, []
    except (NotPermitted, NotFound, Rejected, InvalidInput) as error:
        return None, [Stay(what, _UNREAD, error.sentence)]


def _handed_out(licence: Licence, leavable: set[str]) -> Stay:
    """A licence by groups, which goes all the same where the user is taken out of all of them."""
    if not licence.givers <= leavable:
        return Stay(licence.name, "by a group", licence.lock)
    return Stay(licence.name, "by a group; goes with it", "Handed out by a group, and goes with it")


class _Divided(msgspec.Struct, frozen=True):
    groups: tuple[Group, ...]
    roles: tuple[Group, ...]
    stays: tuple[Stay, ...]


async def _divided(tenant: Tenant, user: User) -> _Divided:
    """The direct groups that can be left, functional roles apart."""
    held, is_role = await asyncio.gather(memberships(tenant, user), functional_roles.named(tenant))
    every, stays = await _groups(tenant, held)
    free = [group for group in every if not group.lock]
    stays += [
        Stay(group.name, "a dynamic rule" if group.dynamic else "Active Directory", group.lock)
        for group in every
        if group.lock
    ]
    stays += [
        Stay(name or identity, "through a group", "Reached through another group")
        for identity, name in held.inherited.items()
    ]
    return _Divided(
        tuple(group for group in free if not is_role(group)),
        tuple(group for group in free if is_role(group)),
        tuple(stays),
    )


async def _groups(tenant: Tenant, held: Memberships) -> tuple[list[Group], list[Stay]]:
    """The groups among what the user is a direct member of, which is also roles and administrative units."""
    answers = await tenant.ask([_group(identity) for identity in held.direct])
    found, refused = [], []
    for (identity, name), answer in zip(held.direct.items(), answers, strict=True):
        if answer.ok:
            found.append(msgspec.convert(answer.body, Group))
        elif answer.status in (401, 403):
            refused.append(Stay(name or identity, _UNREAD, str(answer.message or answer.status)))
        elif answer.status != 404:
            told = answer.message or f"status {answer.status}"
            raise Unreachable(f"The group {name or identity} cannot be read: {told}.", sent=False)
    return sorted(found, key=lambda group: group.name.casefold()), refused


def _group(identity: str) -> Request:
    return Request(Service.GRAPH, path=f"/groups/{segment(identity)}", query=(("$select", FIELDS),))


async def _licences(tenant: Tenant, user: User) -> Sequence[Licence]:
    found = await licensing(tenant, user)
    return [
        Licence(
            sku,
            product_name(sku, str(found.skus[sku].get("skuPartNumber") or "")),
            tuple(found.off(sku)),
            found.inherited(sku),
            found.direct(sku),
            frozenset(found.givers(sku)),
        )
        for sku in found.assigned
    ]


async def dates(tenant: Tenant, user: User) -> tuple[dict[str, Json], list[Stay]]:
    """What is set of the two dates, and why one cannot be read: each has a permission of its own."""
    requests = [
        Request(Service.GRAPH, path=f"/users/{segment(user.id)}", query=(("$select", f"id,{field}"),))
        for field in DATES
    ]
    found: dict[str, Json] = {}
    unread = []
    for (field, name), answer in zip(DATES.items(), await tenant.ask(requests), strict=True):
        if not answer.ok:
            unread.append(Stay(name, _UNREAD, str(answer.message or answer.status)))
        elif value := (answer.body or {}).get(field):
            found[field] = value
    return found, unread
