"""The page of a shared, room or equipment mailbox: the mailbox's own account is its subject."""

from collections.abc import Callable

from services.tabs import (
    booking,
    calendar_permissions,
    forwarding,
    mail,
    mailbox_general,
    mailbox_permissions,
    mailbox_storage,
)
from services.tabs.tab import Opening, Row, Tab
from services.user import AssignedPlan, User

_FIRST: tuple[Tab, ...] = (mailbox_general.TAB, mailbox_permissions.TAB)
_REST: tuple[Tab, ...] = (calendar_permissions.TAB, mailbox_storage.TAB, forwarding.TAB)
_BOOKED = ("RoomMailbox", "EquipmentMailbox")


def opener(kind: str, mail_cell: int) -> Callable[[User, Row], Opening]:
    """Makes the page of a row of mailboxes of this `RecipientTypeDetails`; the address is in this cell."""
    tabs = (*_FIRST, *((booking.TAB,) if kind in _BOOKED else ()), *_REST)

    def opening(_: User, row: Row) -> Opening:
        title = mail.KINDS[kind]
        return Opening(title=title, subject=account(row, row.cells[mail_cell]), tabs=tabs, kind=title)

    return opening


def account(row: Row, address: str) -> User:
    """The mailbox's own account, as its row tells it.

    It is not asked for in the directory, which may not let the operator see it. A resource has its mailbox
    without a licence; what says that it has one is the plan.
    """
    plans = (AssignedPlan(service="exchange", capability_status="Enabled"),)
    return User(row.key, row.name, address or None, address or None, assigned_plans=plans)
