"""Every tab: those of the personal information page in its order, and those of the pages behind it."""

from services.tabs import (
    application_groups,
    audit_logs,
    authenticators,
    azure_applications,
    basics,
    booking,
    calendar_permissions,
    devices,
    directory_roles,
    distribution_groups,
    equipment_mailboxes,
    extension_attributes,
    forwarding,
    functional_roles,
    license_changes,
    licenses,
    mail,
    mail_security_groups,
    mailbox_general,
    mailbox_permissions,
    mailbox_storage,
    microsoft_365_groups,
    onedrive,
    phone_methods,
    portal_access_roles,
    risks,
    room_mailboxes,
    security_groups,
    shared_mailboxes,
    sharepoint,
    sign_ins,
)
from services.tabs.tab import Tab

TABS: tuple[Tab, ...] = (
    basics.TAB,
    risks.TAB,
    functional_roles.TAB,
    mail.TAB,
    mailbox_permissions.TAB,
    mailbox_storage.TAB,
    forwarding.TAB,
    calendar_permissions.TAB,
    distribution_groups.TAB,
    security_groups.TAB,
    directory_roles.TAB,
    shared_mailboxes.TAB,
    equipment_mailboxes.TAB,
    room_mailboxes.TAB,
    microsoft_365_groups.TAB,
    mail_security_groups.TAB,
    application_groups.TAB,
    azure_applications.TAB,
    devices.TAB,
    portal_access_roles.TAB,
    sharepoint.TAB,
    extension_attributes.TAB,
    sign_ins.TAB,
    onedrive.TAB,
    audit_logs.TAB,
    licenses.TAB,
    license_changes.TAB,
)
"""The tabs of the personal information page in the order of the page. A new tab is one line here."""

BEHIND_ROWS: tuple[Tab, ...] = (
    mailbox_general.TAB,
    booking.TAB,
    phone_methods.TAB,
    authenticators.TAB,
)
"""The tabs that only pages behind a row or an action have, in the order in which their changes are applied."""

BY_ID = {tab.id: tab for tab in (*TABS, *BEHIND_ROWS)}
"""Every tab that changes can be staged on, by id, in the order in which they are applied."""
