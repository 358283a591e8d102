"""Get-, Add- and Remove-RecipientPermission: who may send as a mailbox."""

from typing import Any

from services.sandbox import mailboxes as held
from services.sandbox.answers import Json
from services.sandbox.cmdlets.addressing import grantee_id, limited, mailbox
from services.sandbox.cmdlets.binding import confirmed, refuse_unserved
from services.sandbox.cmdlets.mailbox_permissions import ABSENT, PRESENT, account, change_grant, rights
from services.sandbox.cmdlets.registry import Outcome, Parameters, cmdlet
from services.sandbox.mailboxes import SEND_AS, Mailbox
from services.sandbox.store import Store


@cmdlet("Get-RecipientPermission")
def get_permission(store: Store, parameters: Parameters) -> Outcome:
    """The entries of one mailbox, or of one trustee everywhere, or both."""
    refuse_unserved(parameters, {"Identity", "Trustee", "AccessRights", "ResultSize"})
    trustee = None
    if parameters.get("Trustee") is not None:
        trustee = grantee_id(store, parameters["Trustee"], _sids(store, parameters.get("Identity")))
    rows = []
    if parameters.get("Identity") is not None:
        found = mailbox(store, parameters["Identity"])
        if trustee is None:
            rows.append(_row(found, "NT AUTHORITY\\SELF"))
        rows += [_row(found, account(store, i)) for i in found.granted(SEND_AS) if trustee in (None, i)]
    elif trustee is not None:
        rows += [_row(found, account(store, trustee)) for found in held.granting(store, SEND_AS, trustee)]
    else:
        for found in held.listed(store):
            rows += [_row(found, account(store, i)) for i in found.granted(SEND_AS)]
    shown, warnings = limited(rows, parameters.get("ResultSize"))
    return Outcome(shown, warnings)


@cmdlet("Add-RecipientPermission")
def add_permission(store: Store, parameters: Parameters) -> Outcome:
    """Lets somebody send as the mailbox; one who may already is only a warning."""
    confirmed(parameters)
    found, trustee = _both(store, parameters)
    name = account(store, trustee)
    if trustee in found.granted(SEND_AS):
        text = PRESENT.format(found.name, name)
        return Outcome([_row(found, name)], [text])
    change_grant(store, found, SEND_AS, trustee, "Add-RecipientPermission", adds=True)
    return Outcome([_row(found, name)])


@cmdlet("Remove-RecipientPermission")
def remove_permission(store: Store, parameters: Parameters) -> Outcome:
    """Takes that away; one who may not is only a warning."""
    confirmed(parameters)
    found, trustee = _both(store, parameters)
    if trustee not in found.granted(SEND_AS):
        text = ABSENT.format(found.name, account(store, trustee), "ACE isn't present")
        return Outcome([], [text])
    change_grant(store, found, SEND_AS, trustee, "Remove-RecipientPermission", adds=False)
    return Outcome()


def _both(store: Store, parameters: Parameters) -> tuple[Mailbox, str]:
    refuse_unserved(parameters, {"Identity", "Trustee", "AccessRights", "Confirm"})
    rights(parameters, ("SendAs",))
    found = mailbox(store, parameters["Identity"])
    return found, grantee_id(store, parameters["Trustee"], found.granted(SEND_AS))


def _sids(store: Store, identity: Json) -> list[str]:
    return [] if identity is None else mailbox(store, identity).granted(SEND_AS)


def _row(found: Mailbox, trustee: str) -> dict[str, Any]:
    return {
        "Identity": found.name, "Trustee": trustee, "TrusteeSidString": f"S-1-5-21-{found.id[:8]}",
        "AccessControlType": "Allow", "AccessRights": ["SendAs"], "IsInherited": False, "InheritanceType": "None",
    }  # fmt: skip
