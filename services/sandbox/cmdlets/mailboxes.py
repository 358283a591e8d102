"""Get-Mailbox and Set-Mailbox: addresses, limits, quotas, forwarding, holds, and who sends on behalf."""

import re
from typing import Any

from services.exchange_values import UNLIMITED, shown_size, size
from services.sandbox import audit_trail
from services.sandbox import mailboxes as held
from services.sandbox.answers import Json
from services.sandbox.cmdlets.addressing import grantee, limited, mailbox, recipient, writable
from services.sandbox.cmdlets.binding import changed_list, refuse_unserved
from services.sandbox.cmdlets.mailbox_names import addresses, alias, smtp_address, wrong
from services.sandbox.cmdlets.recipients import mailbox_recipient, recipient_row
from services.sandbox.cmdlets.registry import CmdletError, Outcome, Parameters, cmdlet
from services.sandbox.mailboxes import ON_BEHALF, Mailbox
from services.sandbox.store import Store

NOUN = "Mailbox"
_GB = 1 << 30
_KINDS = frozenset({"usermailbox", "sharedmailbox", "roommailbox", "equipmentmailbox"})
_PAGE_LIMIT = {"Identity", "ResultSize", "RecipientTypeDetails"}
_SIZES = {
    "MaxSendSize": 35 << 20, "MaxReceiveSize": 36 << 20, "IssueWarningQuota": 98 * _GB, "ProhibitSendQuota": 99 * _GB,
    "ProhibitSendReceiveQuota": 100 * _GB,
}  # fmt: skip
_SMALL = {
    "IssueWarningQuota": 49 * _GB, "ProhibitSendQuota": 49 * _GB + _GB // 2, "ProhibitSendReceiveQuota": 50 * _GB,
}  # fmt: skip
_QUOTAS = tuple(_SMALL)
_DEFAULTS: dict[str, Json] = {
    "HiddenFromAddressListsEnabled": False, "MailTip": None, "LitigationHoldEnabled": False,
    "RetainDeletedItemsFor": "14.00:00:00", "ForwardingAddress": None, "ForwardingSmtpAddress": None,
    "DeliverToMailboxAndForward": False, "MessageCopyForSentAsEnabled": False,
    "MessageCopyForSendOnBehalfEnabled": False, "ResourceCapacity": None, "AuditEnabled": True,
}  # fmt: skip
_ON_PREMISES = frozenset({
    "EmailAddresses", "HiddenFromAddressListsEnabled", "MailTip", "ForwardingAddress",
    "DeliverToMailboxAndForward", "GrantSendOnBehalfTo", "DisplayName", "Alias", "ResourceCapacity",
})  # fmt: skip
_FACTS = {"EmailAddresses": "proxyAddresses", "DisplayName": "displayName", "Alias": "mailNickname"}
"""Settings that live with the directory's object, and their names there."""
_SERVED = {*_DEFAULTS, *_SIZES, *_FACTS, "Identity", "GrantSendOnBehalfTo", "Confirm", "Type"}
_TYPES = {
    "regular": "UserMailbox",
    "shared": "SharedMailbox",
    "room": "RoomMailbox",
    "equipment": "EquipmentMailbox",
}


@cmdlet("Get-Mailbox")
def get_mailbox(store: Store, parameters: Parameters) -> Outcome:
    """One mailbox, or all of the kinds that are asked for."""
    refuse_unserved(parameters, _PAGE_LIMIT)
    if parameters.get("Identity") is not None:
        return Outcome([row(store, mailbox(store, parameters["Identity"]))])
    wanted = parameters.get("RecipientTypeDetails")
    kinds = None
    if wanted is not None:
        kinds = {str(w).lower() for w in (wanted if isinstance(wanted, list) else [wanted])}
        if unknown := kinds - _KINDS:
            raise CmdletError(
                400,
                "System.Management.Automation.ParameterBindingException",
                f'Cannot convert value "{", ".join(sorted(unknown))}" to type "RecipientTypeDetails".',
            )
    rows = [row(store, found) for found in held.listed(store, kinds)]
    shown, warnings = limited(rows, parameters.get("ResultSize"))
    return Outcome(shown, warnings)


