"""Shared mailboxes: every one of the tenant, and what the user may do on each."""

from services.tabs import mailbox_rows

TAB = mailbox_rows.tab(
    id_="shared-mailboxes",
    title="Shared mailboxes",
    about="Every shared mailbox of the tenant: full access, sending as it and sending on behalf of it.",
    kind="SharedMailbox",
)
