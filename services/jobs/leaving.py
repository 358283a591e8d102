"""Leaving: which processes this copy of the program leaves to others, as its operator may not have them done."""

from collections.abc import Awaitable, Callable, Collection
from typing import TypeAlias

from services.errors import RollcallError
from services.jobs.admission import Admit, Objects, anything, still_to_do
from state.processes import Processes
from state.values import Process

Bars: TypeAlias = Callable[[Process], Awaitable[str]]
"""Why a process is not this copy's to run, whatever is in it; "" where it is. Raises `StateError`."""


async def nothing(process: Process) -> str:
    """Every process is."""
    return ""


class Leaving:
    """What is asked before a process is claimed: one that may not be run here waits for a copy where it may.

    Each process is looked at once, and again when the operator's rights are others.
    """

    def __init__(self, admit: Admit, bars: Bars, processes: Processes) -> None:
        self._admit = admit
        self._bars = bars
        self._processes = processes
        self._objects: Objects | None = None
        self._judged: dict[int, str] = {}
        self.reasons: dict[int, str] = {}
        """Why, by the number of each process that nobody runs now."""

    async def among_open(self, mine: Collection[int]) -> set[int]:
        """The open processes that are left alone; `mine` are this copy's already. Raises `StateError`."""
        if self._admit is anything and self._bars is nothing:
            return set()
        found = [process for process in await self._processes.running() if process.id not in mine]
        if not found:
            self.reasons = {}
            return set()
        try:
            objects = await self._admit()
        except RollcallError:
            # whoever claims asks again, and sends nothing while it is not known
            return set(self.reasons)
        known = self._judged if objects == self._objects else {}
        self._objects = objects
        self._judged = {p.id: known[p.id] if p.id in known else await self._judge(objects, p) for p in found}
        self.reasons = {p.id: self._judged[p.id] for p in found if self._judged[p.id] and not p.owner}
        return {number for number, reason in self._judged.items() if reason}

    async def _judge(self, objects: Objects | None, process: Process) -> str:
        if (reason := await self._bars(process)) or objects is None:
            return reason
        async for operations in still_to_do(self._processes, process.id):
            if reason := next(filter(None, (objects(process.kind, each) for each in operations)), ""):
                return reason
        return ""
