"""Directory roles: every role of the tenant; on where the user holds it, with how and at which scope."""

import asyncio
from collections.abc import AsyncIterator, Mapping, Sequence
from contextlib import suppress

from services.administrative_units import units
from services.columns import Column
from services.directory_roles import ASSIGNMENT, WHOLE, Holding, Role, group_names, holdings, operation, roles
from services.errors import NotFound, NotPermitted
from services.operation import Operation
from services.tabs.tab import Page, Row, Toggle, ToggleTab
from services.tenant import Tenant
from services.user import User
from state.values import Change

ASSIGNED = Toggle("assigned", "Assigned", "assigned")

DISABLED = "The role is disabled in this tenant"
ELIGIBLE = "Eligible through PIM: activate it or change it there"
ACTIVATED = "Active through PIM, where the user is eligible: change it there"
_UNIT = "/administrativeUnits/"


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """All at once: the roles are few, and a row without what is held would say too little."""
    every, found = await asyncio.gather(roles(tenant), holdings(tenant, user))
    names = await group_names(tenant, sorted(found.groups))
    scopes = await _scopes(tenant, {scope for _, scope in found.held})
    known = {role.id: role for role in every}
    rows = []
    for role in every:
        holding = found.held.get((role.id, WHOLE))
        if role.enabled or holding is not None:
            rows.append(_row(role, WHOLE, holding or Holding(), names, scopes))
    for (role_id, scope), holding in found.held.items():
        if scope != WHOLE or role_id not in known:
            rows.append(_row(known.get(role_id) or Role(role_id, role_id), scope, holding, names, scopes))
    yield Page(rows, replace=True, note=" · ".join(found.notes))


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One Graph call per role."""
    return [operation(change) for change in changes]


async def _scopes(tenant: Tenant, scopes: set[str]) -> dict[str, str]:
    """What a person calls each scope."""
    named = {WHOLE: "Directory"}
    if any(scope.startswith(_UNIT) for scope in scopes):
        # without the names, the scope's own text says where the role is held, only less readably
        with suppress(NotPermitted, NotFound):
            named |= {f"{_UNIT}{identity}": name for identity, name in (await units(tenant)).items()}
    return named


def _row(
    role: Role, scope: str, holding: Holding, groups: Mapping[str, str], scopes: Mapping[str, str]
) -> Row:
    through = ", ".join(groups.get(group, group) for group in holding.groups)
    where = scopes.get(scope, scope)
    lock = _lock(role, scope, holding, through, where)
    whole = scope == WHOLE
    return Row(
        role.id if whole else f"{role.id}{scope}",
        role.name,
        (
            role.name,
            where,
            _how(holding, through),
            role.description,
            "Built-in" if role.built_in else "Custom",
        ),
        (bool(holding.assignment or holding.groups),),
        (lock,) if lock else (),
        {ASSIGNMENT: holding.assignment} if holding.assignment and whole else {},
    )


def _lock(role: Role, scope: str, holding: Holding, through: str, where: str) -> str:
    if scope != WHOLE:
        return f"Held only in {where}: change it in the Entra admin center"
    if holding.eligible:
        return ACTIVATED if holding.assignment else ELIGIBLE
    if holding.assignment:
        return ""
    if holding.groups:
        return f"Held through the group {through}: change its members"
    return "" if role.enabled else DISABLED


def _how(holding: Holding, through: str) -> str:
    ways = []
    if holding.assignment:
        ways.append("Active (PIM)" if holding.eligible else "Direct")
    elif holding.eligible:
        ways.append("Eligible (PIM)")
    if through:
        ways.append(f"Through {through}")
    return ", ".join(ways)


TAB = ToggleTab(
    id="directory-roles",
    title="Directory roles",
    about="Every directory role of the tenant. Space assigns it for the whole directory or takes it away.",
    toggles=(ASSIGNED,),
    columns=(
        Column("displayName", "Role", least=20),
        Column("scope", "Scope", least=10),
        Column("how", "Held", least=12),
        Column("description", "Description", least=16, wide=True),
        Column("kind", "Kind", width=8, wide=True),
    ),
    load=load,
    plan=plan,
    off_needs=ASSIGNMENT,
    export=True,
)
