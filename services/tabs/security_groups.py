"""Security groups: every one in the tenant; on where the user is a member."""

from collections.abc import AsyncIterator, Sequence

from services.group import GroupKind
from services.members import Relation, in_graph
from services.operation import Operation
from services.tabs.group_rows import COLUMNS, MEMBER, of_kind
from services.tabs.tab import Page, ToggleTab
from services.tenant import Tenant
from services.user import User
from state.values import Change


def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The tenant's security groups, on where the user is a member."""
    return of_kind(tenant, user, GroupKind.SECURITY)


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One Graph call per group."""
    return [in_graph(change, Relation.MEMBER) for change in changes]


TAB = ToggleTab(
    id="security-groups",
    title="Security groups",
    about=(
        "Every security group of the tenant. Space puts the user in or takes them out. The source Role marks "
        "groups that can hold directory roles: only a Privileged Role Administrator may change their members."
    ),
    toggles=(MEMBER,),
    columns=COLUMNS,
    load=load,
    plan=plan,
    export=True,
)
