"""Mail-enabled security groups: every one in the tenant; Exchange owns their membership."""

from collections.abc import AsyncIterator

from services.group import GroupKind
from services.tabs import distribution_groups
from services.tabs.group_rows import COLUMNS, MEMBER, of_kind
from services.tabs.tab import Page, ToggleTab, needs_exchange
from services.tenant import Tenant
from services.user import User


def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The tenant's mail-enabled security groups, on where the user is a member."""
    return of_kind(tenant, user, GroupKind.MAIL_SECURITY)


TAB = ToggleTab(
    id="mail-security-groups",
    title="Mail-enabled security groups",
    about="Every mail-enabled security group of the tenant. Exchange changes them.",
    toggles=(MEMBER,),
    columns=COLUMNS,
    load=load,
    plan=distribution_groups.plan,
    visible=needs_exchange,
    export=True,
)
