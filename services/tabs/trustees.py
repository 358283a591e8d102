"""Trustees: whom a permission of Exchange names, by the name that Exchange shows for them."""

import re
from collections.abc import Collection, Iterable, Mapping, Sequence

import msgspec

from services.found import Recipient
from services.jobs.refusals import said
from services.operation import Answer, Json, Request, Service
from services.recipients import of_object
from services.tabs.fields import text_of
from services.tenant import Tenant
from services.transport.exchange import cmdlet
from services.transport.urls import odata_string

FIELDS = (
    *("ExternalDirectoryObjectId", "Guid", "Name", "DisplayName", "PrimarySmtpAddress"),
    *("RecipientTypeDetails", "SamAccountName", "Alias", "DistinguishedName", "LegacyExchangeDN"),
)
_BEARERS = (
    ("/users", "id,displayName,userPrincipalName,mail,userType"),
    ("/groups", "id,displayName,mail"),
)
_SID = re.compile(r"(NT( User)?:)?S-1-[0-9-]+", re.IGNORECASE)
_GUID = re.compile(r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}", re.IGNORECASE)
_KINDS = {
    "UserMailbox": "User",
    "MailUser": "User",
    "GuestMailUser": "Guest",
    "MailUniversalSecurityGroup": "Group",
    "SharedMailbox": "Shared mailbox",
    "RoomMailbox": "Room",
    "EquipmentMailbox": "Equipment",
    "MailContact": "Contact",
}
_SEVERAL = (
    "Several are called “{}”, and Exchange does not tell which of them is meant: rename one, then refresh"
)
_ANOTHER = "Under “{}” Exchange now finds somebody of another name: it cannot be told who is meant"
_UNTOLD = "Exchange did not tell who “{}” is ({}): refresh to ask again"


class Trustee(msgspec.Struct, frozen=True):
    """Who holds a permission. `address` is what cmdlets are given for just this one.

    `recipient` is Exchange's Name, `lock` why nothing may be changed for this one ("" when it may).
    """

    id: str
    name: str
    address: str
    kind: str
    recipient: str = ""
    lock: str = ""

    @property
    def key(self) -> str:
        """The same for the same trustee, by whatever name it was found."""
        return (self.id or self.address).lower()


async def resolved(tenant: Tenant, names: Iterable[str]) -> dict[str, Trustee]:
    """Who these names mean. A name that may mean several is locked, never guessed; never raises."""
    wanted = list(dict.fromkeys(names))
    asked = [name for name in wanted if not _SID.fullmatch(name)]
    requests = [cmdlet("Get-Recipient", {"Identity": name}, select=FIELDS) for name in asked]
    answers = dict(zip(asked, await tenant.ask(requests), strict=True))
    found = {name: _one(name, answers[name]) if name in answers else _as_is(name) for name in wanted}
    bearers = await _bearers(tenant, [name for name in found if _only_shown(name, found[name])])
    return {name: _decided(who, bearers.get(name, [])) for name, who in found.items()}


def of_recipient(found: Mapping[str, Json], kind: str = "") -> Trustee:
    """A trustee from what Get-Recipient tells."""
    identity = text_of(found.get("ExternalDirectoryObjectId")) or text_of(found.get("Guid"))
    address = text_of(found.get("PrimarySmtpAddress"))
    name = text_of(found.get("DisplayName")) or address or identity
    details = text_of(found.get("RecipientTypeDetails"))
    return Trustee(
        identity, name, address or identity, kind or _KINDS.get(details, details), text_of(found.get("Name"))
    )


async def complete(tenant: Tenant, answer: dict[str, Json]) -> dict[str, Json]:
    """Adds Exchange's own name of who was chosen, as `recipient`; "" where it does not know them yet."""
    request = cmdlet("Get-Recipient", {"Identity": answer["id"]}, select=FIELDS)
    body = (await tenant.ask([request]))[0].body
    objects = body.get("value") if isinstance(body, dict) else None
    one = objects[0] if isinstance(objects, list) and len(objects) == 1 else {}
    return {**answer, "recipient": text_of(one.get("Name")) if isinstance(one, dict) else ""}


def _one(name: str, answer: Answer) -> Trustee:
    objects = answer.body.get("value") if answer.ok and isinstance(answer.body, dict) else None
    if isinstance(objects, list) and len(objects) == 1 and isinstance(objects[0], dict):
        who = of_recipient(objects[0])
        if "@" in name:
            who = msgspec.structs.replace(who, address=name)
        known = {text_of(objects[0].get(field)).casefold() for field in FIELDS} - {""}
        # an address is nobody else's; any other name must be one that the recipient bears now
        # groups stand in permissions as DOMAIN\account, older entries by a path that ends in the name
        ends = {name.rpartition(mark)[2].casefold() for mark in "/\\"}
        fits = "@" in name or not known.isdisjoint({name.casefold(), *ends})
        return who if fits else _locked(_as_is(name), _ANOTHER)
    if (isinstance(objects, list) and len(objects) > 1) or said(answer, "multiple entries"):
        return _locked(_as_is(name), _SEVERAL)
    if answer.ok or answer.status == 404 or said(answer, "couldn't be found"):
        return _as_is(name)
    return _locked(_as_is(name), _UNTOLD, answer.message or str(answer.status))


def _as_is(name: str) -> Trustee:
    """One that is no recipient (any more), under the only name there is."""
    return Trustee("", name, name, "Unknown SID" if _SID.fullmatch(name) else "Unknown")


def _locked(who: Trustee, reason: str, *more: str) -> Trustee:
    return msgspec.structs.replace(who, lock=who.lock or reason.format(who.name, *more))


def _only_shown(name: str, who: Trustee) -> bool:
    """Whether there is only a display name to go by, which several may bear."""
    if who.lock or "@" in name or "\\" in name or _GUID.fullmatch(name) or _SID.fullmatch(name):
        return False
    return name.casefold() not in (who.recipient.casefold(), who.id.casefold())


def _decided(who: Trustee, bearers: Sequence[Recipient]) -> Trustee:
    """Who it is, now that it is known how many objects of the directory bear the name."""
    if len(bearers) > 1:
        return _locked(who, _SEVERAL)
    if bearers and not who.id and not who.lock:
        (only,) = bearers
        return Trustee(only.id, only.name, only.address, only.kind.capitalize())
    return who


async def _bearers(tenant: Tenant, names: Collection[str]) -> dict[str, list[Recipient]]:
    """Two at most of the users and groups with each display name, also of those that Exchange does not list."""
    requests = [
        Request(
            Service.GRAPH,
            path=path,
            query=(
                ("$filter", f"displayName eq '{odata_string(name)}'"),
                ("$select", fields),
                ("$top", "2"),
            ),
        )
        for name in names
        for path, fields in _BEARERS
    ]
    answers = iter(await tenant.ask(requests))
    found: dict[str, list[Recipient]] = {}
    for name in names:
        found[name] = [of_object(item) for _ in _BEARERS for item in _values(next(answers))]
    return found


def _values(answer: Answer) -> list[dict[str, Json]]:
    values = answer.body.get("value") if answer.ok and isinstance(answer.body, dict) else None
    return values if isinstance(values, list) else []
