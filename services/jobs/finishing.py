"""Finishing: when the processes that run here will have sent their steps, as far as the tenant's quotas decide it."""

from collections import Counter
from collections.abc import Callable, Collection, Iterable, Mapping, Sequence

import msgspec

from services.operation import Operation
from services.task import decode
from services.transport.governor import Governor
from services.transport.quotas import costs
from state.processes import Processes
from state.values import Process, Step, StepClass

_PAGE = 200
"""Steps read in one go, in a few milliseconds: meanwhile no key is answered."""
_PAGES_A_LOOK = 25
"""A long process is read over several looks, so that none of them takes long."""


class Finish(msgspec.Struct, frozen=True):
    """`seconds` until the last step has gone, by `quota` ("3,000 writes in 150 s").

    `least`: other steps wait for a service that publishes no number, so that it may as well take longer.
    """

    seconds: float
    quota: str
    least: bool = False


class _Piece(msgspec.Struct, frozen=True):
    """Some steps, in their order: what they cost together, and how many cost nothing known."""

    steps: int
    costs: Mapping[str, int]
    unknown: int


class _Unsent:
    """The steps of one process that waited when they were read."""

    def __init__(self) -> None:
        self.pieces: list[_Piece] = []
        self.after: int | None = 0

    def left(self, waiting: int) -> tuple[Counter[str], bool]:
        """What the last `waiting` of them cost, and whether some of them cost nothing known."""
        found, unknown = Counter[str](), False
        for piece in reversed(self.pieces):
            if waiting <= 0:
                break
            part = min(1.0, waiting / piece.steps)
            found.update({name: round(amount * part) for name, amount in piece.costs.items()})
            unknown |= piece.unknown > 0
            waiting -= piece.steps
        return found, unknown


class Finishing:
    """Foretells for what `running` names: the processes that this copy of the program runs.

    Another copy has a governor of its own, so that nothing is known of its pace.
    """

    def __init__(
        self, processes: Processes, governor: Governor, running: Callable[[], Collection[int]]
    ) -> None:
        self._processes = processes
        self._governor = governor
        self._running = running
        self._unsent: dict[int, _Unsent] = {}

    async def of(self, processes: Iterable[Process]) -> dict[int, Finish]:
        """What is known, by process; one that no quota keeps waiting, or that is not known yet, is missing.

        Processes that run side by side share a quota equally. Raises `StateError`.
        """
        here = set(self._running())
        mine = [process for process in processes if process.id in here and process.ended_at is None]
        self._unsent = {p.id: self._unsent.get(p.id) or _Unsent() for p in mine}
        pages = _PAGES_A_LOOK
        for number, unsent in self._unsent.items():
            while unsent.after is not None and pages:
                await self._read(number, unsent)
                pages -= 1
        if any(unsent.after is not None for unsent in self._unsent.values()):
            # what is not read yet may take from the same quota
            return {}
        left = {p.id: self._unsent[p.id].left(p.counts.get(StepClass.WAITING, 0)) for p in mine}
        found = {number: self._finish(number, left) for number in left}
        return {number: finish for number, finish in found.items() if finish is not None}

    def _finish(self, number: int, left: Mapping[int, tuple[Counter[str], bool]]) -> Finish | None:
        own, unknown = left[number]
        shared = {
            name: sum(min(amount, others[name]) for others, _ in left.values())
            for name, amount in own.items()
        }
        forecast = self._governor.forecast(shared)
        return Finish(forecast.seconds, forecast.quota, unknown) if forecast else None

    async def _read(self, number: int, unsent: _Unsent) -> None:
        page = await self._processes.steps(
            number, states=(StepClass.WAITING,), after=unsent.after or 0, limit=_PAGE
        )
        if page:
            unsent.pieces.append(_piece(page))
        unsent.after = page[-1].number if len(page) == _PAGE else None


def _piece(steps: Sequence[Step]) -> _Piece:
    taken, unknown = Counter[str](), 0
    for step in steps:
        cost = _cost(step)
        unknown += not cost
        taken.update(cost)
    return _Piece(len(steps), taken, unknown)


def _cost(step: Step) -> Mapping[str, int]:
    try:
        task = decode(step.operation)
    except msgspec.ValidationError:
        # it will fail unsent
        return {}
    return costs(task.request) if isinstance(task, Operation) else {}
