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
"""The fact of a row that holds the name Exchange has for the user."""

_THERE = (Already(200, "access control entry is already present"),)


def look(right: Right, mailbox: str, user: str, upn: str, recipient: str = "") -> Look:
    """Whether a user holds a right on a mailbox, found under the right's own value.

    `recipient` is what Exchange calls the user among those who send on behalf, where that is not the id.
    """
    match right:
        case Right.FULL_ACCESS:
            request = cmdlet(
                "Get-MailboxPermission",
                {"Identity": mailbox, "User": upn},
                select=("User", "AccessRights", "IsInherited", "Deny"),
            )
            granted = (("Deny", "false"), ("IsInherited", "false"))
            return Look(request, (HasMember(right, ("FullAccess",), ("AccessRights",), where=granted),))
        case Right.SEND_AS:
            request = cmdlet(
                "Get-RecipientPermission",
                {"Identity": mailbox, "Trustee": upn},
                select=("Identity", "Trustee", "AccessRights", "AccessControlType"),
            )
            allowed = (("AccessControlType", "Allow"),)
            return Look(request, (HasMember(right, ("SendAs",), ("AccessRights",), where=allowed),))
        case Right.ON_BEHALF:
            request = cmdlet("Get-Mailbox", {"Identity": mailbox}, select=("GrantSendOnBehalfTo",))
            ids = tuple(dict.fromkeys(name for name in (user, upn, recipient) if name))
            return Look(request, (HasMember(right, ids, path=("value", "0", "GrantSendOnBehalfTo")),))


def operations(changes: Sequence[Change]) -> list[Operation]:
    """One cmdlet for each switch; those of one mailbox keep their order."""
    return [_both_ways(change) for change in changes]


def _both_ways(change: Change) -> Operation:
    back = msgspec.structs.replace(change, before=change.after, after=change.before)
    return msgspec.structs.replace(_one_way(change), inverse=_one_way(back), changes=(change.key,))


def _one_way(change: Change) -> Operation:
    right, adds = Right(change.field), bool(change.after)
    name, parameters = _call(right, change.row, change.user_name, adds)
    shell = powershell.tables(parameters)
    return Operation(
        title=f"{'Add' if adds else 'Remove'} {TITLES[right].lower()}",
        target=change.row_name,
        request=cmdlet(name, parameters, anchor=f"UPN:{change.user_name}"),
        serial=f"mailbox:{change.row}",
        powershell=powershell.line(name, shell, ("AutoMapping",)),
        before={change.field: bool(change.before)},
        after={change.field: adds},
        look=look(right, change.row, change.user, change.user_name, change.facts.get(RECIPIENT, "")),
        already=_THERE if adds and right is not Right.ON_BEHALF else (),
    )


def _call(right: Right, mailbox: str, upn: str, adds: bool) -> tuple[str, dict[str, Json]]:
    verb = "Add" if adds else "Remove"
    match right:
        case Right.FULL_ACCESS:
            more = {"InheritanceType": "All", "AutoMapping": True} if adds else {}
            given = {
                "Identity": mailbox,
                "User": upn,
                "AccessRights": ["FullAccess"],
                **more,
                "Confirm": False,
            }
            return f"{verb}-MailboxPermission", given
        case Right.SEND_AS:
            given = {"Identity": mailbox, "Trustee": upn, "AccessRights": ["SendAs"], "Confirm": False}
            return f"{verb}-RecipientPermission", given
        case Right.ON_BEHALF:
            change = {"@odata.type": HASH_TABLE, verb.lower(): upn}
            return "Set-Mailbox", {"Identity": mailbox, "GrantSendOnBehalfTo": change}