@cmdlet("Set-Mailbox")
def set_mailbox(store: Store, parameters: Parameters) -> Outcome:
    """Changes settings; what is so already is only a warning."""
    refuse_unserved(parameters, _SERVED)
    found = mailbox(store, parameters["Identity"])
    asked = {name: value for name, value in parameters.items() if name not in ("Identity", "Confirm", "Type")}
    kind = _kind(found, parameters)
    if mastered := _ON_PREMISES & set(asked):
        writable(found, "Set-Mailbox", ",".join(sorted(mastered)))
    before = values(found)
    after = before | {name: _converted(store, found, name, value) for name, value in asked.items()}
    if set(asked) & set(_QUOTAS):
        _check_quotas(found, after)
    changes: audit_trail.Changes = [
        (name, before[name], after[name]) for name in asked if before[name] != after[name]
    ]
    if kind:
        changes.append(("RecipientTypeDetails", found.kind, kind))
        held.convert(store, found, kind)
    if not changes:
        return unchanged(found)
    _store(store, found, {name: after[name] for name, _, _ in changes if name in after})
    audited(store, found, "Set-Mailbox", changes)
    return Outcome()


def values(found: Mailbox) -> dict[str, Json]:
    """The settings of a mailbox as they are kept: sizes in bytes."""
    small = _SMALL if found.kind != "UserMailbox" else {}
    return {
        **_DEFAULTS, **_SIZES, **small, **found.changed(NOUN), "GrantSendOnBehalfTo": found.granted(ON_BEHALF),
        **{name: found.facts.get(fact) for name, fact in _FACTS.items()},
        "EmailAddresses": found.facts.get("proxyAddresses") or [],
    }  # fmt: skip


def row(store: Store, found: Mailbox) -> dict[str, Any]:
    """What Get-Mailbox shows of one."""
    now = values(found)
    archived = found.thing is not None and int(found.id[:2], 16) % 4 == 0
    return {
        **mailbox_recipient(found),
        **now,
        **{name: shown(now[name]) for name in _SIZES},
        "UserPrincipalName": found.facts["userPrincipalName"],
        "WindowsEmailAddress": found.facts.get("mail"),
        "AccountDisabled": found.facts.get("accountEnabled") is False,
        "ArchiveStatus": "Active" if archived else "None",
        "ArchiveGuid": found.id if archived else "00000000-0000-0000-0000-000000000000",
        "RetentionPolicy": "Default MRM Policy",
        "InPlaceHolds": [],
        "ComplianceTagHoldApplied": False,
        "DelayHoldApplied": False,
        "RecoverableItemsQuota": shown(30 * _GB),
        "GrantSendOnBehalfTo": [_name(store, identity) for identity in now["GrantSendOnBehalfTo"]],
        "ForwardingAddress": _name(store, now["ForwardingAddress"]) if now["ForwardingAddress"] else None,
    }


def shown(value: Json) -> str:
    """A size in Exchange's own words, with the exact bytes in brackets."""
    return UNLIMITED if value == UNLIMITED else f"{shown_size(value).split(' (')[0]} ({value:,} bytes)"


def unchanged(found: Mailbox) -> Outcome:
    """What Exchange says when everything was so already."""
    text = f"The command completed successfully but no settings of '{found.name}' have been modified."
    return Outcome([], [text])


def audited(store: Store, found: Mailbox, activity: str, changes: audit_trail.Changes) -> None:
    """One record about a mailbox in the directory's log."""
    facts = found.facts
    target: dict[str, Json] = {
        "id": found.id,
        "displayName": facts.get("displayName"),
        "type": "User",
        "userPrincipalName": facts.get("userPrincipalName"),
        "groupType": None,
        "modifiedProperties": audit_trail.modified(changes),
    }
    audit_trail.write(store, activity, "UserManagement", "Update", [target])


def _store(store: Store, found: Mailbox, changed: dict[str, Json]) -> None:
    if facts := {fact: changed.pop(name) for name, fact in _FACTS.items() if name in changed}:
        held.save_facts(store, found, facts)
    if "GrantSendOnBehalfTo" in changed:
        found.record.grants[ON_BEHALF] = changed.pop("GrantSendOnBehalfTo")
    found.record.settings[NOUN] = {**found.changed(NOUN), **changed}
    held.save(store, found)


