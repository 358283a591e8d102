"""General: a mailbox's names and addresses, messages, protocols and holds, on the mailbox's own page."""

from services.tabs import mail
from services.tabs.fields import matching, up_to
from services.tabs.tab import FieldValue, Ground, Property, PropertyTab, needs_exchange
from services.tenant import Tenant
from services.user import User

_alias = matching(
    r"[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+(\.[A-Za-z0-9!#$%&'*+/=?^_`{|}~-]+)*",
    "An alias has letters, digits and signs such as - and _, with single dots between, and no spaces.",
    required=True,
)


def _alias_of_64(typed: str) -> str:
    return str(_alias(str(up_to(64, required=True)(typed))))


PROPERTIES = (
    Property("RecipientTypeDetails", "Kind", "Mailbox", kind="fixed"),
    Property("DisplayName", "Display name", "Mailbox", check=up_to(256, required=True)),
    Property("Alias", "Alias", "Mailbox", check=_alias_of_64),
    *mail.PROPERTIES,
    Property("MessageCopyForSentAsEnabled", "Keep what is sent as it", "Copies", kind="flag"),
    Property("MessageCopyForSendOnBehalfEnabled", "Keep what is sent on behalf", "Copies", kind="flag"),
)


async def load(tenant: Tenant, user: User) -> list[FieldValue]:
    """All fields, live. Raises `RollcallError`."""
    return await mail.fields(tenant, user, PROPERTIES)


TAB = PropertyTab(
    id="mailbox-general",
    title="General",
    about="A mailbox's names and addresses, its message sizes, protocols, holds and copies of what is sent.",
    properties=PROPERTIES,
    load=load,
    plan=mail.plan,
    visible=needs_exchange,
    ground=Ground.MAILBOX,
)
