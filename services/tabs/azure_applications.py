"""Azure applications: every enterprise application; on where the user is assigned, one row for each role."""

from collections.abc import AsyncIterator

from services.app_roles import ASSIGNMENT, apps_named, enterprise_apps, grants
from services.columns import Column
from services.tabs.app_rows import ASSIGNED, by_role, plan, rows
from services.tabs.tab import Page, ToggleTab
from services.tenant import Tenant
from services.user import User


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """Page by page; at last the user's applications that the portal's list does not have."""
    held = by_role(await grants(tenant, user.id))
    seen: set[str] = set()
    first = True
    async for apps in enterprise_apps(tenant):
        seen.update(app.id for app in apps)
        yield Page([row for app in apps for row in rows(app, held)], replace=first)
        first = False
    unlisted = {
        grant.app: grant.app_name for some in held.values() for grant in some if grant.app not in seen
    }
    more = [row for app in await apps_named(tenant, unlisted) for row in rows(app, held)]
    yield Page(more, replace=first)


TAB = ToggleTab(
    id="azure-applications",
    title="Azure applications",
    about="Every enterprise application. One with several roles has a row for each of them.",
    toggles=(ASSIGNED,),
    columns=(
        Column("displayName", "Application", least=20),
        Column("role", "Role", least=10),
        Column("how", "Held", least=12),
        Column("state", "State", width=11, wide=True),
        Column("appId", "Application id", width=36, wide=True),
    ),
    load=load,
    plan=plan,
    off_needs=ASSIGNMENT,
)
