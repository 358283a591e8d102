"""The tabs of the personal information page in the order of the page. A new tab is one line here."""

from services.tabs import (
    audit_logs,
    basics,
    devices,
    distribution_groups,
    extension_attributes,
    license_changes,
    licenses,
    mail_security_groups,
    microsoft_365_groups,
    onedrive,
    security_groups,
    sign_ins,
)
from services.tabs.tab import Tab

TABS: tuple[Tab, ...] = (
    basics.TAB,
    distribution_groups.TAB,
    security_groups.TAB,
    microsoft_365_groups.TAB,
    mail_security_groups.TAB,
    devices.TAB,
    extension_attributes.TAB,
    sign_ins.TAB,
    onedrive.TAB,
    audit_logs.TAB,
    licenses.TAB,
    license_changes.TAB,
)

BY_ID = {tab.id: tab for tab in TABS}
