"""The tabs of the personal information page in the order of the page. A new tab is one line here."""

from services.tabs import (
    audit_logs,
    basics,
    distribution_groups,
    equipment_mailboxes,
    extension_attributes,
    forwarding,
    mail,
    mail_security_groups,
    mailbox_storage,
    microsoft_365_groups,
    room_mailboxes,
    security_groups,
    shared_mailboxes,
)
from services.tabs.tab import Tab

TABS: tuple[Tab, ...] = (
    basics.TAB,
    mail.TAB,
    mailbox_storage.TAB,
    forwarding.TAB,
    distribution_groups.TAB,
    security_groups.TAB,
    shared_mailboxes.TAB,
    equipment_mailboxes.TAB,
    room_mailboxes.TAB,
    microsoft_365_groups.TAB,
    mail_security_groups.TAB,
    extension_attributes.TAB,
    audit_logs.TAB,
)

BY_ID = {tab.id: tab for tab in TABS}
