"""The page of a shared, room or equipment mailbox: the mailbox's own account is its subject."""

from collections.abc import Callable
from functools import partial

from services import mailboxes
from services.mailboxes import Store
from services.tabs import (
    booking,
    calendar_permissions,
    forwarding,
    mail,
    mailbox_general,
    mailbox_permissions,
    mailbox_storage,
)
from services.tabs.fields import text_of
from services.tabs.mailbox_fields import read
from services.tabs.tab import Opening, Row, Tab
from services.tenant import Tenant
from services.user import AssignedPlan, User

_FIRST: tuple[Tab, ...] = (mailbox_general.TAB, mailbox_permissions.TAB)
_REST: tuple[Tab, ...] = (calendar_permissions.TAB, mailbox_storage.TAB, forwarding.TAB)
_BOOKED = ("RoomMailbox", "EquipmentMailbox")


def opener(kind: str, mail_cell: int) -> Callable[[User, Row], Opening]:
    """Makes the page of a row of mailboxes of this `RecipientTypeDetails`; the address is in this cell."""
    tabs = (*_FIRST, *((booking.TAB,) if kind in _BOOKED else ()), *_REST)

    def opening(_: User, row: Row) -> Opening:
        title, found = mail.KINDS[kind], account(row.key, row.name, row.cells[mail_cell])
        return Opening(title=title, subject=found, tabs=tabs, kind=title, read=partial(_read, row.key))

    return opening


def account(identity: str, name: str, address: str) -> User:
    """The mailbox's own account, by its id in Exchange.

    It is not asked for in the directory, which may not let the operator see it. A resource has its mailbox
    without a licence; what says that it has one is the plan.
    """
    plans = (AssignedPlan(service="exchange", capability_status="Enabled"),)
    return User(identity, name, address or None, address or None, assigned_plans=plans)


async def _read(identity: str, tenant: Tenant) -> User:
    """The account as Exchange names it now. Raises `RollcallError`."""
    (found,) = await read(tenant, [mailboxes.get(Store.MAILBOX, identity)])
    names = (text_of(found.get(key)) for key in ("DisplayName", "PrimarySmtpAddress"))
    return account(identity, *names)
