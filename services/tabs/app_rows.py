"""The rows that the tabs of application roles share: each role of an application that a person can be given."""

from collections.abc import Mapping, Sequence

from services.app_roles import APP, ASSIGNMENT, ROLE, App, AppRole, Grant, operation
from services.operation import Operation
from services.tabs.tab import Row, Toggle
from state.values import Change

ASSIGNED = Toggle("assigned", "Assigned", "assigned")

NO_ROLE = "The application declares no role that people can be given"
NO_LONGER = "no longer offered"
Held = Mapping[tuple[str, str], Sequence[Grant]]
"""Grants by (application, role)."""


def by_role(grants: Sequence[Grant]) -> dict[tuple[str, str], list[Grant]]:
    """The grants that reach a user, by application and role."""
    found: dict[tuple[str, str], list[Grant]] = {}
    for grant in grants:
        found.setdefault((grant.app, grant.role), []).append(grant)
    return found


def rows(app: App, held: Held, *, alone: bool = False) -> list[Row]:
    """One row for each role that can be given or is held.

    Cells: name, role, how it is held, state, application id. `alone`: the rows are of one application, they
    are named by the role, and their cells are name, how it is held, description.
    """
    offered = app.choices
    stale = [
        AppRole(role, app.role_name(role) + (f" ({NO_LONGER})" if app.known else ""), False)
        for holder, role in held
        if holder == app.id and all(role != choice.id for choice in offered)
    ]
    found = [*offered, *stale]
    if not found:
        cells = (app.name, "", NO_ROLE) if alone else (app.name, "", "", _state(app), app.app_id)
        return [Row(f"{app.id}/", app.name, cells, (False,), (NO_ROLE,))]
    several = len(found) > 1
    return [_row(app, role, held.get((app.id, role.id), ()), several=several, alone=alone) for role in found]


def _row(app: App, role: AppRole, grants: Sequence[Grant], *, several: bool, alone: bool) -> Row:
    own = next((grant for grant in grants if not grant.group), None)
    groups = ", ".join(grant.group for grant in grants if grant.group)
    name = role.name if alone else f"{app.name} · {role.name}" if several else app.name
    facts = {APP: app.id, ROLE: role.id}
    if own is not None:
        facts[ASSIGNMENT] = own.id
    lock = ""
    if own is None and groups:
        lock = f"Assigned through the group {groups}: change its members"
    how = ", ".join(["Direct"] * (own is not None) + [f"Through {groups}"] * bool(groups))
    return Row(
        f"{app.id}/{role.id}",
        name,
        (name, how, role.description) if alone else (name, role.name, how, _state(app), app.app_id),
        (bool(grants),),
        (lock,) if lock else (),
        facts,
    )


def _state(app: App) -> str:
    return "" if app.enabled else "Sign-in off"


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One Graph call per role."""
    return [operation(change) for change in changes]
