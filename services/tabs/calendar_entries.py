"""Calendar entries: the calendars of a mailbox, whatever language it names them in, and who may see each."""

from collections import Counter
from collections.abc import Iterable

import msgspec

from services.calendars import RIGHTS
from services.errors import NotFound, RollcallError
from services.exchange_values import listed
from services.operation import Answer, Json
from services.tabs.fields import text_of
from services.tabs.mailbox_fields import NO_MAILBOX
from services.tabs.trustees import Trustee, of_recipient, resolved
from services.tenant import Tenant
from services.transport.exchange import cmdlet
from services.user import User

SPECIAL = {"default": "Default (everyone)", "anonymous": "Anonymous (outside)"}
"""The entries that every folder has, by the name that cmdlets take; how a person calls them."""

_HIDDEN = frozenset({"calendarlogging"})
_SAME = "Several entries of this calendar are called “{}”, and Exchange does not tell them apart: rename one"


class Calendar(msgspec.Struct, frozen=True):
    """One calendar. `folder` is what cmdlets are given: the mailbox's address and the folder's id."""

    folder: str
    name: str
    default: bool


class Seen(msgspec.Struct, frozen=True):
    """One entry of a calendar as it is; `special` is "default", "anonymous" or ""."""

    calendar: Calendar
    who: Trustee
    rights: tuple[str, ...]
    flags: tuple[str, ...] = ()
    special: str = ""


class Told(msgspec.Struct, frozen=True):
    """What an answer says of one entry, before it is known who that is."""

    name: str
    rights: tuple[str, ...]
    flags: tuple[str, ...]
    special: str
    who: Trustee | None


async def calendars(tenant: Tenant, user: User) -> list[Calendar]:
    """The user's calendars, the default one first. Raises `RollcallError`, `NotFound` without a mailbox."""
    request = cmdlet(
        "Get-MailboxFolderStatistics",
        {"Identity": user.id, "FolderScope": "Calendar"},
        select=("Name", "FolderPath", "FolderType", "FolderId"),
    )
    try:
        rows: list[dict[str, Json]] = (await tenant.read(request))["value"]
    except NotFound as error:
        raise NotFound(NO_MAILBOX, request_id=error.request_id, status=404, code=error.code) from None
    found = []
    for row in rows:
        kind, folder = text_of(row.get("FolderType")).casefold(), text_of(row.get("FolderId"))
        if folder and kind not in _HIDDEN:
            name = text_of(row.get("Name")) or text_of(row.get("FolderPath")).rpartition("/")[2] or "Calendar"
            found.append(Calendar(f"{user.upn}:{folder}", name, kind == "calendar"))
    return sorted(found, key=lambda calendar: (not calendar.default, calendar.name.casefold()))


async def entries(tenant: Tenant, user: User) -> tuple[list[Calendar], list[Seen], str]:
    """The calendars, their entries, and what one of them failed with while others did not ("" for nothing).

    Raises `RollcallError` when nothing could be read.
    """
    found = await calendars(tenant, user)
    fields = ("FolderName", "User", RIGHTS, "SharingPermissionFlags")
    requests = [
        cmdlet(
            "Get-MailboxFolderPermission", {"Identity": each.folder, "ResultSize": "Unlimited"}, select=fields
        )
        for each in found
    ]
    answers = await tenant.ask(requests)
    read = {each.folder: _told(answer) for each, answer in zip(found, answers, strict=True) if answer.ok}
    failed = [(each, answer) for each, answer in zip(found, answers, strict=True) if not answer.ok]
    complaint = "; ".join(f"{each.name}: {_failure(answer)}" for each, answer in failed)
    if failed and not read:
        raise RollcallError(
            f"Exchange does not show who may see the calendars of {user.name}: {_failure(failed[0][1])}",
            request_id=failed[0][1].request_id,
        )
    unknown = [told.name for each in read.values() for told in each if told.who is None and not told.special]
    known = await resolved(tenant, unknown)
    seen = [
        one for each in found if each.folder in read for one in _of_calendar(each, read[each.folder], known)
    ]
    return found, seen, complaint


def _failure(answer: Answer) -> str:
    return answer.message or f"status {answer.status}"


def _told(answer: Answer) -> list[Told]:
    rows = answer.body.get("value") if isinstance(answer.body, dict) else None
    found: list[Told] = []
    for row in rows if isinstance(rows, list) else ():
        name, special, who = _named(row.get("User"))
        if special and special in (told.special for told in found):
            # somebody of that very name: only the first is the folder's own entry
            special = ""
        flags = tuple(f for f in listed(row.get("SharingPermissionFlags")) if f.casefold() != "none")
        found.append(Told(name, tuple(listed(row.get(RIGHTS))), flags, special, who))
    return [told for told in found if told.name]


def _named(value: Json) -> tuple[str, str, Trustee | None]:
    """Name, special kind and, where the answer tells, who it is: Exchange names a user, or describes one."""
    if not isinstance(value, dict):
        name = text_of(value)
        return name, name.casefold() if name.casefold() in SPECIAL else "", None
    kind = value.get("UserType")
    kind = text_of(kind.get("Value") if isinstance(kind, dict) else kind).casefold()
    name = text_of(value.get("DisplayName") or value.get("UserPrincipalName"))
    if kind in SPECIAL:
        return name or kind.title(), kind, None
    recipient = value.get("ADRecipient") or value.get("RecipientPrincipal")
    if isinstance(recipient, dict) and recipient.get("PrimarySmtpAddress"):
        return name or text_of(recipient["PrimarySmtpAddress"]), "", of_recipient(recipient)
    return name, name.casefold() if not kind and name.casefold() in SPECIAL else "", None


def _of_calendar(calendar: Calendar, told: Iterable[Told], known: dict[str, Trustee]) -> list[Seen]:
    told = list(told)
    times = Counter(each.name.casefold() for each in told if each.who is None)
    found = []
    for each in told:
        if each.special:
            who = Trustee("", SPECIAL[each.special], each.special.title(), "Special")
        else:
            who = each.who or known.get(each.name) or Trustee("", each.name, each.name, "Unknown")
            # what cmdlets take for the folder's own entry must never stand for somebody of that name
            if each.who is None and (times[each.name.casefold()] > 1 or each.name.casefold() in SPECIAL):
                who = msgspec.structs.replace(who, lock=who.lock or _SAME.format(each.name))
        found.append(Seen(calendar, who, each.rights, each.flags, each.special))
    order = ("", *SPECIAL)
    return sorted(found, key=lambda seen: (order.index(seen.special), seen.who.name.casefold()))
