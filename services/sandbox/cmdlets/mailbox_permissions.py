"""Get-, Add- and Remove-MailboxPermission: who may open a mailbox as if it were their own."""

from typing import Any

from services.sandbox import mailboxes as held
from services.sandbox.answers import Json
from services.sandbox.cmdlets.addressing import grantee, limited, mailbox
from services.sandbox.cmdlets.binding import confirmed, refuse_unserved
from services.sandbox.cmdlets.mailboxes import audited
from services.sandbox.cmdlets.registry import CmdletError, Outcome, Parameters, cmdlet
from services.sandbox.mailboxes import FULL_ACCESS, Mailbox
from services.sandbox.store import Store, Thing

PRESENT = 'The appropriate access control entry is already present on the object "{}" for account "{}".'
ABSENT = 'Can\'t remove the access control entry on the object "{}" for account "{}" because the {}.'

_RIGHTS = ("FullAccess", "ExternalAccount", "DeleteItem", "ReadPermission", "ChangePermission", "ChangeOwner")


@cmdlet("Get-MailboxPermission")
def get_permission(store: Store, parameters: Parameters) -> Outcome:
    """The entries of one mailbox, those of one user where asked: the owner's own and inherited ones too."""
    refuse_unserved(parameters, {"Identity", "User", "ResultSize"})
    found = mailbox(store, parameters["Identity"])
    ids = found.granted(FULL_ACCESS)
    rows = []
    if parameters.get("User") is not None:
        wanted = grantee(store, parameters["User"]).id
        ids = [identity for identity in ids if identity == wanted]
    else:
        rows.append(_row(found, "NT AUTHORITY\\SELF", ["FullAccess", "ReadPermission"]))
        rows.append(_row(found, "PRDTSB01\\Organization Management", ["FullAccess"], inherited=True))
    rows += [_row(found, account(store, identity), ["FullAccess"]) for identity in ids]
    shown, warnings = limited(rows, parameters.get("ResultSize"))
    return Outcome(shown, warnings)


@cmdlet("Add-MailboxPermission")
def add_permission(store: Store, parameters: Parameters) -> Outcome:
    """Lets somebody in; one who is in already is only a warning."""
    refuse_unserved(
        parameters, {"Identity", "User", "AccessRights", "InheritanceType", "AutoMapping", "Confirm"}
    )
    found, user = _both(store, parameters)
    if parameters.get("InheritanceType") not in (
        None,
        "All",
        "None",
        "Descendents",
        "SelfAndChildren",
        "Children",
    ):
        raise _unknown("InheritanceType", parameters["InheritanceType"])
    if user.id in found.granted(FULL_ACCESS):
        who = account(store, user.id)
        text = PRESENT.format(found.facts["displayName"], who)
        return Outcome([_row(found, who, ["FullAccess"])], [text])
    change_grant(store, found, FULL_ACCESS, user, "Add-MailboxPermission", adds=True)
    return Outcome([_row(found, account(store, user.id), ["FullAccess"])])


@cmdlet("Remove-MailboxPermission")
def remove_permission(store: Store, parameters: Parameters) -> Outcome:
    """Shuts somebody out; one who was not in is only a warning."""
    refuse_unserved(parameters, {"Identity", "User", "AccessRights", "InheritanceType", "Confirm"})
    confirmed(parameters)
    found, user = _both(store, parameters)
    if user.id not in found.granted(FULL_ACCESS):
        gone = "ACE doesn't exist on the object"
        text = ABSENT.format(found.facts["displayName"], account(store, user.id), gone)
        return Outcome([], [text])
    change_grant(store, found, FULL_ACCESS, user, "Remove-MailboxPermission", adds=False)
    return Outcome()


def change_grant(store: Store, found: Mailbox, right: str, who: Thing, activity: str, *, adds: bool) -> None:
    """Gives or takes a right, and records that."""
    ids = [identity for identity in found.granted(right) if identity != who.id]
    found.record.grants[right] = [*ids, who.id] if adds else ids
    held.save(store, found)
    name = account(store, who.id)
    audited(store, found, activity, [(right, None, name) if adds else (right, name, None)])


def account(store: Store, identity: str) -> str:
    """How permissions name somebody: the user name, or a group's name."""
    thing = store.find(identity)
    facts: dict[str, Any] = thing.read() if thing else {}
    return str(facts.get("userPrincipalName") or facts.get("displayName") or f"S-1-5-21-{identity}")


def only(parameters: Parameters, allowed: tuple[str, ...], served: str) -> None:
    """Raises CmdletError unless exactly the right that is served here is meant."""
    given = parameters["AccessRights"]
    rights = [str(r).lower() for r in (given if isinstance(given, list) else [given])]
    for right in rights:
        if right not in [a.lower() for a in allowed]:
            raise _unknown("AccessRights", right)
    if rights != [served.lower()]:
        raise CmdletError(400, "System.NotSupportedException", f"Only {served} is served by this tenant.")


def _both(store: Store, parameters: Parameters) -> tuple[Mailbox, Thing]:
    only(parameters, _RIGHTS, "FullAccess")
    return mailbox(store, parameters["Identity"]), grantee(store, parameters["User"])


def _row(found: Mailbox, user: str, rights: list[str], *, inherited: bool = False) -> dict[str, Any]:
    return {
        "Identity": found.name, "User": user, "AccessRights": rights, "IsInherited": inherited, "Deny": False,
        "InheritanceType": "All",
    }  # fmt: skip


def _unknown(name: str, value: Json) -> CmdletError:
    return CmdletError(
        400,
        "System.Management.Automation.ParameterBindingException",
        f"Cannot process argument transformation on parameter '{name}'. Cannot convert value \"{value}\".",
    )
