"""Admission: what the runner asks before it sends anything of a process: whether the operator here may have it done."""

from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
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
        if objects is not None:
            async for operations in still_to_do(self._processes, self._process.id):
                self._judge(objects, operations)
                if self.refused:
                    break
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


async def still_to_do(processes: Processes, process: int) -> AsyncIterator[list[Operation]]:
    """What is left of a process, page by page, as far as it can be read. Raises `StateError`."""
    after = 0
    while page := await processes.steps(process, states=_OPEN, after=after, limit=_PAGE):
        after = page[-1].number
        yield [found for step in page if (found := _operation(step.operation)) is not None]


def _operation(stored: bytes) -> Operation | None:
    """What can be sent; what cannot be read fails when its turn comes."""
    try:
        task = decode(stored)
    except msgspec.ValidationError:
        return None
    return task if isinstance(task, Operation) else None
