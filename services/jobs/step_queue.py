"""StepQueue: which waiting steps may go next, never two of one serial at once and always in their order."""

from collections import Counter
from collections.abc import Callable, Iterable

import msgspec

from services.operation import Operation, Service
from state.values import StepResult


class Waiting(msgspec.Struct, frozen=True):
    """One step that is to be sent. `attempts` counts sendings so far, `due` is a monotonic time.

    `last` is what the last answer made of it, where the journal has not been told yet.
    """

    number: int
    operation: Operation
    serial: str
    once: bool
    attempts: int = 0
    due: float = 0.0
    last: StepResult | None = None


class StepQueue:
    """The steps of one process that were read from the journal and wait, by number."""

    def __init__(self) -> None:
        self._waiting: dict[int, Waiting] = {}
        self._services: Counter[Service] = Counter()
        self._busy: set[str] = set()

    def __len__(self) -> int:
        return len(self._waiting)

    def add(self, steps: Iterable[Waiting]) -> None:
        """Puts steps where their numbers belong, new ones and those that go again."""
        for step in steps:
            self._waiting[step.number] = step
            self._services[step.operation.request.service] += 1

    def engage(self, steps: Iterable[Waiting]) -> None:
        """Nothing else of these steps' serials goes until they are freed."""
        self._busy.update(step.serial for step in steps if step.serial)

    def free(self, steps: Iterable[Waiting]) -> None:
        """These steps' serials may go on."""
        self._busy.difference_update(step.serial for step in steps)

    def drain(self) -> list[Waiting]:
        """Takes out everything."""
        taken = list(self._waiting.values())
        self._waiting.clear()
        self._services.clear()
        return taken

    def next_due(self, now: float) -> float | None:
        """When the next step that is not due yet will be; None when all are."""
        return min((step.due for step in self._waiting.values() if step.due > now), default=None)

    def pick(
        self, now: float, room: Callable[[Service], int], size: Callable[[Service], int]
    ) -> list[list[Waiting]]:
        """Takes out up to `room` batches a service of up to `size` steps, and engages their serials.

        A step that is never sent twice goes alone: what becomes of others' answers must not make its own
        unknown. So does one whose body is no JSON, which no batch holds.
        """
        left = {service: room(service) for service in self._services}
        passed = set(self._busy)
        filling: dict[Service, list[Waiting]] = {}
        batches: list[list[Waiting]] = []
        for number in sorted(self._waiting):
            if not any(left.values()) and not filling:
                break
            step = self._waiting[number]
            if step.serial and step.serial in passed:
                continue
            passed.add(step.serial)
            service = step.operation.request.service
            alone = step.once or bool(step.operation.request.content)
            batch = None if alone else filling.get(service)
            if step.due > now or (batch is None and not left[service]):
                continue
            if batch is None:
                batch = []
                batches.append(batch)
                left[service] -= 1
                if not alone:
                    filling[service] = batch
            batch.append(step)
            if len(batch) >= size(service) and not alone:
                filling.pop(service, None)
        taken = [step for batch in batches for step in batch]
        self._take(taken)
        self.engage(taken)
        return batches

    def _take(self, steps: Iterable[Waiting]) -> None:
        for step in steps:
            del self._waiting[step.number]
            service = step.operation.request.service
            self._services[service] -= 1
            if not self._services[service]:
                del self._services[service]
