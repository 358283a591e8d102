"""Microsoft 365 groups: every one in the tenant, with two switches: member and owner."""

from collections.abc import AsyncIterator, Sequence

import msgspec

from services.errors import RollcallError
from services.group import Group, GroupKind
from services.members import Relation, in_graph
from services.memberships import Memberships
from services.operation import Operation, Request, Service
from services.tabs.group_rows import COLUMNS, MEMBER, cells, is_member, member_lock, of_kind
from services.tabs.tab import Page, Row, Toggle, ToggleTab
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User
from state.values import Change

OWNER = Toggle("owner", "Owner")
LAST_OWNER = "The last owner: a group must have at least one"


def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The tenant's Microsoft 365 groups; who owns them is found by `resolve`, for the rows on screen."""
    return of_kind(tenant, user, GroupKind.MICROSOFT_365, _row)


async def resolve(tenant: Tenant, user: User, rows: Sequence[Row]) -> list[Row]:
    """The same rows with the owner switch known; Graph has no list of the groups a user owns by kind."""
    answers = await tenant.ask([owners(row.key) for row in rows])
    found: list[Row] = []
    for row, answer in zip(rows, answers, strict=True):
        if answer.ok and isinstance(answer.body, dict):
            ids = {str(o.get("id")).lower() for o in answer.body.get("value", ())}
            found.append(_owned(row, user.id, ids))
        elif answer.status not in (0, 404, 429, 503, 504):
            raise RollcallError(
                f"Graph does not show the owners of {row.name}: {answer.message or answer.status}",
                request_id=answer.request_id,
            )
    return found


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One Graph call per switch."""
    relations = {OWNER.id: Relation.OWNER, MEMBER.id: Relation.MEMBER}
    return [in_graph(change, relations[change.field]) for change in changes]


def _row(group: Group, held: Memberships | None) -> Row:
    lock = member_lock(group, held)
    owner_lock = group.lock if group.synced else ""
    locks = (lock, owner_lock) if lock or owner_lock else ()
    return Row(group.id, group.name, cells(group), (is_member(group, held), None), locks)


def owners(group: str) -> Request:
    """The read of a group's owners."""
    return Request(
        Service.GRAPH,
        path=f"/groups/{segment(group)}/owners",
        query=(("$select", "id"), ("$top", "999")),
    )


def _owned(row: Row, user: str, ids: set[str]) -> Row:
    locks = row.locks
    if ids == {user} and not row.lock(1):
        locks = (row.lock(0), LAST_OWNER)
    return msgspec.structs.replace(row, on=(row.on[0], user in ids), locks=locks)


TAB = ToggleTab(
    id="microsoft-365-groups",
    title="Microsoft 365 Groups",
    about="Every Microsoft 365 group of the tenant, with a switch for members and one for owners.",
    toggles=(MEMBER, OWNER),
    columns=COLUMNS,
    load=load,
    plan=plan,
    resolve=resolve,
    export=True,
)
