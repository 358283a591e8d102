"""Mailbox storage: how full a mailbox is, where it stops, and how long deleted items are kept."""

import re
from collections.abc import Sequence

from services import exchange_values as values
from services import mailboxes
from services.errors import InvalidInput, RollcallError
from services.mailboxes import QUOTAS, Store
from services.operation import Json, Operation, Request
from services.tabs.mailbox_fields import read, read_beside, sized
from services.tabs.tab import FieldValue, Ground, Property, PropertyTab, needs_exchange
from services.tenant import Tenant
from services.transport.exchange import cmdlet
from services.user import User
from state.values import Change

_MOST_DAYS = 30
_quota = sized(1 << 50, "A quota cannot be that large: Exchange Online's largest mailboxes have 100 GB.")
_COUNTED = "Counted by Exchange"


def _days(typed: str) -> Json:
    text = typed.strip()
    found = re.fullmatch(r"([0-9]{1,3})( ?d(ays?)?)?", text, re.IGNORECASE)
    count = int(found[1]) if found else values.days(text)
    if count is None or count > _MOST_DAYS:
        raise InvalidInput(f"A number of days, at most {_MOST_DAYS}.")
    return f"{count}.00:00:00"


PROPERTIES = (
    Property("TotalItemSize", "Used", "Use", kind="fixed"),
    Property("ItemCount", "Items", "Use", kind="fixed"),
    Property("TotalDeletedItemSize", "Deleted items, recoverable", "Use", kind="fixed"),
    *(Property(name, title, "Quotas", check=_quota) for name, title in QUOTAS),
    Property("RetainDeletedItemsFor", "Keep deleted items for", "Retention", check=_days),
    Property("ArchiveSize", "Archive used", "Archive", kind="fixed"),
)


async def load(tenant: Tenant, user: User) -> list[FieldValue]:
    """Use and quotas, live; the archive's size where there is one. Raises `RollcallError`."""
    mailbox, used, why = await read_beside(tenant, mailboxes.get(Store.MAILBOX, user.id), _statistics(user))
    archive = await _archive(tenant, user) if mailbox.get("ArchiveStatus") == "Active" else ""
    facts = mailboxes.facts({name: mailbox.get(name) for name, _ in QUOTAS})
    both = {**mailbox, **used, "ArchiveSize": archive}
    return [_value(field, both, facts, why) for field in PROPERTIES]


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One Set-Mailbox; quotas out of order get an objection."""
    return mailboxes.operations(changes)


def _statistics(user: User, **more: bool) -> Request:
    select = ("TotalItemSize", "ItemCount", "TotalDeletedItemSize")
    return cmdlet("Get-MailboxStatistics", {"Identity": user.id, **more}, select=select)


async def _archive(tenant: Tenant, user: User) -> str:
    """The archive's size; the reason where it cannot be told, which costs the tab nothing else."""
    try:
        (found,) = await read(tenant, [_statistics(user, Archive=True)])
    except RollcallError as error:
        return f"not readable: {error.sentence}"
    return _rounded(values.size(found.get("TotalItemSize")))


def _value(field: Property, found: dict[str, Json], facts: dict[str, str], why: str) -> FieldValue:
    value = found.get(field.id)
    if field.id == "RetainDeletedItemsFor":
        count = values.days(value)
        return FieldValue(field.id, value, str(value or "") if count is None else f"{count} days")
    if field.kind != "fixed":
        size = values.size(value) if value is not None else None
        return FieldValue(field.id, size, values.shown_size(size), facts=facts)
    if field.id == "ItemCount":
        shown = f"{value:,}" if isinstance(value, int) else ""
    elif field.id == "ArchiveSize":
        shown = str(value) or "no archive"
    else:
        value = values.size(value) if value is not None else None
        shown = _rounded(value)
    lock = why if why and field.id != "ArchiveSize" else _COUNTED
    return FieldValue(field.id, value, shown, lock)


def _rounded(size: Json) -> str:
    """A size that nobody types: without its exact bytes."""
    return values.shown_size(size).split(" (", maxsplit=1)[0]


TAB = PropertyTab(
    id="mailbox-storage",
    title="Mailbox storage",
    about="Used size, quotas and retention. Sizes are typed like 49.5 GB; Exchange keeps them exactly.",
    properties=PROPERTIES,
    load=load,
    plan=plan,
    visible=needs_exchange,
    ground=Ground.MAILBOX,
)
