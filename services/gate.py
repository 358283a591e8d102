"""Gate: whether the operator's portal role and consents allow what a process would do, asked before it is sent."""

from collections.abc import Collection, Iterable

import msgspec

from services.actions import activate_role
from services.actions.registry import ACTIONS
from services.consents import NEEDS
from services.errors import NotPermitted
from services.jobs.admission import Objects
from services.operation import Operation
from services.operator_role import OperatorRole
from services.portal_roles import Access
from services.tabs.registry import BY_ID
from services.tabs.tab import PropertyTab

NO_PARTS = ("retry", "undo")
"""Kinds of processes that are no actions: what they do was of a tab or an action before."""


def refusal(access: Access, part: str, fields: Collection[str] = ()) -> str:
    """Why this tab may not be changed, or this action not be done; "" where it may."""
    what = _WHAT.get(part, "this change")
    return access.refuses(part, what, fields) or access.grants.refuses(_NEEDING.get(part, part), what, fields)


def refused(access: Access, kind: str, operation: Operation) -> str:
    """Why this operation of a process of this kind may not be sent; "" where it may."""
    fields = [key.rpartition("\x1f")[2] for key in operation.changes]
    return refusal(access, part_of(kind, operation), fields)


def part_of(kind: str, operation: Operation) -> str:
    """The tab or action that the operation is of; what an older version stored names it by other means."""
    if operation.part:
        return operation.part
    tabs = {key.split("\x1f")[1] for key in operation.changes}
    if len(tabs) == 1:
        return tabs.pop()
    return "" if kind in NO_PARTS else kind


def must_grant(reasons: Iterable[str]) -> None:
    """Raises `NotPermitted` with the first reason, where there is one."""
    if reason := next(filter(None, reasons), ""):
        raise NotPermitted(reason)


def stamped(kind: str, operation: Operation) -> Operation:
    """The operation of an action as its own part.

    One that has a part keeps it, and what follows a process that an older version stored stays as it was.
    """
    if operation.part or kind in NO_PARTS:
        return operation
    return msgspec.structs.replace(operation, part=kind)


async def admit(operator: OperatorRole) -> Objects | None:
    """What the runner may send now; see `services.jobs.admission`. Raises `NotPermitted` while that is not known."""
    access = await operator.learn()
    if access.unread and not access.readonly:
        raise NotPermitted(access.trouble)
    return Gate(access) if access.limited or access.readonly or access.grants.held else None


class Gate(msgspec.Struct, frozen=True):
    """What may be sent by whoever has this access; two of the same access are the same."""

    access: Access

    def __call__(self, kind: str, operation: Operation) -> str:
        """Why an operation of a process of this kind may not be sent here; "" where it may."""
        return refused(self.access, kind, operation)


_OF_ROWS = {
    action: tab for tab in BY_ID.values() if not isinstance(tab, PropertyTab) for action in tab.actions
}
_WHAT = {
    **{tab.id: f"changing {tab.title}" for tab in BY_ID.values()},
    **{action.id: f"{action.title} ({tab.title})" for action, tab in _OF_ROWS.items()},
    **{action.id: action.title for action in ACTIONS},
    activate_role.ID: activate_role.TITLE,
}
"""What a sentence calls a part."""
_NEEDING = {action.id: tab.id for action, tab in _OF_ROWS.items() if action.id not in NEEDS}
"""What is done to the rows of a tab needs what the tab needs."""
