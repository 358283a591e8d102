"""Room mailboxes: every one of the tenant, and what the user may do on each."""

from services.tabs import mailbox_rows

TAB = mailbox_rows.tab(
    id_="room-mailboxes",
    title="Room mailboxes",
    about="Every room mailbox of the tenant: full access, sending as it and sending on behalf of it.",
    kind="RoomMailbox",
)
