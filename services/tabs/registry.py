"""The tabs of the personal information page in the order of the page. A new tab is one line here."""

from services.tabs import (
    application_groups,
    audit_logs,
    azure_applications,
    basics,
    directory_roles,
    distribution_groups,
    extension_attributes,
    functional_roles,
    mail_security_groups,
    microsoft_365_groups,
    portal_access_roles,
    security_groups,
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
    portal_access_roles.TAB,
    extension_attributes.TAB,
    audit_logs.TAB,
)

BY_ID = {tab.id: tab for tab in TABS}