def _converted(store: Store, found: Mailbox, name: str, value: Json) -> Json:
    """A parameter as it is kept. Raises CmdletError."""
    if name in _SIZES:
        return _bytes(name, value)
    match name:
        case "EmailAddresses":
            return addresses(store, found, value)
        case "GrantSendOnBehalfTo":
            return _grantees(store, found.granted(ON_BEHALF), value)
        case "ForwardingAddress" if value is not None:
            return _recipient_id(store, value)
        case "ForwardingSmtpAddress" if value is not None:
            return f"smtp:{smtp_address(str(value))}"
        case "DisplayName" if not 0 < len(str(value or "").strip()) <= 256:
            raise wrong(name, value, "It must have 1 to 256 characters.")
        case "Alias":
            return alias(store, found, value)
        case "ResourceCapacity" if found.kind not in ("RoomMailbox", "EquipmentMailbox"):
            raise CmdletError(
                400,
                "Microsoft.Exchange.Data.DataValidationException",
                "ResourceCapacity can only be set on room or equipment mailboxes.",
            )
        case "ResourceCapacity" if value is not None and (type(value) is not int or value < 0):
            raise wrong(name, value, "It must be a whole number.")
        case "MailTip":
            return _mail_tip(value)
        case "RetainDeletedItemsFor" if not re.fullmatch(
            r"([0-9]|[12][0-9]|30)(\.[0-9:.]{8,16})?", str(value)
        ):
            raise wrong(name, value, "It must be a time span of at most 30 days.")
        case _:
            return value


def _kind(found: Mailbox, parameters: Parameters) -> str:
    """What the mailbox is to become; "" where it is so or nothing is asked. Raises CmdletError."""
    if "Type" not in parameters:
        return ""
    kind = _TYPES.get(str(parameters["Type"]).lower())
    if kind is None:
        raise CmdletError(
            400,
            "System.Management.Automation.ParameterBindingException",
            f'Cannot convert value "{parameters["Type"]}" to type "ConvertibleMailboxSubType".',
        )
    writable(found, "Set-Mailbox", "Type")
    return kind if kind != found.kind else ""


def _bytes(name: str, value: Json) -> Json:
    found = size(value)
    most = 150 << 20 if name.startswith("Max") else None
    if found is None or (most and (found == UNLIMITED or found > most)):
        raise wrong(name, value, f"The value must be a size{' of at most 150 MB' if most else ''}.")
    return found


def _check_quotas(found: Mailbox, after: dict[str, Json]) -> None:
    most = (100 if found.kind == "UserMailbox" else 50) * _GB
    sizes = [most * 2 if after[name] == UNLIMITED else after[name] for name in _QUOTAS]
    for name, given in zip(_QUOTAS, sizes, strict=True):
        if given > most:
            raise CmdletError(
                400,
                "Microsoft.Exchange.Data.DataValidationException",
                f"The value of property '{name}' exceeds the maximum allowed for user "
                f"'{found.facts['displayName']}'. Allowed value = '{shown(most)}', Provided value = "
                f"'{shown(after[name])}'.",
            )
    for lower, upper in ((0, 1), (1, 2)):
        if sizes[lower] > sizes[upper]:
            first, second = _QUOTAS[lower], _QUOTAS[upper]
            raise CmdletError(
                400,
                "Microsoft.Exchange.Data.DataValidationException",
                f"The value of property '{first}' must be less than or equal to that of property '{second}'. "
                f"{first}: '{shown(sizes[lower])}', {second}: '{shown(sizes[upper])}'.",
            )


def _grantees(store: Store, before: list[str], value: Json) -> list[str]:
    def ids(entries: Json) -> list[str]:
        texts = [] if entries is None else entries if isinstance(entries, list) else [entries]
        return [grantee(store, text).id for text in texts]

    if not isinstance(value, dict):
        return ids(value)
    table = {"add": ids(value.get("add")), "remove": ids(value.get("remove"))}
    return changed_list(before, table)


def _recipient_id(store: Store, value: Json) -> str:
    for found in held.find(store, value)[:1]:
        return found.id
    return recipient(store, value).id


def _name(store: Store, identity: str) -> str:
    """How Exchange names a recipient in another one's properties."""
    for found in held.find(store, identity):
        return found.name
    thing = store.find(identity)
    return str(recipient_row(identity, thing.read())["Name"]) if thing else identity


def _mail_tip(value: Json) -> Json:
    text = str(value or "").strip()
    if not text:
        return None
    if len(re.sub(r"<[^>]*>", "", text)) > 175:
        raise wrong("MailTip", "…", "The displayed text may have at most 175 characters.")
    return text if text.startswith("<") else f"<html>\r\n<body>\r\n{text}\r\n</body>\r\n</html>\r\n"
