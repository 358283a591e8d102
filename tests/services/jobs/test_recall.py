"""Recall: what waits for its turn when the program stops was never sent, and the journal says so."""

import asyncio
from pathlib import Path

import pytest

from services.operation import Answer
from state.values import StepClass
from tests.faults.tenant import invitation
from tests.services.jobs.world import world


def test_stop_calls_back_what_waits_for_its_turn_as_never_sent(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            waiting, never = asyncio.Event(), asyncio.Event()

            async def wait(*_: object, **__: object) -> list[Answer]:
                waiting.set()
                await never.wait()
                return []

            number = await w.start([*w.joins(40), invitation("g", "guest")])
            with monkeypatch.context() as held:
                held.setattr(w.tenant, "batch", wait)
                held.setattr(w.tenant, "send", wait)
                runner = w.runner()
                running = asyncio.create_task(runner.run_forever())
                await waiting.wait()
                began = w.clock.monotonic()
                await runner.stop()
                await running
            # it does not take as long as an orderly stop waits for answers
            assert w.clock.monotonic() - began < 1
            assert (await w.processes.get(number)).counts == {StepClass.WAITING: 41}
            assert {step.attempts for step in await w.processes.steps(number)} == {0}
            ended = await w.runner("another").run_once()
            assert ended is not None
            assert ended.counts == {StepClass.DONE: 41}

    asyncio.run(run())
