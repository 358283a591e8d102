"""Recorded roles: the activations that the journal knows of, so that what was opened before is known without asking."""

from datetime import datetime, timedelta

import msgspec

from services.actions import activate_role
from services.directory_roles import WHOLE
from services.operation import Json, Operation
from services.own_roles import Held
from services.task import decode
from state.filters import ProcessFilter
from state.processes import Processes
from state.values import StepClass

_BACK = timedelta(days=1)
_MOST = 20


async def recorded(processes: Processes, operator: str, now: datetime) -> tuple[Held, ...]:
    """What this operator has activated since yesterday, the latest of each role. Raises `StateError`."""
    where = ProcessFilter(kind=activate_role.ID, operator=operator, since=now - _BACK)
    found: dict[tuple[str, str], Held] = {}
    began = await processes.recent(_MOST, where=where)
    after = ProcessFilter(operator=operator, since=now - _BACK, kind="undo") if began else None
    undone = {each.undo_of for each in await processes.recent(_MOST, where=after)} if after else set()
    for process in reversed([each for each in began if each.id not in undone]):
        for step in await processes.steps(process.id, states=(StepClass.DONE,)):
            held = _held(step.operation)
            if held is not None:
                found[held.role, held.scope] = held
    return tuple(found.values())


def _held(stored: bytes) -> Held | None:
    """The window that an activation opened; None for what is none, or cannot be read."""
    try:
        task = decode(stored)
    except msgspec.ValidationError:
        return None
    body: Json = task.request.body if isinstance(task, Operation) else None
    try:
        since = datetime.fromisoformat(body["scheduleInfo"]["startDateTime"])
        minutes = activate_role.minutes(body["scheduleInfo"]["expiration"]["duration"])
        role, scope = str(body["roleDefinitionId"]), str(body.get("directoryScopeId") or WHOLE)
    except (LookupError, TypeError, ValueError, AttributeError):
        return None
    return Held(role, scope, since, since + timedelta(minutes=minutes), activated=True)
