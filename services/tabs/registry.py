"""The tabs of the personal information page in the order of the page. A new tab is one line here."""

from services.tabs import (
    application_groups,
    audit_logs,
    azure_applications,
    basics,
    devices,
    directory_roles,
    distribution_groups,
    extension_attributes,
    functional_roles,
    license_changes,
    licenses,
    mail_security_groups,
    microsoft_365_groups,
    onedrive,
    portal_access_roles,
    security_groups,
    sign_ins,
)
from services.tabs.tab import Tab

TABS: tuple[Tab, ...] = (
    basics.TAB,
    functional_roles.TAB,
    distribution_groups.TAB,
    security_groups.TAB,
    directory_roles.TAB,
    microsoft_365_groups.TAB,
    mail_security_groups.TAB,
    application_groups.TAB,
    azure_applications.TAB,
    devices.TAB,
    portal_access_roles.TAB,
    extension_attributes.TAB,
    sign_ins.TAB,
    onedrive.TAB,
    audit_logs.TAB,
    licenses.TAB,
    license_changes.TAB,
)

BY_ID = {tab.id: tab for tab in TABS}
