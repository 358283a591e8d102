"""Plan: staged changes become ordered operations, looked at in the tenant before anything is written."""

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum

import msgspec

from services.jobs.sight import Sight
from services.operation import Json, Operation, encode
from services.sameness import same
from services.tabs.registry import BY_ID
from services.tabs.tab import RecordTab
from services.tenant import Tenant
from state.values import Change


class Finding(StrEnum):
    """What the tenant holds now, against what was staged."""

    READY = "ready"
    ALREADY_SO = "already so"
    CONFLICT = "changed meanwhile"
    UNSEEN = "not checked"
    OBJECTED = "cannot be sent"


class Line(msgspec.Struct, frozen=True):
    """One operation of a plan with what was found. `current` holds the fields that are not as they were."""

    operation: Operation
    changes: tuple[Change, ...]
    finding: Finding = Finding.UNSEEN
    current: Mapping[str, Json] = {}
    reason: str = ""


class Review(msgspec.Struct, frozen=True):
    """A plan that was held against the tenant. `digest` names exactly what the operator saw."""

    lines: tuple[Line, ...]
    digest: str

    @property
    def conflicts(self) -> tuple[Line, ...]:
        """Lines whose value somebody else changed since it was loaded."""
        return tuple(line for line in self.lines if line.finding is Finding.CONFLICT)

    @property
    def objection(self) -> str:
        """Why the plan must not be applied as it is, the first reason; "" when it may."""
        return next((line.operation.objection for line in self.lines if line.operation.objection), "")

    @property
    def changes(self) -> tuple[Change, ...]:
        """All changes that the plan carries out."""
        return tuple(change for line in self.lines for change in line.changes)


def plan(changes: Sequence[Change]) -> list[Operation]:
    """The operations of these changes: user by user as they were staged, tab by tab in the pages' order."""
    grouped: dict[tuple[str, str], list[Change]] = {}
    for change in changes:
        grouped.setdefault((change.user, change.tab), []).append(change)
    order = list(BY_ID)
    users = list(dict.fromkeys(change.user for change in changes))
    keys = sorted(grouped, key=lambda key: (users.index(key[0]), order.index(key[1])))
    operations: list[Operation] = []
    for key in keys:
        tab = BY_ID[key[1]]
        if not isinstance(tab, RecordTab):
            operations += [
                msgspec.structs.replace(o, part=tab.id, user=key[0]) for o in tab.plan(grouped[key])
            ]
    return operations


def review(changes: Sequence[Change]) -> Review:
    """The plan as it can be shown at once, before the tenant was looked at."""
    by_key = {change.key: change for change in changes}
    lines = tuple(_planned(o, tuple(by_key[key] for key in o.changes)) for o in plan(changes))
    return Review(lines, digest([line.operation for line in lines]))


async def checked(tenant: Tenant, unchecked: Review) -> Review:
    """The review with every line held against the tenant; equal reads are made once.

    A read that fails leaves its lines unchecked with the reason; it never raises.
    """
    looks = [line.operation.look for line in unchecked.lines if line.operation.look]
    requests = {msgspec.json.encode(look.request): look.request for look in looks}
    answers = await tenant.ask(list(requests.values()))
    sights = dict(zip(requests, map(Sight, answers), strict=True))
    return Review(tuple(_found(line, sights) for line in unchecked.lines), unchecked.digest)


def digest(operations: Sequence[Operation]) -> str:
    """Names a plan: sha256 over its operations in order."""
    sha = hashlib.sha256()
    for operation in operations:
        sha.update(encode(operation) + b"\n")
    return sha.hexdigest()


def _planned(operation: Operation, changes: tuple[Change, ...]) -> Line:
    finding = Finding.OBJECTED if operation.objection else Finding.UNSEEN
    return Line(operation, changes, finding, reason=operation.objection)


def _found(line: Line, sights: Mapping[bytes, Sight]) -> Line:
    operation = line.operation
    if operation.look is None or line.finding is Finding.OBJECTED:
        return line
    sight = sights[msgspec.json.encode(operation.look.request)]
    if not (answer := sight.answer).ok:
        reason = f"the tenant could not be looked at: {answer.message or answer.status}"
        return msgspec.structs.replace(line, reason=reason)
    now = sight.tells(operation.look)
    if untold := [find.field for find in operation.look.finds if find.field not in now]:
        reason = f"the tenant's answer does not tell {', '.join(untold)}"
        return msgspec.structs.replace(line, reason=reason)
    if all(same(now.get(f), value) for f, value in operation.after.items()):
        return msgspec.structs.replace(line, finding=Finding.ALREADY_SO, current=now)
    moved = {f: now.get(f) for f, value in operation.before.items() if not same(now.get(f), value)}
    moved = {f: value for f, value in moved.items() if not same(value, operation.after.get(f))}
    finding = Finding.CONFLICT if moved else Finding.READY
    return msgspec.structs.replace(line, finding=finding, current=moved)
