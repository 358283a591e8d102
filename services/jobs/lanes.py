"""Lanes: what of one process is in flight, and how much more of each service may be."""

import asyncio
from collections.abc import Callable, Coroutine, Sequence

from services.jobs.flight import Departure, Landed, recalled
from services.jobs.limits import backoff
from services.jobs.sender import Sender
from services.jobs.step_queue import Waiting
from services.operation import Service
from state.clock import Clock


class Lanes:
    """The flights of one process. `on_landing` is called whenever one ends."""

    def __init__(self, tenant: Sender, clock: Clock, on_landing: Callable[[], None]) -> None:
        self._tenant = tenant
        self._clock = clock
        self._on_landing = on_landing
        self._carrying: dict[asyncio.Task[Landed], Service] = {}
        self._departures: dict[asyncio.Task[Landed], tuple[Departure, Sequence[Waiting]]] = {}
        self._looking: set[asyncio.Task[Landed]] = set()
        self._unreached: dict[Service, int] = {}
        self._holds: dict[Service, float] = {}

    def __bool__(self) -> bool:
        """Whether anything is in flight."""
        return bool(self._carrying or self._looking)

    def carry(
        self, batch: Sequence[Waiting], journey: Coroutine[None, None, Landed], departure: Departure
    ) -> None:
        """Starts a batch; it takes one of the service's lanes."""
        task = self._start(journey)
        self._carrying[task] = batch[0].operation.request.service
        self._departures[task] = (departure, batch)

    def look(self, journey: Coroutine[None, None, Landed]) -> None:
        """Starts a look; it takes no lane."""
        self._looking.add(self._start(journey))

    def landed(self) -> list[Landed]:
        """What ended since the last call. Raises what a flight raised: a defect of this program."""
        done = [task for task in (*self._carrying, *self._looking) if task.done()]
        for task in done:
            self._carrying.pop(task, None)
            self._departures.pop(task, None)
            self._looking.discard(task)
        found = [task.result() for task in done]
        for landed in found:
            if landed.service is not None:
                self._pace(landed.service, landed.reached)
        return found

    def room(self, service: Service) -> int:
        """How many batches more may go now. While a service cannot be reached one at a time tries it."""
        if self._holds.get(service, 0.0) > self._clock.monotonic():
            return 0
        lanes = 1 if self._unreached.get(service) else max(1, self._tenant.lanes(service))
        return max(0, lanes - sum(carried is service for carried in self._carrying.values()))

    def size(self, service: Service) -> int:
        """How many steps one batch may hold."""
        return max(1, self._tenant.batch_size(service))

    def next_try(self) -> float | None:
        """When a service that is held back may be tried again; None when none is."""
        now = self._clock.monotonic()
        return min((until for until in self._holds.values() if until > now), default=None)

    async def recall(self) -> list[Landed]:
        """Calls back what only waits for its turn: nobody has to wait for it, nor to wonder what became of it."""
        waiting = {task: batch for task, (departure, batch) in self._departures.items() if not departure.left}
        undone = [task for task in waiting if not task.done()]
        await self._cancel(set(undone))
        for task in undone:
            del self._carrying[task], self._departures[task]
        return [recalled(waiting[task]) for task in undone]

    async def stop_looking(self) -> None:
        """Gives up the looks: they are only reads, and the next runner looks again."""
        await self._cancel(self._looking)
        self._looking.clear()

    async def abandon(self) -> None:
        """Cuts off everything at once; the journal has it as sent."""
        await self._cancel({*self._carrying, *self._looking})
        self._carrying.clear()
        self._departures.clear()
        self._looking.clear()

    async def _cancel(self, tasks: set[asyncio.Task[Landed]]) -> None:
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)

    def _start(self, journey: Coroutine[None, None, Landed]) -> asyncio.Task[Landed]:
        task = asyncio.create_task(journey)
        task.add_done_callback(lambda _: self._on_landing())
        return task

    def _pace(self, service: Service, reached: bool) -> None:
        self._unreached[service] = 0 if reached else self._unreached.get(service, 0) + 1
        if not reached:
            self._holds[service] = self._clock.monotonic() + backoff(self._unreached[service])
