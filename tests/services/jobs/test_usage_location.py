"""A licence right behind the user's new usage location, in virtual time: every replica must have heard of it."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import pytest

from services.jobs.runner import JobRunner
from services.operation import Answer, Operation, Request, Service, encode
from services.plan import plan
from state.values import Change, NewProcess, NewStep, Step, StepClass
from tests.faults.virtual import VirtualClock
from tests.services.jobs.world import world

SKU = "f30db892-07e9-47e9-837c-80727f46fd3d"
NO_PLACE = "License assignment cannot be done for user with invalid usage location."


class Directory:
    """One user, whose new usage location the licensing service sees only `lag` seconds later."""

    def __init__(self, clock: VirtualClock, lag: float) -> None:
        self.clock, self.lag = clock, lag
        self.location = ""
        self.known_at = float("inf")
        self.licences: list[str] = []
        self.writes: list[tuple[str, float]] = []

    async def send(self, request: Request, *, bulk: bool = False) -> Answer:
        """One request."""
        if request.method == "GET":
            held = [{"skuId": sku, "disabledPlans": []} for sku in self.licences]
            return Answer(200, {"assignedLicenses": held, "usageLocation": self.location or None})
        self.writes.append((request.method, self.clock.monotonic()))
        if request.method == "PATCH":
            self.location = request.body["usageLocation"]
            self.known_at = self.clock.monotonic() + self.lag
            return Answer(204)
        if self.clock.monotonic() < self.known_at:
            return Answer(400, code="Request_BadRequest", message=NO_PLACE)
        self.licences += [added["skuId"] for added in request.body["addLicenses"]]
        return Answer(200, {"id": "u1"})

    async def batch(
        self, service: Service, requests: Sequence[Request], *, bulk: bool = True
    ) -> list[Answer]:
        """Several requests in one call."""
        return [await self.send(request) for request in requests]

    def batch_size(self, service: Service) -> int:
        """As Graph's."""
        return 20

    def lanes(self, service: Service) -> int:
        """As Graph's."""
        return 4


def _operations() -> list[Operation]:
    licence = Change("u1", "joni@x", "licenses", SKU, "Power Automate", "assigned", False, True)
    place = Change("u1", "joni@x", "basics", "", "Usage location", "usageLocation", None, "DE")
    # staged in this order; the plan puts the location first
    return plan([licence, place])


async def _run(tmp_path: Path, lag: float) -> tuple[Directory, list[Step]]:
    async with world(tmp_path) as w:
        directory = Directory(w.clock, lag)
        steps = [NewStep(encode(o), o.title, o.target, o.serial) for o in _operations()]
        new = NewProcess("apply", "Apply", "admin@contoso.example", user="u1")
        number = await w.processes.start(new, steps, [], w.clock.now())
        runner = JobRunner(directory, w.processes, w.clock, "me", on_change=lambda: None)
        assert await runner.run_once() is not None
        return directory, await w.processes.steps(number)


@pytest.mark.parametrize("lag", [0.0, 20.0])
def test_the_licence_waits_until_the_location_is_known_everywhere(tmp_path: Path, lag: float) -> None:
    directory, steps = asyncio.run(_run(tmp_path, lag))
    assert [step.state for step in steps] == [StepClass.DONE, StepClass.DONE]
    assert [method for method, _ in directory.writes][:2] == ["PATCH", "POST"]
    assert (directory.location, directory.licences) == ("DE", [SKU])
    assert directory.writes[-1][1] - directory.writes[0][1] >= lag


def test_a_location_that_never_arrives_is_a_refusal_after_half_a_minute(tmp_path: Path) -> None:
    directory, steps = asyncio.run(_run(tmp_path, 10_000.0))
    assert [step.state for step in steps] == [StepClass.DONE, StepClass.REFUSED]
    assert NO_PLACE in steps[1].sentence
    posts = [at for method, at in directory.writes if method == "POST"]
    assert len(posts) == 6
    assert 25 < posts[-1] - posts[0] < 60
