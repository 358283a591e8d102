"""Looking: reads that show whether an operation's fields are now as it wants them."""

import asyncio
from collections.abc import Iterable, Mapping, Sequence
from typing import TypeVar

import msgspec

from services.errors import RollcallError
from services.jobs.outcome import as_wanted
from services.jobs.sender import Sender
from services.jobs.sight import Sight
from services.operation import ENCODER, Answer, Operation, Request, Service
from state.clock import Clock

T = TypeVar("T")


class Patience(msgspec.Struct, frozen=True):
    """When to look (seconds since the first look), and how many agreeing looks in a row settle it."""

    at: tuple[float, ...]
    so: int
    not_so: int


RESUMING = Patience((0, 2, 5, 15), so=2, not_so=2)
"""After a crash a wrong "not so" costs a needless sending of something that changes nothing."""
GIVING_UP = Patience((0, 2, 5, 15), so=2, not_so=4)
"""A last word must outwait the directory's replicas."""
BELIEVING = Patience((0, 2, 5, 15), so=1, not_so=3)
"""Where the service has said that it is so, one look is enough to believe it."""


async def settle(
    tenant: Sender, clock: Clock, operations: Mapping[int, Operation], patience: Patience
) -> dict[int, bool | None]:
    """Looks until it is settled for each number whether its operation's fields are as wanted.

    None where it could not be settled: no look, no answer, or looks that disagree.
    """
    verdicts: dict[int, bool | None] = dict.fromkeys(operations)
    left = {number: operation for number, operation in operations.items() if operation.look}
    streaks: dict[int, tuple[bool | None, int]] = {}
    started = clock.monotonic()
    for at in patience.at:
        if not left:
            break
        await clock.sleep(max(0.0, at - (clock.monotonic() - started)))
        for number, found in (await once(tenant, left)).items():
            last, length = streaks.get(number, (None, 0))
            length = length + 1 if found is last else 1
            streaks[number] = (found, length)
            if found is not None and length >= (patience.so if found else patience.not_so):
                verdicts[number] = found
                del left[number]
    return verdicts


async def once(tenant: Sender, operations: Mapping[int, Operation]) -> dict[int, bool | None]:
    """One look for each number; equal requests are sent once for all that share them."""
    requests: dict[bytes, Request] = {}
    askers: dict[bytes, list[int]] = {}
    for number, operation in operations.items():
        if operation.look is not None:
            key = ENCODER.encode(operation.look.request)
            requests[key] = operation.look.request
            askers.setdefault(key, []).append(number)
    verdicts: dict[int, bool | None] = dict.fromkeys(operations)
    for key, answer in (await _answers(tenant, requests)).items():
        sight = Sight(answer)
        for number in askers[key]:
            operation = operations[number]
            if operation.look is not None:
                verdicts[number] = as_wanted(operation, sight.tells(operation.look))
    return verdicts


async def _answers(tenant: Sender, requests: Mapping[bytes, Request]) -> dict[bytes, Answer]:
    """The answers that came; a request without one is left out."""
    by_service: dict[Service, list[bytes]] = {}
    for key, request in requests.items():
        by_service.setdefault(request.service, []).append(key)
    found: dict[bytes, Answer] = {}

    async def ask(service: Service, keys: Sequence[bytes]) -> None:
        try:
            answers = await tenant.batch(service, [requests[key] for key in keys], bulk=True)
        except RollcallError:
            # the looks stay unanswered, which the caller counts as "cannot be told"
            return
        found.update(zip(keys, answers, strict=True))

    for service, keys in by_service.items():
        batches = list(_pieces(keys, tenant.batch_size(service)))
        for some in _pieces(batches, max(1, tenant.lanes(service))):
            await asyncio.gather(*(ask(service, batch) for batch in some))
    return found


def _pieces(items: Sequence[T], size: int) -> Iterable[Sequence[T]]:
    return (items[start : start + size] for start in range(0, len(items), size))
