"""Forwarding and replies: where a mailbox sends its mail on to, and what it answers by itself."""

from collections.abc import Sequence

from services import exchange_names, mailboxes
from services import exchange_values as values
from services.errors import NotFound, NotPermitted
from services.mailboxes import FORWARDS, Store
from services.operation import Json, Operation
from services.tabs.fields import SYNCED, matching, text_of
from services.tabs.mailbox_fields import MASTERED, flag_shown, markup, moment, read, read_beside
from services.tabs.tab import FieldValue, Ground, Property, PropertyTab, needs_exchange
from services.tenant import Tenant
from services.transport.exchange import cmdlet
from services.user import User
from state.values import Change

_STATES = (("Disabled", "Off"), ("Enabled", "On"), ("Scheduled", "Scheduled"))
_AUDIENCES = (("None", "Nobody outside"), ("Known", "Contacts outside"), ("All", "Everybody outside"))
_message = markup(100_000)


async def _names_of(tenant: Tenant, user: Json) -> dict[str, str]:
    """Under which names Exchange may tell the colleague, so that the plan knows its own doing again."""
    return exchange_names.facts(await exchange_names.addresses(tenant, [str(user)])) if user else {}


PROPERTIES = (
    Property(
        "ForwardingAddress", FORWARDS["ForwardingAddress"], "Forwarding", kind="person", learn=_names_of
    ),
    Property(
        "ForwardingSmtpAddress",
        FORWARDS["ForwardingSmtpAddress"],
        "Forwarding",
        check=matching(r"[^@\s,;:<>]{1,64}@[^@\s,;:<>]{1,255}", "One mail address, like name@example.com."),
    ),
    Property("DeliverToMailboxAndForward", "Keep a copy", "Forwarding", kind="flag"),
    Property("AutoReplyState", "Automatic replies", "Replies", kind="choice", choices=_STATES),
    Property("StartTime", "Start (UTC)", "Replies", check=moment),
    Property("EndTime", "End (UTC)", "Replies", check=moment),
    Property("InternalMessage", "To colleagues", "Replies", kind="markup", check=_message),
    Property("ExternalAudience", "Answer outside to", "Replies", kind="choice", choices=_AUDIENCES),
    Property("ExternalMessage", "To people outside", "Replies", kind="markup", check=_message),
)


async def load(tenant: Tenant, user: User) -> list[FieldValue]:
    """All fields, live, in one batch of two reads. Raises `RollcallError`."""
    requests = (mailboxes.get(store, user.id) for store in (Store.MAILBOX, Store.REPLIES))
    mailbox, replies, why = await read_beside(tenant, *requests)
    both = {**replies, **mailbox}
    for name in ("StartTime", "EndTime", "ForwardingSmtpAddress"):
        both[name] = values.read(mailboxes.FORMS[name], both.get(name))
    colleague = await _name(tenant, both.get("ForwardingAddress"))
    known = ("ForwardingAddress", "ForwardingSmtpAddress", "AutoReplyState", "StartTime", "EndTime")
    facts = mailboxes.facts({name: both.get(name) for name in known})
    facts |= {mailboxes.ON_PREMISES: "yes"} if both.get("IsDirSynced") else {}
    untold = dict.fromkeys(mailboxes.REPLIES, why)
    return [_value(field, both, colleague, facts, untold.get(field.id, "")) for field in PROPERTIES]


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One Set-Mailbox and one Set-MailboxAutoReplyConfiguration at most."""
    return mailboxes.operations(changes)


async def _name(tenant: Tenant, identity: Json) -> str:
    """Whom a mailbox forwards to, by name: Exchange tells only its own name for a recipient."""
    if not identity:
        return ""
    request = cmdlet("Get-Recipient", {"Identity": identity}, select=("DisplayName", "PrimarySmtpAddress"))
    try:
        (found,) = await read(tenant, [request])
    except (NotFound, NotPermitted):
        return text_of(identity)
    return text_of(found.get("DisplayName") or found.get("PrimarySmtpAddress") or identity)


def _value(
    field: Property, both: dict[str, Json], colleague: str, facts: dict[str, str], why: str
) -> FieldValue:
    value = both.get(field.id)
    lock = why or (SYNCED if field.id in MASTERED and both.get("IsDirSynced") else "")
    shown = colleague if field.id == "ForwardingAddress" else _shown(field, value)
    return FieldValue(field.id, value, shown, lock, facts)


def _shown(field: Property, value: Json) -> str:
    match field.kind:
        case "choice":
            return dict(field.choices).get(value, text_of(value))
        case "flag":
            return flag_shown(value)
        case "markup":
            return values.text_of_markup(value or "")
    return values.shown_instant(value) if field.id.endswith("Time") else text_of(value)


TAB = PropertyTab(
    id="forwarding-and-replies",
    title="Forwarding and replies",
    about="Where mail goes on to, and automatic replies: off, on, or between two times.",
    properties=PROPERTIES,
    load=load,
    plan=plan,
    visible=needs_exchange,
    ground=Ground.MAILBOX,
)
