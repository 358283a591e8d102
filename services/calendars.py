"""Who may see a calendar, as operations: add, set and remove an entry of one folder (`api-map.md` §3.11)."""

from collections.abc import Sequence

import msgspec

from services import powershell
from services.exchange_values import Form
from services.operation import HasValue, Instead, Json, Look, Operation, Request
from services.transport.exchange import cmdlet

LEVELS = (
    ("None", "None"),
    ("AvailabilityOnly", "Can view when I'm busy"),
    ("LimitedDetails", "Can view titles and locations"),
    ("Reviewer", "Can view all details"),
    ("Editor", "Can edit"),
    ("Owner", "Owner"),
)
"""Exchange's roles that have a name on the page, from least to most."""

RIGHTS = "AccessRights"
_THERE = ("UserAlreadyExistsInPermissionEntryException", "existing permission entry was found for user")
_MISSING = ("UserNotFoundInPermissionEntryException", "no existing permission entry found for user")


class Entry(msgspec.Struct, frozen=True):
    """One entry of one calendar.

    `folder` is the identity of the folder, `owner` the id of its mailbox's user, `user` what cmdlets are given
    for whom it is about, `target` the words for both. `special`: the entry for everybody or for people outside.
    """

    folder: str
    owner: str
    anchor: str
    user: str
    target: str
    special: bool = False


def shown(rights: Sequence[str], flags: Sequence[str] = ()) -> str:
    """The level in words; rights without one as Exchange names them."""
    level = dict(LEVELS).get(rights[0]) if len(rights) == 1 else None
    words = level or ", ".join(rights) or "None"
    return words + (" (delegate" + (", private items)" if len(flags) > 1 else ")") if flags else "")


def changed(
    entry: Entry, before: Sequence[str] | None, after: Sequence[str] | None, flags: Sequence[str] = ()
) -> Operation:
    """The operation that makes the rights `after`; None is no entry at all.

    `flags` are those that the entry has: kept as long as it stays an editor's, the only ones who may have any.
    """
    return msgspec.structs.replace(
        _one_way(entry, before, after, flags), inverse=_one_way(entry, after, before, flags)
    )


def _one_way(
    entry: Entry, before: Sequence[str] | None, after: Sequence[str] | None, flags: Sequence[str]
) -> Operation:
    kept = flags if after is not None and list(after) == ["Editor"] else ()
    verb = "Remove" if after is None else "Add" if before is None else "Set"
    parameters = _parameters(entry, after, kept)
    return Operation(
        title=f"{verb} calendar permission",
        target=entry.target if after is None else f"{entry.target}: {shown(after, kept)}",
        request=_request(entry, verb, parameters),
        serial=f"mailbox:{entry.owner}",
        powershell=powershell.line(
            f"{verb}-MailboxFolderPermission", parameters, ("SendNotificationToUser",)
        ),
        before={RIGHTS: None if before is None else list(before)},
        after={RIGHTS: None if after is None else list(after)},
        look=_look(entry),
        instead=_instead(entry, verb, parameters),
    )


def _parameters(entry: Entry, after: Sequence[str] | None, flags: Sequence[str]) -> dict[str, Json]:
    who: dict[str, Json] = {"Identity": entry.folder, "User": entry.user}
    if after is None:
        return {**who, "Confirm": False}
    more = {"SharingPermissionFlags": ",".join(flags)} if flags else {}
    return {**who, "AccessRights": list(after), **more, "SendNotificationToUser": False}


def _request(entry: Entry, verb: str, parameters: dict[str, Json]) -> Request:
    return cmdlet(f"{verb}-MailboxFolderPermission", parameters, anchor=f"UPN:{entry.anchor}")


def _look(entry: Entry) -> Look:
    request = cmdlet(
        "Get-MailboxFolderPermission",
        {"Identity": entry.folder, "User": entry.user},
        select=("User", RIGHTS, "SharingPermissionFlags"),
    )
    return Look(request, (HasValue(RIGHTS, ("value", "0", RIGHTS), Form.RIGHTS),), gone=_MISSING)


def _instead(entry: Entry, verb: str, parameters: dict[str, Json]) -> Instead | None:
    """An entry that came meanwhile is set, one that went is added."""
    if verb == "Add":
        return Instead(_THERE, _request(entry, "Set", parameters))
    if verb == "Set" and not entry.special:
        return Instead(_MISSING, _request(entry, "Add", parameters))
    return None
