"""Portal access roles: the app roles of Rollcall's own enterprise application, by which it limits operators."""

from collections.abc import AsyncIterator

from services.app_roles import ASSIGNMENT, app_with, grants
from services.columns import Column
from services.errors import NotFound
from services.tabs.app_rows import ASSIGNED, by_role, plan, rows
from services.tabs.tab import Page, ToggleTab
from services.tenant import Tenant
from services.user import User


def available(tenant: Tenant) -> str:
    """Hidden where the profile names no application, and none signs in."""
    return "" if tenant.profile.portal else "the profile has no portal_app_id"


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """All at once. Raises `NotFound` when the tenant has no such application."""
    app = await app_with(tenant, tenant.profile.portal)
    if app is None:
        raise NotFound(
            f"No enterprise application has the id {tenant.profile.portal}, so portal roles limit nothing here: "
            "name Rollcall's own with portal_app_id in the profile file."
        )
    held = by_role([grant for grant in await grants(tenant, user.id) if grant.app == app.id])
    yield Page(rows(app, held, alone=True), replace=True, note=app.name)


TAB = ToggleTab(
    id="portal-access-roles",
    title="Portal access roles",
    about="What an operator may see and do in Rollcall: the roles of its own enterprise application.",
    toggles=(ASSIGNED,),
    columns=(
        Column("displayName", "Role", least=16),
        Column("how", "Held", least=12),
        Column("description", "Description", least=16),
    ),
    load=load,
    plan=plan,
    available=available,
    off_needs=ASSIGNMENT,
)
