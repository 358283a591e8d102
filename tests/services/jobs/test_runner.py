"""The runner's promises, in virtual time: order, leases, cancel, stop, read-back, and honest classes."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest

from services.errors import SignInNeeded, Unreachable
from services.jobs.limits import Limits
from services.jobs.looked import FOUND_AFTER_CUT
from services.jobs.outcome import NEVER_TWICE
from services.jobs.read_back import HELD, SEEN
from services.operation import Answer, Repeat, Request, Service
from state.entries import Entry, Written
from state.errors import LeaseLost, StateError
from state.processes import Processes
from state.values import NewProcess, NewStep, ProcessStatus, StepClass
from tests.faults.tenant import Chances, ModelTenant, Object, invitation, membership
from tests.services.jobs.world import World, world

Batch = Callable[..., Awaitable[list[Answer]]]


def answer_with(
    world: World, monkeypatch: pytest.MonkeyPatch, before: Callable[[Sequence[Request]], Awaitable[None]]
) -> None:
    """Has something happen at the moment a batch of writes leaves."""
    batch: Batch = world.tenant.batch

    async def changed(service: Service, requests: Sequence[Request], *, bulk: bool = True) -> list[Answer]:
        if requests[0].method != "GET":
            await before(requests)
        return await batch(service, requests, bulk=bulk)

    monkeypatch.setattr(world.tenant, "batch", changed)


def test_a_process_is_run_read_back_and_audited(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            number = await w.start(w.joins(23))
            ended = await w.runner().run_once()
            assert ended is not None
            assert (ended.status, ended.counts) == (ProcessStatus.SUCCEEDED, {StepClass.DONE: 23})
            assert {s.visible for s in await w.processes.steps(number)} == {True}
            assert {s.request_id for s in await w.processes.steps(number, limit=1)} == {"r-g0/u1"}
            entries = await w.audit.of_user("u1", 100)
            assert len(entries) == 23
            assert {(e.operator, e.outcome) for e in entries} == {("admin@contoso.example", StepClass.DONE)}
            assert await w.audit.verify() == ""
            assert (await w.processes.log(number, 1))[0][1] == "Ended: 23 done"
            assert w.commits > 3
            assert await w.runner().run_once() is None

    asyncio.run(run())


def test_what_was_so_before_is_told_apart(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            operations = w.joins(4)
            w.tenant.objects["g0/u1"].history = [(-1.0, True)]
            w.tenant.objects["g1/u1"].dynamic = True
            w.tenant.objects["g2/u1"].deleted = True
            number = await w.start(operations)
            ended = await w.runner().run_once()
            assert ended is not None
            assert ended.status is ProcessStatus.FINISHED
            steps = await w.processes.steps(number)
            assert [s.state for s in steps] == [
                StepClass.ALREADY_SO,
                StepClass.REFUSED,
                StepClass.REFUSED,
                StepClass.DONE,
            ]
            assert "Change the rule" in steps[1].sentence
            assert "deleted" in steps[2].sentence

    asyncio.run(run())


def test_what_was_carried_out_although_it_was_denied_is_found(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            batch: Batch = w.tenant.batch

            async def denied(
                service: Service, requests: Sequence[Request], *, bulk: bool = True
            ) -> list[Answer]:
                answers = await batch(service, requests, bulk=bulk)
                writes = any(request.method != "GET" for request in requests)
                return [Answer(403, code="Authorization_RequestDenied"), *answers[1:]] if writes else answers

            monkeypatch.setattr(w.tenant, "batch", denied)
            operations = w.joins(3)
            w.tenant.objects["g1/u1"].dynamic = True
            number = await w.start(operations)
            await w.runner().run_once()
            steps = await w.processes.steps(number)
            assert [(s.state, s.visible) for s in steps] == [
                (StepClass.REFUSED, True),
                (StepClass.REFUSED, None),
                (StepClass.DONE, True),
            ]
            told = [(each.target, each.outcome, each.note) for each in await w.audit.of_user("u1", 9)]
            assert told[0] == (steps[0].target, StepClass.REFUSED, SEEN[StepClass.REFUSED])
            assert sorted(target for target, _, note in told[1:] if not note) == [s.target for s in steps]
            assert await w.audit.verify() == ""

    asyncio.run(run())


@pytest.mark.parametrize("hours", [0, 3, 24 * 8])
def test_a_read_back_that_was_cut_off_is_taken_up_by_the_next_runner(tmp_path: Path, hours: int) -> None:
    async def run() -> None:
        async with world(tmp_path, Chances(0, 0, 0, 0, 0, 0, lag=10)) as w:
            number = await w.start(w.joins(7))
            first = asyncio.create_task(w.runner().run_forever())
            while (await w.processes.get(number)).ended_at is None:
                await w.clock.sleep(0.5)
            first.cancel()
            await asyncio.gather(first, return_exceptions=True)
            assert {s.visible for s in await w.processes.steps(number)} == {None}
            w.clock.seconds += HELD.total_seconds() + hours * 3600
            second = w.runner("you")
            second.drain()
            began = w.clock.seconds
            await second.run_forever()
            assert w.clock.seconds - began < 1, "the moments to wait for have passed"
            found = {True} if hours < 24 * 7 else {None}
            assert {s.visible for s in await w.processes.steps(number)} == found
            assert await w.processes.readings.take(later(w, 60), later(w, 90)) is None

    asyncio.run(run())


def later(world: World, seconds: float) -> datetime:
    """So many seconds from now."""
    return world.clock.now() + timedelta(seconds=seconds)


def test_what_nobody_could_be_asked_about_is_asked_again_ever_more_rarely(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            number = await w.start(w.joins(2))
            batch: Batch = w.tenant.batch

            async def deaf(
                service: Service, requests: Sequence[Request], *, bulk: bool = True
            ) -> list[Answer]:
                if requests[0].method == "GET":
                    raise Unreachable("No network.")
                return await batch(service, requests, bulk=bulk)

            with monkeypatch.context() as cut:
                cut.setattr(w.tenant, "batch", deaf)
                await w.runner().run_once()
            assert {s.visible for s in await w.processes.steps(number)} == {None}
            assert await w.processes.readings.take(later(w, 50), later(w, 90)) is None, "not at once"
            w.clock.seconds += 70
            second = w.runner("you")
            second.drain()
            await second.run_forever()
            assert {s.visible for s in await w.processes.steps(number)} == {True}

    asyncio.run(run())


def test_no_more_batches_than_lanes_are_in_flight(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            flying = most = 0
            batch: Batch = w.tenant.batch

            async def counted(
                service: Service, requests: Sequence[Request], *, bulk: bool = True
            ) -> list[Answer]:
                nonlocal flying, most
                flying += 1
                most = max(most, flying)
                try:
                    return await batch(service, requests, bulk=bulk)
                finally:
                    flying -= 1

            monkeypatch.setattr(w.tenant, "batch", counted)
            w.tenant.lanes_now = 3
            await w.start(w.joins(60))
            await w.runner().run_once()
            assert most == 3

    asyncio.run(run())


def test_a_lost_lease_stops_sending_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            w.tenant.lanes_now = 1
            sent: list[int] = []

            async def steal(requests: Sequence[Request]) -> None:
                sent.append(len(requests))
                async with w.db.write() as connection:
                    await connection.exec_driver_sql("UPDATE processes SET owner = 'other'")

            answer_with(w, monkeypatch, steal)
            number = await w.start(w.joins(30))
            with pytest.raises(LeaseLost):
                await w.runner().run_once()
            assert sent == [5]
            counts = (await w.processes.get(number)).counts
            assert counts == {StepClass.SENT: 5, StepClass.WAITING: 25}

    asyncio.run(run())


def test_a_program_that_was_stopped_beyond_its_lease_sends_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            w.tenant.lanes_now = 1
            sent: list[int] = []

            async def freeze(requests: Sequence[Request]) -> None:
                sent.append(len(requests))
                # SIGSTOP and SIGCONT: time has passed, no timer of this program has run, another has come
                w.clock.seconds += 31
                assert await w.processes.claim("another", w.clock.now(), 30) is not None

            answer_with(w, monkeypatch, freeze)
            number = await w.start(w.joins(30))
            with pytest.raises(LeaseLost):
                await w.runner().run_once()
            assert sent == [5]
            monkeypatch.undo()
            w.clock.seconds += 31
            ended = await w.runner("a third").run_once()
            assert ended is not None
            assert ended.status is ProcessStatus.SUCCEEDED
            first = (await w.processes.steps(number))[0]
            assert first.sentence == "Found done after the answer was lost."

    asyncio.run(run())


def test_what_was_never_to_be_sent_twice_is_unknown_after_a_crash(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            number = await w.start([invitation("g0", "u0"), invitation("g1", "u1")])
            await w.processes.claim("dead", w.clock.now(), 30)
            await w.processes.mark_sent(number, "dead", [1], w.clock.now())
            w.clock.seconds += 31
            ended = await w.runner().run_once()
            assert ended is not None
            steps = await w.processes.steps(number)
            assert [s.state for s in steps] == [StepClass.UNKNOWN, StepClass.DONE]
            assert "never sent twice" in steps[0].sentence
            assert dict(w.tenant.effects) == {"g1/u1": 1}

    asyncio.run(run())


@pytest.mark.parametrize("happened", [True, False])
@pytest.mark.parametrize("crashed", [True, False])
def test_what_must_not_be_sent_twice_is_looked_for(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, happened: bool, crashed: bool
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            (once,) = [msgspec.structs.replace(o, repeat=Repeat.ONCE) for o in w.joins(1)]
            sent = 0

            async def cut(request: Request, *, bulk: bool = False) -> Answer:
                nonlocal sent
                sent += 1
                if happened:
                    await w.tenant.batch(request.service, [request])
                raise Unreachable("The connection was cut before the answer was complete.")

            monkeypatch.setattr(w.tenant, "send", cut)
            number = await w.start([once])
            if crashed:
                await w.processes.claim("dead", w.clock.now(), 30)
                await w.processes.mark_sent(number, "dead", [1], w.clock.now())
                if happened:
                    await w.tenant.batch(once.request.service, [once.request])
                w.clock.seconds += 31
            ended = await w.runner().run_once()
            assert ended is not None
            (step,) = await w.processes.steps(number)
            assert sent == (0 if crashed else 1)
            assert step.attempts == 1
            assert w.tenant.effects["g0/u1"] == happened
            if happened:
                assert (step.state, step.sentence) == (StepClass.DONE, FOUND_AFTER_CUT)
                assert len(await w.audit.of_user("u1", 9)) == 1
            else:
                assert (step.state, step.sentence) == (StepClass.UNKNOWN, NEVER_TWICE)

    asyncio.run(run())


def test_cancel_from_another_program_is_honoured_between_batches(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            w.tenant.lanes_now = 1
            number = await w.start(w.joins(30))

            async def cancel(_: Sequence[Request]) -> None:
                await w.processes.cancel(number, w.clock.now())

            answer_with(w, monkeypatch, cancel)
            ended = await w.runner().run_once()
            assert ended is not None
            assert ended.status is ProcessStatus.CANCELLED
            assert ended.counts == {StepClass.DONE: 5, StepClass.CANCELLED: 25}

    asyncio.run(run())


def test_stop_finishes_what_is_in_flight_and_gives_the_process_back(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            w.tenant.lanes_now = 2
            left = asyncio.Event()

            async def tell(_: Sequence[Request]) -> None:
                left.set()

            answer_with(w, monkeypatch, tell)
            number = await w.start(w.joins(60))
            runner = w.runner()
            running = asyncio.create_task(runner.run_forever())
            await left.wait()
            await runner.stop()
            await running
            found = await w.processes.get(number)
            assert found.owner == ""
            assert StepClass.SENT not in found.counts
            assert found.counts[StepClass.DONE] == 10
            ended = await w.runner("another").run_once()
            assert ended is not None
            assert ended.counts == {StepClass.DONE: 60}

    asyncio.run(run())


def test_a_needed_sign_in_waits_without_using_up_attempts(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            signed_in = False
            asked = 0

            async def refuse(_: Sequence[Request]) -> None:
                nonlocal asked
                asked += 1
                if not signed_in:
                    raise SignInNeeded("The session is over: sign in again.")

            answer_with(w, monkeypatch, refuse)
            number = await w.start(w.joins(5))
            runner = w.runner()
            running = asyncio.create_task(runner.run_forever())
            while asked < 20:
                await w.clock.sleep(10)
            assert "sign in again" in runner.trouble
            assert {s.attempts for s in await w.processes.steps(number)} <= {0, 1}
            signed_in = True
            runner.wake()
            while await w.processes.running():
                await w.clock.sleep(1)
            assert runner.trouble == ""
            assert (await w.processes.get(number)).counts == {StepClass.DONE: 5}
            await runner.stop()
            await running

    asyncio.run(run())


class FullDisk(Processes):
    """A journal that cannot be written while `full`."""

    full = True

    async def write(self, process: int, owner: str, entry: Entry, now: datetime) -> Written:
        if self.full:
            raise StateError("The disk is full.")
        return await super().write(process, owner, entry, now)


def test_what_cannot_be_journaled_is_not_sent(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            number = await w.start(w.joins(5))
            w.processes = journal = FullDisk(w.db, "t1")
            runner = w.runner()
            running = asyncio.create_task(runner.run_forever())
            await w.clock.sleep(120)
            assert not w.tenant.effects
            assert runner.trouble == "The disk is full."
            journal.full = False
            while await w.processes.running():
                await w.clock.sleep(1)
            assert (await w.processes.get(number)).counts == {StepClass.DONE: 5}
            await runner.stop()
            await running

    asyncio.run(run())


def test_not_visible_yet_is_a_state_and_no_failure(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path, Chances(0, 0, 0, 0, 0, 0, lag=600.0)) as w:
            number = await w.start(w.joins(3))
            ended = await w.runner().run_once()
            assert ended is not None
            assert ended.status is ProcessStatus.SUCCEEDED
            steps = await w.processes.steps(number)
            assert [(s.state, s.visible) for s in steps] == [(StepClass.DONE, False)] * 3

    asyncio.run(run())


def test_equal_looks_are_asked_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            operations = [membership("g0", f"u{n}", True) for n in range(8)]
            shared = operations[0].look
            assert shared is not None
            for n in range(8):
                w.tenant.objects[f"g0/u{n}"] = Object([(-1.0, False)])
            await w.start(operations)
            reads: list[Request] = []
            serve: Callable[..., Awaitable[list[Answer]]] = w.tenant.batch

            async def heard(
                service: Service, requests: Sequence[Request], *, bulk: bool = True
            ) -> list[Answer]:
                reads.extend(r for r in requests if r.method == "GET")
                return await serve(service, requests, bulk=bulk)

            monkeypatch.setattr(w.tenant, "batch", heard)
            await w.runner().run_once()
            assert len(reads) == len({str(r) for r in reads}) == 8

    asyncio.run(run())


def test_an_unreachable_service_is_tried_by_one_batch_at_growing_distances(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            tried: list[float] = []

            async def cut(_: Sequence[Request]) -> None:
                tried.append(w.clock.seconds)
                if w.clock.seconds < 20:
                    raise Unreachable("No network.")

            answer_with(w, monkeypatch, cut)
            number = await w.start(w.joins(60))
            ended = await w.runner().run_once()
            assert ended is not None
            assert ended.counts == {StepClass.DONE: 60}
            early = [moment for moment in tried if moment < 20]
            assert len(early) < 12
            lines = [line for _, line in await w.processes.log(number, 99)]
            assert any("Graph cannot be reached" in line for line in lines)

    asyncio.run(run())


def test_a_step_this_version_cannot_read_fails_alone(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            number = await w.processes.start(
                NewProcess("apply", "Apply", "admin"),
                [NewStep(b'{"of":"tomorrow"}', "t", "x", "s")],
                [],
                w.clock.now(),
            )
            ended = await w.runner().run_once()
            assert ended is not None
            (step,) = await w.processes.steps(number)
            assert (step.state, step.attempts) == (StepClass.FAILED, 0)
            assert "cannot read" in step.sentence

    asyncio.run(run())


def test_attempts_are_bounded_and_the_end_is_honest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:

            def busy(tenant: ModelTenant, request: Request) -> Answer:
                return tenant._read(request) if request.method == "GET" else Answer(503)

            monkeypatch.setattr(w.tenant, "_one", lambda request: busy(w.tenant, request))
            number = await w.start(w.joins(2))
            ended = await w.runner(limits=Limits(attempts=3)).run_once()
            assert ended is not None
            steps = await w.processes.steps(number)
            assert {(s.state, s.attempts) for s in steps} == {(StepClass.FAILED, 3)}
            assert steps[0].sentence == (
                "Sent 3 times; the tenant does not show it. Last: The service was not available."
            )

    asyncio.run(run())
