"""Who may use a mailbox, as operations: Full access, Send as, Send on behalf (`api-map.md` §3.8)."""

from collections.abc import Sequence
from enum import StrEnum

import msgspec

from services import powershell
from services.mailboxes import HASH_TABLE
from services.operation import Already, HasMember, Json, Look, Operation
from services.transport.exchange import cmdlet
from state.values import Change


class Right(StrEnum):
    """The three rights; the values are the ids of the switches."""

    FULL_ACCESS = "full-access"
    SEND_AS = "send-as"
    ON_BEHALF = "send-on-behalf"


TITLES = {
    Right.FULL_ACCESS: "Full access",
    Right.SEND_AS: "Send as",
    Right.ON_BEHALF: "Send on behalf",
}
RECIPIENT = "recipient"
"""The fact of a row that holds the names Exchange has for the user, with a separator between them."""
SEPARATOR = "\x1f"

_THERE = (Already(200, "access control entry is already present"),)


class Grant(msgspec.Struct, frozen=True):
    """A right of somebody on a mailbox, with `target` as the words for both.

    `trustee` is what cmdlets are given; `ids` are what Exchange may call the same one among those who send on
    behalf. `mapped`: Outlook opens the mailbox by itself. `anchor` is the address of the mailbox, where known.
    """

    right: Right
    mailbox: str
    trustee: str
    target: str
    ids: tuple[str, ...] = ()
    mapped: bool = True
    anchor: str = ""


def look(right: Right, mailbox: str, user: str, upn: str, recipient: str = "") -> Look:
    """Whether a user holds a right on a mailbox, found under the right's own value.

    `recipient` is what Exchange calls the user among those who send on behalf, where that is not the id;
    several names have a separator between them.
    """
    return _look(
        Grant(right, mailbox, upn, "", tuple(name for name in (user, *recipient.split(SEPARATOR)) if name))
    )


def _look(given: Grant) -> Look:
    right, mailbox, upn = given.right, given.mailbox, given.trustee
    match right:
        case Right.FULL_ACCESS:
            request = cmdlet(
                "Get-MailboxPermission",
                {"Identity": mailbox, "User": upn},
                select=("User", "AccessRights", "IsInherited", "Deny"),
            )
            others = (("Deny", "true"), ("IsInherited", "true"))
            return Look(request, (HasMember(right, ("FullAccess",), ("AccessRights",), unless=others),))
        case Right.SEND_AS:
            request = cmdlet(
                "Get-RecipientPermission",
                {"Identity": mailbox, "Trustee": upn},
                select=("Identity", "Trustee", "AccessRights", "AccessControlType"),
            )
            denied = (("AccessControlType", "Deny"),)
            return Look(request, (HasMember(right, ("SendAs",), ("AccessRights",), unless=denied),))
        case Right.ON_BEHALF:
            request = cmdlet("Get-Mailbox", {"Identity": mailbox}, select=("GrantSendOnBehalfTo",))
            ids = tuple(dict.fromkeys((*given.ids[:1], upn, *given.ids[1:])))
            return Look(request, (HasMember(right, ids, path=("value", "0", "GrantSendOnBehalfTo")),))


def operations(changes: Sequence[Change]) -> list[Operation]:
    """One cmdlet for each switch; those of one mailbox keep their order."""
    return [_both_ways(change) for change in changes]


def grant(given: Grant, adds: bool) -> Operation:
    """Gives or takes the right, with the operation that does the contrary."""
    return msgspec.structs.replace(_one_way(given, adds), inverse=_one_way(given, not adds))


def _both_ways(change: Change) -> Operation:
    recipient = change.facts.get(RECIPIENT, "")
    given = Grant(
        Right(change.field),
        change.row,
        change.user_name,
        change.row_name,
        tuple(name for name in (change.user, *recipient.split(SEPARATOR)) if name),
    )
    return msgspec.structs.replace(grant(given, bool(change.after)), changes=(change.key,))


def _one_way(given: Grant, adds: bool) -> Operation:
    right = given.right
    name, parameters = _call(given, adds)
    shell = powershell.tables(parameters)
    return Operation(
        title=f"{'Add' if adds else 'Remove'} {TITLES[right].lower()}",
        target=given.target,
        request=cmdlet(name, parameters, anchor=f"UPN:{given.anchor or given.trustee}"),
        serial=f"mailbox:{given.mailbox}",
        powershell=powershell.line(name, shell, ("AutoMapping",)),
        before={right.value: not adds},
        after={right.value: adds},
        look=_look(given),
        already=_THERE if adds and right is not Right.ON_BEHALF else (),
    )


def _call(given: Grant, adds: bool) -> tuple[str, dict[str, Json]]:
    verb, mailbox, upn = "Add" if adds else "Remove", given.mailbox, given.trustee
    match given.right:
        case Right.FULL_ACCESS:
            more = {"InheritanceType": "All", "AutoMapping": given.mapped} if adds else {}
            parameters = {
                "Identity": mailbox,
                "User": upn,
                "AccessRights": ["FullAccess"],
                **more,
                "Confirm": False,
            }
            return f"{verb}-MailboxPermission", parameters
        case Right.SEND_AS:
            parameters = {"Identity": mailbox, "Trustee": upn, "AccessRights": ["SendAs"], "Confirm": False}
            return f"{verb}-RecipientPermission", parameters
        case Right.ON_BEHALF:
            change = {"@odata.type": HASH_TABLE, verb.lower(): upn}
            return "Set-Mailbox", {"Identity": mailbox, "GrantSendOnBehalfTo": change}
