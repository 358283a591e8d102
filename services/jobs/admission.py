"""Admission: what the runner asks before it sends anything of a process: whether the operator here may have it done."""

from collections.abc import Awaitable, Callable, Iterable
from typing import TypeAlias

import msgspec

from services.errors import RollcallError
from services.operation import Operation
from services.task import decode
from state.processes import Processes
from state.values import Process, StepClass

_PAGE = 1000
_OPEN = (StepClass.WAITING, StepClass.SENT)

Objects: TypeAlias = Callable[[str, Operation], str]
"""Why an operation of a process of this kind may not be sent here; "" where it may."""

Admit: TypeAlias = Callable[[], Awaitable[Objects | None]]
"""Asked when a process was claimed, and before each batch of it; None where nothing is objected to.

Raises `RollcallError` while it cannot be known: then nothing is sent, and it is asked again later.
"""


async def anything() -> None:
    """Nothing is objected to."""


class Admission:
    """One process's: `refused` is why no more of it may be sent here, "" where it may.

    What was refused once stays so for this run, as a plan that is done by halves twice is nobody's plan.
    """

    def __init__(self, admit: Admit, processes: Processes, process: Process) -> None:
        self._admit = admit
        self._processes = processes
        self._process = process
        self.refused = ""

    async def enter(self) -> str:
        """Looks at every step that is still to be done; returns why that cannot be known. Raises `StateError`."""
        objects, unknown = await self._asked()
        after = 0
        while objects is not None and not self.refused:
            page = await self._processes.steps(self._process.id, states=_OPEN, after=after, limit=_PAGE)
            if not page:
                break
            after = page[-1].number
            self._judge(objects, filter(None, (_operation(step.operation) for step in page)))
        return unknown

    async def ask(self, operations: Iterable[Operation]) -> str:
        """Looks at what is about to be sent; returns why that cannot be known."""
        objects, unknown = await self._asked()
        if objects is not None and not self.refused:
            self._judge(objects, operations)
        return unknown

    async def _asked(self) -> tuple[Objects | None, str]:
        try:
            return await self._admit(), ""
        except RollcallError as error:
            return None, error.sentence

    def _judge(self, objects: Objects, operations: Iterable[Operation]) -> None:
        found = (objects(self._process.kind, operation) for operation in operations)
        self.refused = next(filter(None, found), "")


def _operation(stored: bytes) -> Operation | None:
    """What can be sent; what cannot be read fails when its turn comes."""
    try:
        task = decode(stored)
    except msgspec.ValidationError:
        return None
    return task if isinstance(task, Operation) else None
