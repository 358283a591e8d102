"""A thousand memberships in a tenant that misbehaves as tenants do: every one is classed as what happened."""

import asyncio
from collections import Counter
from collections.abc import Sequence
from pathlib import Path
from random import Random

from services.operation import Answer, Request
from state.values import StepClass
from tests.faults.tenant import NO_FAULTS, ModelTenant, Object, membership
from tests.services.jobs.world import world

DENIED = "Found done, although the answer was {}."


class Misbehaving(ModelTenant):
    """Answers the first sending of these targets wrongly, though it was carried out: 429, or 500."""

    lied_to: set[str]
    failing: set[str]

    def batch_size(self, service: object) -> int:
        return 20

    def _one(self, request: Request) -> Answer:
        answer = super()._one(request)
        if request.method == "GET":
            return answer
        target = _target(request)
        if target in self.lied_to:
            self.lied_to.discard(target)
            return Answer(429, code="TooManyRequests", retry_after=2.5)
        if target in self.failing:
            self.failing.discard(target)
            return Answer(500, code="InternalServerError")
        return answer


def _target(request: Request) -> str:
    parts = request.path.split("/")
    return f"{parts[2]}/{parts[4]}"


def _groups(first: int, count: int) -> Sequence[str]:
    return [f"g{n}/u1" for n in range(first, first + count)]


def test_a_thousand_groups(tmp_path: Path) -> None:
    already, lied_to, dynamic, deleted, failing = (
        _groups(0, 50),
        _groups(50, 20),
        _groups(100, 10),
        _groups(200, 10),
        _groups(300, 5),
    )

    async def run() -> None:
        async with world(tmp_path) as w:
            tenant = w.tenant = Misbehaving(w.clock, Random(1), NO_FAULTS, w.db.path)  # noqa: S311
            tenant.lied_to, tenant.failing = set(lied_to), set(failing)
            for n in range(1000):
                name = f"g{n}/u1"
                tenant.objects[name] = Object(
                    [(-1.0, name in already)], dynamic=name in dynamic, deleted=name in deleted
                )
            number = await w.start([membership(f"g{n}", "u1", True) for n in range(1000)])
            ended = await w.runner().run_once()
            assert ended is not None
            assert ended.counts == {
                StepClass.DONE: 930,
                StepClass.ALREADY_SO: 50,
                StepClass.REFUSED: 20,
            }
            steps = await w.processes.steps(number)
            classes = {step.target: step for step in steps}
            assert all(classes[name].state is StepClass.ALREADY_SO for name in already)
            assert all(classes[name].state is StepClass.REFUSED for name in (*dynamic, *deleted))
            assert all(classes[name].sentence == DENIED.format(429) for name in lied_to)
            assert all(classes[name].sentence == DENIED.format(500) for name in failing)
            assert {classes[name].attempts for name in (*lied_to, *failing)} == {1}
            assert Counter(step.visible for step in steps) == {True: 930, None: 70}
            assert max(tenant.effects.values()) == 1
            assert tenant.complaints == []
            await tenant.close()

    asyncio.run(run())
