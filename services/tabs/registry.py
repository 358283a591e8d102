"""The tabs of the personal information page in the order of the page. A new tab is one line here."""

from services.tabs import (
    audit_logs,
    basics,
    distribution_groups,
    extension_attributes,
    forwarding,
    mail,
    mail_security_groups,
    mailbox_storage,
    microsoft_365_groups,
    security_groups,
)
from services.tabs.tab import Tab

TABS: tuple[Tab, ...] = (
    basics.TAB,
    mail.TAB,
    mailbox_storage.TAB,
    forwarding.TAB,
    distribution_groups.TAB,
    security_groups.TAB,
    microsoft_365_groups.TAB,
    mail_security_groups.TAB,
    extension_attributes.TAB,
    audit_logs.TAB,
)

BY_ID = {tab.id: tab for tab in TABS}
