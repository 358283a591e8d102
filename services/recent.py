"""What was written a moment ago and may not be visible in the directory yet."""

from collections.abc import Collection, Mapping
from datetime import timedelta

from services.operation import Operation
from services.task import decode
from state.clock import Clock
from state.processes import Processes
from state.values import Json, StepClass

WINDOW = timedelta(minutes=15)
"""How long a write may take to show in lists (`api-map.md` §7.4 says minutes)."""

_WRITTEN = (StepClass.DONE, StepClass.REFUSED, StepClass.FAILED, StepClass.UNKNOWN)


async def unseen_writes(processes: Processes, clock: Clock, users: Collection[str]) -> Mapping[str, Json]:
    """Cell key → value, of these users' steps that are done but were not seen in the tenant since.

    What was carried out despite its answer, or may have been, is not foretold: there the tenant's word counts
    alone, also against what was written to the same cell before.
    """
    found: dict[str, Json] = {}
    since = clock.now() - WINDOW
    for process in reversed(await processes.recent(20)):
        if (process.user and process.user not in users) or (
            process.ended_at is not None and process.ended_at < since
        ):
            continue
        after = 0
        while page := await processes.steps(process.id, states=_WRITTEN, after=after):
            after = page[-1].number
            for step in page:
                task = decode(step.operation)
                if not isinstance(task, Operation):
                    continue
                for key in task.writes:
                    if step.state is StepClass.DONE and not step.visible:
                        found[key] = task.wanted(key)
                    elif step.visible or step.state is StepClass.UNKNOWN:
                        found.pop(key, None)
    return found


def on_tab(unseen: Mapping[str, Json], users: Collection[str], tab: str) -> Mapping[str, Json]:
    """What of it stands on this tab of one of these users."""
    cells = [(key, *key.split("\x1f")[:2]) for key in unseen]
    return {key: unseen[key] for key, user, where in cells if user in users and where == tab}


def told(unseen: Mapping[str, Json]) -> str:
    """How much of what was applied the tenant does not show yet; "" where it shows all."""
    return f"{len(unseen)} applied, being checked in the tenant" if unseen else ""
