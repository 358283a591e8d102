"""Mail: addresses, sizes, protocols and holds of a user's mailbox."""

from collections.abc import Sequence

from services import exchange_values as values
from services import mailboxes
from services.errors import InvalidInput
from services.mailboxes import Store
from services.operation import Json, Operation
from services.tabs.fields import SYNCED, many, matching, text_of
from services.tabs.mailbox_fields import MASTERED, flag_shown, markup, read_beside, sized
from services.tabs.tab import FieldValue, Ground, Property, PropertyTab, needs_exchange
from services.tenant import Tenant
from services.user import User
from state.values import Change

_MOST = 150 << 20
_largest = sized(_MOST, "Exchange Online takes messages of at most 150 MB.")
_alias = matching(r"[^@\s,;:]{1,64}@[^@\s,;:]{1,255}", "A mail address, like name@example.com.")


def _aliases(typed: str) -> Json:
    found = many(_alias, 400)(typed.replace("smtp:", ""))
    lower = [str(address).lower() for address in found]
    if len(set(lower)) < len(lower):
        raise InvalidInput("An address is in the list twice.")
    return sorted(lower)


KINDS = {
    "UserMailbox": "User mailbox",
    "SharedMailbox": "Shared mailbox",
    "RoomMailbox": "Room mailbox",
    "EquipmentMailbox": "Equipment mailbox",
}
"""Kinds of mailboxes (`RecipientTypeDetails`) in words."""

PROPERTIES = (
    Property("PrimarySmtpAddress", "Primary address", "Addresses", kind="fixed"),
    Property("EmailAddresses", "Aliases", "Addresses", kind="list", check=_aliases),
    Property("HiddenFromAddressListsEnabled", "Hidden from address lists", "Addresses", kind="flag"),
    Property("MailTip", "Mail tip", "Messages", kind="markup", check=markup(175)),
    Property("MaxSendSize", "Largest message sent", "Messages", check=_largest),
    Property("MaxReceiveSize", "Largest message received", "Messages", check=_largest),
    Property("OWAEnabled", "Outlook on the web", "Protocols", kind="flag"),
    Property("ActiveSyncEnabled", "ActiveSync", "Protocols", kind="flag"),
    Property("OutlookMobileEnabled", "Outlook mobile", "Protocols", kind="flag"),
    Property("ImapEnabled", "IMAP", "Protocols", kind="flag"),
    Property("PopEnabled", "POP", "Protocols", kind="flag"),
    Property("MAPIEnabled", "MAPI", "Protocols", kind="flag"),
    Property("EwsEnabled", "EWS", "Protocols", kind="flag"),
    Property("SmtpClientAuthenticationDisabled", "SMTP sending blocked", "Protocols", kind="flag"),
    Property("LitigationHoldEnabled", "Litigation hold", "Retention", kind="flag"),
    Property("RetentionPolicy", "Retention policy", "Retention", kind="fixed"),
    Property("ArchiveStatus", "Archive", "Retention", kind="fixed"),
)

_FIXED = {
    "PrimarySmtpAddress": "The primary address follows the user name",
    "RecipientTypeDetails": "A mailbox becomes another kind only by being converted",
    "RetentionPolicy": "Set by the compliance administrators",
    "ArchiveStatus": "An archive is opened in the Exchange admin centre",
}


async def load(tenant: Tenant, user: User) -> list[FieldValue]:
    """All fields, live, in one batch of two reads. Raises `RollcallError`."""
    return await fields(tenant, user, PROPERTIES)


async def fields(tenant: Tenant, user: User, wanted: Sequence[Property]) -> list[FieldValue]:
    """These properties of a mailbox or its protocols, live, in one batch of two reads. Raises `RollcallError`."""
    own = [field.id for field in wanted if mailboxes.STORES.get(field.id, Store.MAILBOX) is Store.MAILBOX]
    requests = mailboxes.get(Store.MAILBOX, user.id, own), mailboxes.get(Store.PROTOCOLS, user.id)
    mailbox, protocols, why = await read_beside(tenant, *requests)
    both = {**protocols, **mailbox}
    return [_value(field, both, why if field.id in mailboxes.PROTOCOLS else "") for field in wanted]


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One Set-Mailbox and one Set-CASMailbox at most."""
    return mailboxes.operations(changes)


def _value(field: Property, both: dict[str, Json], why: str) -> FieldValue:
    value = both.get(field.id)
    lock = why or _FIXED.get(field.id, "")
    if field.id in MASTERED and both.get("IsDirSynced"):
        lock = SYNCED
    if field.id == "EmailAddresses":
        value = values.aliases(value)
    elif field.id in ("MaxSendSize", "MaxReceiveSize"):
        value = values.size(value) if value is not None else None
    shown = _shown(field, value)
    if field.id == "SmtpClientAuthenticationDisabled" and field.id in both and value is None:
        shown = "as the tenant says"
    return FieldValue(field.id, value, shown, lock)


def _shown(field: Property, value: Json) -> str:
    match field.id:
        case "MaxSendSize" | "MaxReceiveSize":
            return values.shown_size(value)
        case "MailTip":
            return values.text_of_markup(value or "")
        case "ArchiveStatus":
            return "on" if value == "Active" else "off"
        case "RecipientTypeDetails":
            return KINDS.get(str(value), text_of(value))
        case _:
            return flag_shown(value) if field.kind == "flag" else text_of(value)


TAB = PropertyTab(
    id="mail",
    title="Mail",
    about="Addresses, message sizes, protocols and holds of the mailbox, as Exchange keeps them.",
    properties=PROPERTIES,
    load=load,
    plan=plan,
    visible=needs_exchange,
    ground=Ground.MAILBOX,
)
