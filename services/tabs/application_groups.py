"""Application groups: security groups that are assigned to an enterprise application."""

import asyncio
from collections.abc import AsyncIterator, Sequence

from services.app_roles import App, enterprise_apps
from services.columns import Column
from services.operation import Json, Request, Service
from services.tabs.group_rows import COLUMNS, MEMBER, matching
from services.tabs.mixed_groups import plan, row_for
from services.tabs.tab import Page, ToggleTab
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """Asks every application for its groups first; then the rows come as on the other tabs of groups."""
    apps = [app async for page in enterprise_apps(tenant) for app in page]
    yield Page((), replace=True, note=f"asking {len(apps):,} applications for their groups")
    holders = await _holders(tenant, apps)
    row = row_for(user, lambda group: (", ".join(holders[group.id]),))
    async for page in matching(tenant, user, lambda group: group.id in holders, row):
        yield page


async def _holders(tenant: Tenant, apps: Sequence[App]) -> dict[str, list[str]]:
    """Group id → names of the applications it is assigned to. Raises `RollcallError`."""
    size = tenant.batch_size(Service.GRAPH)
    parts = [apps[start : start + size] for start in range(0, len(apps), size)]
    found: dict[str, list[str]] = {}
    for some in await asyncio.gather(*(_assigned(tenant, part) for part in parts)):
        for group, app in some:
            names = found.setdefault(group, [])
            if app not in names:
                names.append(app)
    return found


async def _assigned(tenant: Tenant, apps: Sequence[App]) -> list[tuple[str, str]]:
    """(group id, application's name) for the groups that are assigned to these applications."""
    requests = [_request(app) for app in apps]
    answers = await tenant.ask(requests)
    found: list[tuple[str, str]] = []
    for app, request, answer in zip(apps, requests, answers, strict=True):
        if answer.ok and isinstance(answer.body, dict):
            found += _groups(answer.body.get("value", ()), app)
        elif answer.status != 404:
            # alone it is asked again by itself, and what stays wrong becomes the tab's sentence
            async for page in tenant.pages(request):
                found += _groups(page, app)
    return found


def _groups(assignments: Sequence[Json], app: App) -> list[tuple[str, str]]:
    return [
        (str(a["principalId"]).lower(), app.name) for a in assignments if a.get("principalType") == "Group"
    ]


def _request(app: App) -> Request:
    return Request(
        Service.GRAPH,
        path=f"/servicePrincipals/{segment(app.id)}/appRoleAssignedTo",
        query=(("$select", "id,principalId,principalType"), ("$top", "999")),
    )


TAB = ToggleTab(
    id="application-groups",
    title="Application groups",
    about="Security groups that are assigned to an enterprise application: their members get into it.",
    toggles=(MEMBER,),
    columns=(*COLUMNS, Column("applications", "Applications", least=14)),
    load=load,
    plan=plan,
    export=True,
)
