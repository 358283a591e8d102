"""Rows and plan of the tabs whose groups are of several kinds: each is written by the path of its kind."""

from collections.abc import Callable, Sequence

from services.group import Group
from services.members import KIND, by_kind
from services.memberships import Memberships
from services.operation import Operation
from services.tabs.group_rows import cells, is_member, member_lock
from services.tabs.tab import Row
from services.user import User
from state.values import Change

NO_EXCHANGE = "The user has no Exchange licence, and Exchange keeps this group's members"


def row_for(
    user: User, more: Callable[[Group], tuple[str, ...]] = lambda group: ()
) -> Callable[[Group, Memberships | None], Row]:
    """Makes the rows of this user; `more` are the cells behind those that all group tabs have."""

    def row(group: Group, held: Memberships | None) -> Row:
        lock = member_lock(group, held)
        if not lock and group.kind.in_exchange and not user.has_exchange:
            lock = NO_EXCHANGE
        return Row(
            group.id,
            group.name,
            cells(group) + more(group),
            (is_member(group, held),),
            (lock,) if lock else (),
            {KIND: group.kind.value},
        )

    return row


def plan(changes: Sequence[Change]) -> list[Operation]:
    """One call per group, to the service that keeps its members."""
    return [by_kind(change) for change in changes]
