"""Get-MailboxFolderStatistics and the four MailboxFolderPermission cmdlets, for calendars alone."""

from typing import Any

from services.sandbox import calendars, mailboxes
from services.sandbox.answers import Json
from services.sandbox.calendars import SPECIAL, Entry, Folder
from services.sandbox.cmdlets.addressing import grantee, limited, mailbox
from services.sandbox.cmdlets.binding import confirmed, refuse_unserved
from services.sandbox.cmdlets.mailbox_permissions import unknown_value
from services.sandbox.cmdlets.mailboxes import audited
from services.sandbox.cmdlets.registry import CmdletError, Outcome, Parameters, cmdlet, missing
from services.sandbox.mailboxes import Mailbox
from services.sandbox.store import Store

_ROLES = (
    *("None", "Owner", "PublishingEditor", "Editor", "PublishingAuthor", "Author", "NonEditingAuthor"),
    *("Reviewer", "Contributor", "AvailabilityOnly", "LimitedDetails"),
)
_RIGHTS = (
    *("CreateItems", "CreateSubfolders", "DeleteAllItems", "DeleteOwnedItems", "EditAllItems"),
    *("EditOwnedItems", "FolderContact", "FolderOwner", "FolderVisible", "ReadItems"),
)
_FLAGS = ("None", "Delegate", "CanViewPrivateItems")
_STORE = "Microsoft.Exchange.Management.StoreTasks."


@cmdlet("Get-MailboxFolderStatistics")
def get_statistics(store: Store, parameters: Parameters) -> Outcome:
    """The calendars of a mailbox; other folders have nothing to tell here."""
    refuse_unserved(parameters, {"Identity", "FolderScope", "ResultSize"})
    found = mailbox(store, parameters["Identity"])
    if str(parameters.get("FolderScope")).casefold() != "calendar":
        raise CmdletError(400, "System.NotSupportedException", "Only the scope Calendar is served.")
    rows = []
    top = ""
    for folder in calendars.folders(found):
        path = f"{top}/{folder.name}"
        top = path if folder.default else top
        rows.append({
            "Name": folder.name, "FolderPath": path, "FolderId": folder.id, "ContentFolder": True,
            "Identity": f"{found.name}{path.replace('/', chr(92))}", "ContainerClass": "IPF.Appointment",
            "FolderType": "Calendar" if folder.default else "User Created",
        })  # fmt: skip
    shown, warnings = limited(rows, parameters.get("ResultSize"))
    return Outcome(shown, warnings)


@cmdlet("Get-MailboxFolderPermission")
def get_permission(store: Store, parameters: Parameters) -> Outcome:
    """The entries of a calendar, or that of one user, which must be there."""
    refuse_unserved(parameters, {"Identity", "User", "ResultSize"})
    _, folder = _folder(store, parameters["Identity"])
    held = folder.entries
    if parameters.get("User") is not None:
        who = _who(store, folder, parameters["User"])
        if who not in held:
            raise _not_there(parameters["User"])
        held = {who: held[who]}
    rows = [_row(store, folder, who, entry) for who, entry in held.items()]
    shown, warnings = limited(rows, parameters.get("ResultSize"))
    return Outcome(shown, warnings)


@cmdlet("Add-MailboxFolderPermission")
def add_permission(store: Store, parameters: Parameters) -> Outcome:
    """A new entry; there must be none yet."""
    found, folders, folder, who, entry = _written(store, parameters)
    if who in folder.entries:
        raise CmdletError(
            400,
            f"{_STORE}UserAlreadyExistsInPermissionEntryException",
            f"An existing permission entry was found for user: {_shown(store, who)}.",
        )
    folder.entries[who] = entry
    _save(store, found, folders, "Add-MailboxFolderPermission", (who, None, entry))
    return Outcome([_row(store, folder, who, entry)])


@cmdlet("Set-MailboxFolderPermission")
def set_permission(store: Store, parameters: Parameters) -> Outcome:
    """Other rights for an entry, which must be there."""
    found, folders, folder, who, entry = _written(store, parameters)
    if who not in folder.entries:
        raise _not_there(parameters["User"])
    before = folder.entries[who]
    folder.entries[who] = entry
    _save(store, found, folders, "Set-MailboxFolderPermission", (who, before, entry))
    return Outcome()


