"""Reading back: whether the tenant already shows what a finished process wrote."""

from collections.abc import Callable

from services.jobs import looking
from services.jobs.sender import Sender
from services.operation import Operation
from services.task import decode
from state.clock import Clock
from state.processes import Processes
from state.values import StepClass

MOMENTS = (0.0, 2.0, 5.0, 15.0, 30.0)
"""Seconds after the end of a process at which it is read back."""
_PAGE = 1000


async def read_back(
    tenant: Sender, processes: Processes, clock: Clock, process: int, on_change: Callable[[], None]
) -> None:
    """Looks at every step that was done until the tenant shows it; stores what was found.

    What is not shown at the last moment is "not visible yet": a state, not a failure. At the first moment it
    looks at what was refused, too: a service may have carried out what it denied, and then that is stored.
    """
    started = clock.monotonic()
    for at in MOMENTS:
        await clock.sleep(max(0.0, at - (clock.monotonic() - started)))
        left, after = 0, 0
        states = (StepClass.DONE, StepClass.REFUSED) if at == MOMENTS[0] else (StepClass.DONE,)
        while page := await processes.steps(process, states=states, after=after, limit=_PAGE, unseen=True):
            after = page[-1].number
            operations = {
                step.number: task
                for step in page
                if isinstance(task := decode(step.operation), Operation) and task.look
            }
            found = await looking.once(tenant, operations)
            refused = {step.number for step in page if step.state is StepClass.REFUSED}
            found = {number: so for number, so in found.items() if so or number not in refused}
            shown = {number: bool(so) for number, so in found.items() if so or at == MOMENTS[-1]}
            left += len(found) - len(shown)
            if shown:
                await processes.show(process, shown)
                on_change()
        if not left:
            return
