"""Distribution groups: every one in the tenant; Exchange owns their membership."""

from collections.abc import AsyncIterator, Sequence

from services.group import GroupKind
from services.members import in_exchange
from services.operation import Operation
from services.tabs.group_rows import COLUMNS, MEMBER, of_kind
from services.tabs.tab import Page, ToggleTab, needs_exchange
from services.tenant import Tenant
from services.user import User
from state.values import Change


def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The tenant's distribution groups; dynamic ones are not in Graph at all and so not here."""
    return of_kind(tenant, user, GroupKind.DISTRIBUTION)


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One Exchange cmdlet per group."""
    return [in_exchange(change) for change in changes]


TAB = ToggleTab(
    id="distribution-groups",
    title="Distribution groups",
    about="Every distribution group of the tenant. Exchange changes them; Graph shows it minutes later.",
    toggles=(MEMBER,),
    columns=COLUMNS,
    load=load,
    plan=plan,
    visible=needs_exchange,
    export=True,
)