@cmdlet("Remove-MailboxFolderPermission")
def remove_permission(store: Store, parameters: Parameters) -> Outcome:
    """Takes an entry away; the folder's own two stay."""
    refuse_unserved(parameters, {"Identity", "User", "Confirm"})
    confirmed(parameters)
    found, folder = _folder(store, parameters["Identity"])
    who = _who(store, folder, parameters["User"])
    if who in SPECIAL.values():
        raise CmdletError(
            400,
            f"{_STORE}CannotRemoveSpecialUserException",
            f"The permission entry for the user {who} cannot be removed.",
        )
    if who not in folder.entries:
        raise _not_there(parameters["User"])
    folders = [folder if each.id == folder.id else each for each in calendars.folders(found)]
    before = folder.entries.pop(who)
    _save(store, found, folders, "Remove-MailboxFolderPermission", (who, before, None))
    return Outcome()


def _written(store: Store, parameters: Parameters) -> tuple[Mailbox, list[Folder], Folder, str, Entry]:
    refuse_unserved(
        parameters,
        {"Identity", "User", "AccessRights", "SharingPermissionFlags", "SendNotificationToUser", "Confirm"},
    )
    found, folder = _folder(store, parameters["Identity"])
    rights = _texts("AccessRights", parameters["AccessRights"], (*_ROLES, *_RIGHTS))
    if len(rights) > 1 and set(rights) & set(_ROLES):
        raise unknown_value("AccessRights", ", ".join(rights))
    flags = _texts("SharingPermissionFlags", parameters.get("SharingPermissionFlags"), _FLAGS)
    flags = [flag for flag in flags if flag != "None"]
    if flags and rights != ["Editor"]:
        raise CmdletError(
            400,
            f"{_STORE}InvalidSharingPermissionFlagsException",
            "The SharingPermissionFlags parameter can be used only with the access right Editor.",
        )
    who = _who(store, folder, parameters["User"])
    folders = [folder if each.id == folder.id else each for each in calendars.folders(found)]
    return found, folders, folder, who, Entry(rights, flags)


def _texts(name: str, value: Json, known: tuple[str, ...]) -> list[str]:
    """The values under their published names. Raises CmdletError."""
    given = value if isinstance(value, list) else [] if value is None else str(value).split(",")
    published = {each.casefold(): each for each in known}
    found = []
    for each in given:
        text = str(each).strip()
        if text.casefold() not in published:
            raise unknown_value(name, text)
        found.append(published[text.casefold()])
    return found


def _folder(store: Store, identity: Json) -> tuple[Mailbox, Folder]:
    r"""The folder that `mailbox:id` or `mailbox:\path` names. Raises CmdletError."""
    owner, colon, text = str(identity).partition(":")
    found = mailbox(store, owner)
    for folder in calendars.folders(found):
        path = f"\\{folder.name}" if folder.default else ""
        if colon and (text == folder.id or (path and text.casefold() == path.casefold())):
            return found, folder
    raise missing(str(identity))


def _who(store: Store, folder: Folder, user: Json) -> str:
    """The key of an entry that `user` names or would name. Raises CmdletError."""
    text = str(user)
    if special := SPECIAL.get(text.casefold()):
        return special
    sid = text.removeprefix("NT:")
    if sid.startswith("S-1-"):
        if sid in folder.entries:
            return sid
        raise _no_recipient(text)
    try:
        return grantee(store, text).id
    except CmdletError as error:
        if error.status != 404:
            raise
        raise _no_recipient(text) from None


def _shown(store: Store, who: str) -> str:
    """How an entry names somebody: by the display name alone."""
    thing = store.find(who)
    if thing is None:
        return f"NT:{who}" if who.startswith("S-1-") else who
    return str(thing.read()["displayName"])


def _row(store: Store, folder: Folder, who: str, entry: Entry) -> dict[str, Any]:
    return {
        "Identity": _shown(store, who), "FolderName": folder.name, "User": _shown(store, who),
        "AccessRights": entry.rights, "SharingPermissionFlags": ", ".join(entry.flags) or None,
        "IsValid": True,
    }  # fmt: skip


def _save(
    store: Store,
    found: Mailbox,
    folders: list[Folder],
    activity: str,
    change: tuple[str, Entry | None, Entry | None],
) -> None:
    who, before, after = change
    calendars.keep_in(found.record, folders)
    mailboxes.save(store, found)
    texts = [None if entry is None else ", ".join(entry.rights) for entry in (before, after)]
    audited(store, found, activity, [(_shown(store, who), texts[0], texts[1])])


def _no_recipient(text: str) -> CmdletError:
    return CmdletError(
        400,
        f"{_STORE}InvalidExternalUserIdException",
        f'The user "{text}" is either not valid SMTP address, or there is no matching information.',
    )


def _not_there(user: Json) -> CmdletError:
    return CmdletError(
        400,
        f"{_STORE}UserNotFoundInPermissionEntryException",
        f"There is no existing permission entry found for user: {user}.",
    )
