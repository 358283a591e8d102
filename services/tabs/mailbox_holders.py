"""Holders: the three lists of permissions on one mailbox as one, with everybody once."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence

import msgspec

from services.delegates import Right
from services.errors import NotFound
from services.exchange_values import listed, several
from services.operation import Json
from services.tabs.fields import text_of
from services.tabs.mailbox_fields import NO_MAILBOX
from services.tabs.trustees import Trustee, resolved
from services.tenant import Tenant
from services.transport.exchange import cmdlet
from services.user import User

_SELF = ("nt authority\\self", "s-1-5-10")


class Holder(msgspec.Struct, frozen=True):
    """One trustee with what they hold: named rights, and Exchange's other rights as it calls them."""

    who: Trustee
    rights: frozenset[Right] = frozenset()
    others: tuple[str, ...] = ()


class Held(msgspec.Struct, frozen=True):
    """The permissions on one mailbox. `synced`: Active Directory masters who sends on behalf."""

    holders: tuple[Holder, ...]
    synced: bool = False


async def held_on(tenant: Tenant, user: User) -> Held:
    """The three lists of permissions as one. Raises `RollcallError`, `NotFound` without a mailbox."""
    identity = {"Identity": user.id}
    try:
        mailboxes, opens, sends = await asyncio.gather(
            _read(tenant, "Get-Mailbox", identity, ("GrantSendOnBehalfTo", "IsDirSynced")),
            _read(
                tenant,
                "Get-MailboxPermission",
                {**identity, "ResultSize": "Unlimited"},
                ("User", "AccessRights", "IsInherited", "Deny"),
            ),
            _read(
                tenant,
                "Get-RecipientPermission",
                {**identity, "ResultSize": "Unlimited"},
                ("Trustee", "AccessRights", "AccessControlType", "IsInherited"),
            ),
        )
    except NotFound as error:
        raise NotFound(NO_MAILBOX, request_id=error.request_id, status=404, code=error.code) from None
    if not mailboxes:
        raise NotFound(NO_MAILBOX, status=404)
    behalf = several(mailboxes[0].get("GrantSendOnBehalfTo"))
    found: list[tuple[str, str]] = []
    for entry in opens:
        if not entry.get("Deny") and not entry.get("IsInherited"):
            found += [(text_of(entry.get("User")), right) for right in listed(entry.get("AccessRights"))]
    for entry in sends:
        if entry.get("AccessControlType") != "Deny" and not entry.get("IsInherited"):
            found += [(text_of(entry.get("Trustee")), right) for right in listed(entry.get("AccessRights"))]
    found = [(name, right) for name, right in found if name and name.casefold() not in _SELF]
    found += [(name, Right.ON_BEHALF) for name in behalf]
    known = await resolved(tenant, [name for name, _ in found])
    return Held(_merged(found, known), bool(mailboxes[0].get("IsDirSynced")))


async def _read(
    tenant: Tenant, name: str, parameters: Mapping[str, Json], select: Sequence[str]
) -> list[dict[str, Json]]:
    body = await tenant.read(cmdlet(name, parameters, select=select))
    found: list[dict[str, Json]] = body["value"]
    return found


def _merged(found: Iterable[tuple[str, str]], known: Mapping[str, Trustee]) -> tuple[Holder, ...]:
    named = {"FullAccess": Right.FULL_ACCESS, "SendAs": Right.SEND_AS, Right.ON_BEHALF: Right.ON_BEHALF}
    held: dict[str, Holder] = {}
    for name, right in found:
        who = known[name]
        holder = held.get(who.key) or Holder(who)
        if right in named:
            holder = msgspec.structs.replace(holder, rights=holder.rights | {named[right]})
        elif right not in holder.others:
            holder = msgspec.structs.replace(holder, others=(*holder.others, right))
        held[who.key] = holder
    return tuple(
        sorted(held.values(), key=lambda h: (h.who.kind.startswith("Unknown"), h.who.name.casefold()))
    )
