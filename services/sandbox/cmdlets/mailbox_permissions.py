"""Get-, Add- and Remove-MailboxPermission: who may open a mailbox as if it were their own."""

from typing import Any

from services.sandbox import mailboxes as held
from services.sandbox.answers import Json
from services.sandbox.cmdlets.addressing import grantee_id, limited, mailbox
from services.sandbox.cmdlets.binding import confirmed, refuse_unserved
from services.sandbox.cmdlets.mailboxes import audited
from services.sandbox.cmdlets.registry import CmdletError, Outcome, Parameters, cmdlet
from services.sandbox.mailboxes import FULL_ACCESS, Mailbox
from services.sandbox.store import Store

PRESENT = 'The appropriate access control entry is already present on the object "{}" for account "{}".'
ABSENT = 'Can\'t remove the access control entry on the object "{}" for account "{}" because the {}.'

_INHERITANCE = (None, "All", "None", "Descendents", "SelfAndChildren", "Children")
_RIGHTS = ("FullAccess", "ExternalAccount", "DeleteItem", "ReadPermission", "ChangePermission", "ChangeOwner")


@cmdlet("Get-MailboxPermission")
def get_permission(store: Store, parameters: Parameters) -> Outcome:
    """The entries of one mailbox, those of one user where asked: the owner's own, inherited and denying ones too."""
    refuse_unserved(parameters, {"Identity", "User", "ResultSize"})
    found = mailbox(store, parameters["Identity"])
    who = _named(found)
    rows = []
    if parameters.get("User") is not None:
        wanted = grantee_id(store, parameters["User"], who)
        who = [identity for identity in who if identity == wanted]
    else:
        rows.append(_row(found, "NT AUTHORITY\\SELF", ["FullAccess", "ReadPermission"]))
        rows.append(_row(found, "PRDTSB01\\Organization Management", ["FullAccess"], inherited=True))
    for identity in who:
        name = account(store, identity)
        if held_rights := _held(found, identity):
            rows.append(_row(found, name, held_rights))
        if identity in found.record.denied:
            rows.append(_row(found, name, ["FullAccess"], deny=True))
    shown, warnings = limited(rows, parameters.get("ResultSize"))
    return Outcome(shown, warnings)


@cmdlet("Add-MailboxPermission")
def add_permission(store: Store, parameters: Parameters) -> Outcome:
    """Lets somebody in; one who has all of it already is only a warning."""
    refuse_unserved(
        parameters, {"Identity", "User", "AccessRights", "InheritanceType", "AutoMapping", "Confirm"}
    )
    found, user, wanted = _both(store, parameters)
    if parameters.get("InheritanceType") not in _INHERITANCE:
        raise unknown_value("InheritanceType", parameters["InheritanceType"])
    who = account(store, user)
    if set(wanted) <= set(_held(found, user)):
        return Outcome([_row(found, who, wanted)], [PRESENT.format(found.facts["displayName"], who)])
    _change(store, found, user, "Add-MailboxPermission", wanted, adds=True)
    return Outcome([_row(found, who, wanted)])


@cmdlet("Remove-MailboxPermission")
def remove_permission(store: Store, parameters: Parameters) -> Outcome:
    """Shuts somebody out; one who had nothing of it is only a warning."""
    refuse_unserved(parameters, {"Identity", "User", "AccessRights", "InheritanceType", "Confirm"})
    confirmed(parameters)
    found, user, gone = _both(store, parameters)
    if not set(gone) & set(_held(found, user)):
        why = "ACE doesn't exist on the object"
        return Outcome([], [ABSENT.format(found.facts["displayName"], account(store, user), why)])
    _change(store, found, user, "Remove-MailboxPermission", gone, adds=False)
    return Outcome()


def change_grant(store: Store, found: Mailbox, right: str, who: str, activity: str, *, adds: bool) -> None:
    """Gives or takes a right, and records that."""
    ids = [identity for identity in found.granted(right) if identity != who]
    found.record.grants[right] = [*ids, who] if adds else ids
    held.save(store, found)
    name = account(store, who)
    audited(store, found, activity, [(right, None, name) if adds else (right, name, None)])


def _change(store: Store, found: Mailbox, who: str, activity: str, wanted: list[str], *, adds: bool) -> None:
    kept = [right for right in found.record.others.get(who, ()) if right not in wanted]
    others = [*kept, *(right for right in wanted if adds and right != "FullAccess")]
    found.record.others = {key: value for key, value in found.record.others.items() if key != who}
    if others:
        found.record.others[who] = others
    held.save(store, found)
    if "FullAccess" in wanted and adds is not (who in found.granted(FULL_ACCESS)):
        change_grant(store, found, FULL_ACCESS, who, activity, adds=adds)


def account(store: Store, identity: str) -> str:
    """How permissions name somebody: the user name, a group's name, or the SID of one who is gone."""
    thing = store.find(identity)
    facts: dict[str, Any] = thing.read() if thing else {}
    gone = identity if identity.startswith("S-1-") else f"S-1-5-21-{identity}"
    return str(facts.get("userPrincipalName") or facts.get("displayName") or gone)


def rights(parameters: Parameters, known: tuple[str, ...]) -> list[str]:
    """The rights that are meant, by their published names. Raises CmdletError."""
    given = parameters["AccessRights"]
    published = {right.casefold(): right for right in known}
    found = []
    for right in given if isinstance(given, list) else [given]:
        if str(right).casefold() not in published:
            raise unknown_value("AccessRights", right)
        found.append(published[str(right).casefold()])
    return found


def unknown_value(name: str, value: Json) -> CmdletError:
    """What a parameter says to a value that is none of its own."""
    return CmdletError(
        400,
        "System.Management.Automation.ParameterBindingException",
        f"Cannot process argument transformation on parameter '{name}'. Cannot convert value \"{value}\".",
    )


def _both(store: Store, parameters: Parameters) -> tuple[Mailbox, str, list[str]]:
    wanted = rights(parameters, _RIGHTS)
    found = mailbox(store, parameters["Identity"])
    return found, grantee_id(store, parameters["User"], _named(found)), wanted


def _named(found: Mailbox) -> list[str]:
    """The ids and SIDs that some entry is about."""
    record = found.record
    return list(dict.fromkeys((*found.granted(FULL_ACCESS), *record.others, *record.denied)))


def _held(found: Mailbox, identity: str) -> list[str]:
    full = ["FullAccess"] if identity in found.granted(FULL_ACCESS) else []
    return [*full, *found.record.others.get(identity, ())]


def _row(
    found: Mailbox, user: str, held_rights: list[str], *, inherited: bool = False, deny: bool = False
) -> dict[str, Any]:
    return {
        "Identity": found.name, "User": user, "AccessRights": held_rights, "IsInherited": inherited, "Deny": deny,
        "InheritanceType": "All",
    }  # fmt: skip
