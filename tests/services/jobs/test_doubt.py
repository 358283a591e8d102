"""What is done about a step whose answer left open whether it happened: it is looked for before it goes again."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from pathlib import Path

import pytest

from services.errors import Unreachable
from services.jobs.looked import CLAIMS, NOT_SHOWN
from services.operation import Answer, Request, Service
from state.values import StepClass
from tests.faults.tenant import ModelTenant, invitation
from tests.services.jobs.world import World, world

CUT = Unreachable("The connection was cut.")
NO_WAY = Unreachable("No way.", sent=False)
HELD = Answer(429, code="NotSent", retry_after=1.0, sent=False)

Heard = list[tuple[str, set[StepClass]]]
Serve = Callable[[ModelTenant, Sequence[Request]], Awaitable[list[Answer]]]


def _answering(
    w: World, monkeypatch: pytest.MonkeyPatch, said: Answer | Exception, *, applied: bool
) -> Heard:
    """The tenant says this to the first call that writes; heard is every call, with how the steps stood then."""
    heard: Heard = []
    serve: Serve = ModelTenant._call

    async def call(requests: Sequence[Request]) -> list[Answer]:
        first = not any(method != "GET" for method, _ in heard)
        process = next(iter(w.tenant.steps.values()))[0]
        states = {step.state for step in await w.processes.steps(process)}
        heard.append((requests[0].method, states))
        if requests[0].method == "GET" or not first:
            return await serve(w.tenant, requests)
        if applied:
            for request in requests:
                w.tenant._write(request, 0.0)
        if isinstance(said, Exception):
            raise said
        return [said] * len(requests)

    monkeypatch.setattr(w.tenant, "_call", call)
    return heard


@pytest.mark.parametrize(
    "said", [Answer(429), Answer(503), Answer(504), Answer(500), Answer(0), CUT], ids=str
)
@pytest.mark.parametrize("count", [1, 3], ids=["alone", "in a batch"])
def test_it_is_looked_for_and_only_sent_again_when_it_is_not_there(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Answer | Exception, count: int
) -> None:
    async def run(folder: Path, *, applied: bool) -> Heard:
        async with world(folder) as w:
            heard = _answering(w, monkeypatch, said, applied=applied)
            number = await w.start(w.joins(count))
            ended = await w.runner().run_once()
            assert ended is not None
            assert ended.counts == {StepClass.DONE: count}
            steps = await w.processes.steps(number)
            assert {step.attempts for step in steps} == {1 if applied else 2}
            assert all(step.sentence.startswith("Found done") is applied for step in steps)
            assert set(w.tenant.effects.values()) == {1}
            # what is looked for stays marked as sent: after a crash it is looked for as well
            assert [states for _, states in heard[1:3]] == [{StepClass.SENT}] * 2
            return heard

    (tmp_path / "there").mkdir()
    (tmp_path / "gone").mkdir()

    async def both() -> None:
        there = await run(tmp_path / "there", applied=True)
        assert [method for method, _ in there if method != "GET"] == ["POST"]
        gone = await run(tmp_path / "gone", applied=False)
        assert [method for method, _ in gone[:4]] == ["POST", "GET", "GET", "POST"]

    asyncio.run(both())


@pytest.mark.parametrize("said", [HELD, NO_WAY, Answer(401), Answer(423)], ids=str)
def test_what_surely_did_not_happen_goes_again_without_a_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Answer | Exception
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            heard = _answering(w, monkeypatch, said, applied=False)
            await w.start(w.joins(3))
            ended = await w.runner().run_once()
            assert ended is not None
            assert ended.counts == {StepClass.DONE: 3}
            assert [method for method, _ in heard[:2]] == ["POST", "POST"]

    asyncio.run(run())


@pytest.mark.parametrize(
    ("said", "state", "sendings"),
    [
        (HELD, StepClass.DONE, 2),
        (NO_WAY, StepClass.DONE, 2),
        (Answer(429, retry_after=1.0), StepClass.UNKNOWN, 1),
        (Answer(429, code="NotSent"), StepClass.UNKNOWN, 1),
        (Answer(503), StepClass.UNKNOWN, 1),
        (CUT, StepClass.UNKNOWN, 1),
    ],
    ids=str,
)
def test_what_must_not_happen_twice_goes_again_only_if_it_never_left(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, said: Answer | Exception, state: StepClass, sendings: int
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            heard = _answering(w, monkeypatch, said, applied=state is StepClass.UNKNOWN)
            number = await w.start([invitation("g", "u")])
            await w.runner().run_once()
            (step,) = await w.processes.steps(number)
            assert (step.state, len(heard)) == (state, sendings)
            assert w.tenant.effects["g/u"] == 1

    asyncio.run(run())


def test_a_crash_while_it_is_looked_for_does_not_send_it_unlooked(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            heard = _answering(w, monkeypatch, Answer(503), applied=True)
            number = await w.start(w.joins(2))
            running = asyncio.create_task(w.runner().run_once())
            await w.clock.sleep(1.0)
            running.cancel()
            await asyncio.gather(running, return_exceptions=True)
            assert [method for method, _ in heard] == ["POST", "GET"]
            await w.clock.sleep(31)
            ended = await w.runner("another").run_once()
            assert ended is not None
            assert ended.counts == {StepClass.DONE: 2}
            assert {step.attempts for step in await w.processes.steps(number)} == {1}

    asyncio.run(run())


def test_a_cancel_while_it_is_looked_for_is_classed_as_what_happened(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run(folder: Path, *, applied: bool, state: StepClass) -> None:
        async with world(folder) as w:
            heard = _answering(w, monkeypatch, Answer(503), applied=applied)
            number = await w.start(w.joins(2))
            running = asyncio.create_task(w.runner().run_once())
            await w.clock.sleep(1.0)
            await w.processes.cancel(number, w.clock.now())
            await running
            assert {step.state for step in await w.processes.steps(number)} == {state}
            assert [method for method, _ in heard].count("POST") == 1

    (tmp_path / "there").mkdir()
    (tmp_path / "gone").mkdir()

    async def both() -> None:
        await run(tmp_path / "there", applied=True, state=StepClass.DONE)
        await run(tmp_path / "gone", applied=False, state=StepClass.CANCELLED)

    asyncio.run(both())


def test_the_model_complains_of_what_goes_again_unlooked(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            (operation,) = w.joins(1)
            await w.start([operation])
            async with w.db.write() as connection:
                await connection.exec_driver_sql("UPDATE steps SET state = 'sent'")
            w.tenant._doubt([operation.request])
            await w.tenant.batch(Service.GRAPH, [operation.request])
            assert w.tenant.complaints == ["g0/u1 was sent again, and nobody had looked"]
            w.tenant.complaints.clear()

    asyncio.run(run())


THERE = Answer(
    400, message="One or more added object references already exist for the following …: 'members'."
)


@pytest.mark.parametrize("count", [1, 3], ids=["alone", "in a batch"])
def test_what_the_service_says_is_so_already_goes_again_where_the_tenant_shows_otherwise(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, count: int
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            heard = _answering(w, monkeypatch, THERE, applied=False)
            await w.start(w.joins(count))
            ended = await w.runner().run_once()
            assert ended is not None
            assert (ended.counts, ended.retries) == ({StepClass.DONE: count}, count)
            assert set(w.tenant.effects.values()) == {1}
            # it is looked for after a crash as well
            assert [states for _, states in heard[1:3]] == [{StepClass.SENT}] * 2

    asyncio.run(run())


def test_what_is_so_already_is_believed_after_one_look(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            heard = _answering(w, monkeypatch, THERE, applied=True)
            number = await w.start(w.joins(2))
            ended = await w.runner().run_once()
            assert ended is not None
            assert ended.counts == {StepClass.ALREADY_SO: 2}
            assert {step.status for step in await w.processes.steps(number)} == {400}
            assert [method for method, _ in heard] == ["POST", "GET"]

    asyncio.run(run())


def test_what_the_tenant_goes_on_to_show_otherwise_is_not_called_so_already(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            monkeypatch.setattr(w.tenant, "_write", lambda request, late: THERE)
            number = await w.start(w.joins(1))
            await w.runner().run_once()
            (step,) = await w.processes.steps(number)
            assert (step.state, step.sentence, step.attempts) == (StepClass.FAILED, NOT_SHOWN, CLAIMS)

    asyncio.run(run())
