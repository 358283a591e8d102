"""What the runner may not send here it does not send: the whole process is refused, and told so."""

import asyncio
from pathlib import Path

import msgspec
import pytest

from services.errors import NotPermitted
from services.gate import Gate, part_of, refused
from services.jobs.admission import Admit, Objects, anything
from services.jobs.execution import Blocked
from services.jobs.runner import JobRunner
from services.operation import Operation, Request, Service
from services.portal_roles import Access, named
from services.undo import back
from state.entries import Entry
from state.values import ProcessStatus, StepClass
from tests.services.jobs.world import World, world

ROLE = named("help desk")
assert ROLE is not None
HELP_DESK = Access(limited=True, roles=(ROLE,))


def runner(w: World, admit: Admit, owner: str = "me") -> JobRunner:
    """A runner that asks this."""
    return JobRunner(w.tenant, w.processes, w.clock, owner, on_change=lambda: None, admit=admit)


async def help_desk() -> Objects:
    """What a Help desk may send."""
    return Gate(HELP_DESK)


def of(part: str, operations: list[Operation]) -> list[Operation]:
    """The operations as this tab's or action's."""
    return [msgspec.structs.replace(operation, part=part) for operation in operations]


def late(admit: Admit, allowed: int) -> Admit:
    """Asked so often before, all may be sent."""
    asked = 0

    async def then() -> Objects | None:
        nonlocal asked
        asked += 1
        return None if asked <= allowed else await admit()

    return then


def test_what_an_administrator_stored_a_help_desk_leaves_to_others(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            granted, other = w.joins(8)[:7], w.joins(8)[7:]
            number = await w.start(of("distribution-groups", granted) + of("security-groups", other))
            own = await w.start(of("microsoft-365-groups", w.joins(9)[8:]))
            mine = runner(w, help_desk)
            ended = await mine.run_once()
            assert ended is not None
            assert ended.id == own, "what it may have done it does"
            assert await mine.run_once() is None
            said = "Your portal role (Help desk) does not include changing Security groups. "
            assert mine.leaving.reasons[number].startswith(said)
            left = await w.processes.get(number)
            assert (left.status, left.owner, left.started_at) == (ProcessStatus.WAITING, "", None)
            assert {(step.state, step.attempts) for step in await w.processes.steps(number)} == {
                (StepClass.WAITING, 0)
            }
            done = await runner(w, anything, "an administrator's").run_once()
            assert done is not None
            assert done.counts == {StepClass.DONE: 8}
            assert await mine.run_once() is None
            assert mine.leaving.reasons == {}

    asyncio.run(run())


def test_what_was_left_is_taken_once_the_role_grants_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            await w.start(of("security-groups", w.joins(3)))
            access = HELP_DESK

            async def now() -> Objects | None:
                return Gate(access)

            mine = runner(w, now)
            assert await mine.run_once() is None
            access = Access()
            ended = await mine.run_once()
            assert ended is not None
            assert ended.counts == {StepClass.DONE: 3}

    asyncio.run(run())


def test_what_is_started_later_waits_for_what_was_left_and_writes_to_the_same_object(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            first, *rest = w.joins(4)
            await w.start(of("security-groups", [first]))
            await w.start(of("distribution-groups", [first]))
            third = await w.start(of("distribution-groups", rest))
            ended = await runner(w, help_desk).run_once()
            assert ended is not None
            assert ended.id == third

    asyncio.run(run())


def test_what_is_refused_after_it_was_claimed_is_refused_as_a_whole(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            granted, other = w.joins(8)[:7], w.joins(8)[7:]
            number = await w.start(of("distribution-groups", granted) + of("security-groups", other))
            ended = await runner(w, late(help_desk, 1)).run_once()
            assert ended is not None
            assert (ended.status, ended.counts) == (ProcessStatus.FINISHED, {StepClass.REFUSED: 8})
            steps = await w.processes.steps(number)
            said = "Not sent: Your portal role (Help desk) does not include changing Security groups. "
            assert all(step.sentence.startswith(said) for step in steps)
            assert {(step.attempts, step.sent_at, step.visible) for step in steps} == {(0, None, None)}
            assert not w.tenant.effects
            log = " ".join(text for _, text in await w.processes.log(number, 9))
            assert "Refused here as a whole: Your portal role (Help desk)" in log

    asyncio.run(run())


def test_what_the_role_grants_is_sent(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            await w.start(of("distribution-groups", w.joins(3)))
            ended = await runner(w, help_desk).run_once()
            assert ended is not None
            assert ended.counts == {StepClass.DONE: 3}

    asyncio.run(run())


def test_nothing_is_sent_or_refused_while_the_role_is_not_known(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            number = await w.start(of("distribution-groups", w.joins(3)))
            known = False

            async def later() -> None:
                if not known:
                    raise NotPermitted("Your portal role could not be read.")

            mine = runner(w, later)
            with pytest.raises(Blocked, match="could not be read"):
                await mine.run_once()
            assert {step.state for step in await w.processes.steps(number)} == {StepClass.WAITING}
            assert (await w.processes.get(number)).owner == ""
            assert not w.tenant.effects
            known = True
            ended = await mine.run_once()
            assert ended is not None
            assert ended.counts == {StepClass.DONE: 3}

    asyncio.run(run())


def test_of_what_another_runner_sent_it_is_only_looked_what_became_of_it(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            number = await w.start(of("security-groups", w.joins(3)))
            taken = await w.processes.claim("killed", w.clock.now(), 1.0)
            assert taken is not None
            await w.processes.write(number, "killed", Entry(send=[1, 2]), w.clock.now())
            w.tenant.objects["g0/u1"].history.append((w.clock.seconds, True))
            await w.clock.sleep(60)
            ended = await runner(w, late(help_desk, 1)).run_once()
            assert ended is not None
            steps = await w.processes.steps(number)
            assert [step.state for step in steps] == [StepClass.DONE, StepClass.REFUSED, StepClass.REFUSED]
            assert [step.attempts for step in steps] == [1, 1, 0]
            assert steps[1].sentence == "Sent 1 times; the tenant does not show it."
            assert not w.tenant.effects

    asyncio.run(run())


def test_what_is_taken_away_while_it_runs_is_not_sent_any_more(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            number = await w.start(of("security-groups", w.joins(90)))
            ended = await runner(w, late(help_desk, 3)).run_once()
            assert ended is not None
            done, refused_here = ended.counts[StepClass.DONE], ended.counts[StepClass.REFUSED]
            assert (done + refused_here, done > 0, refused_here > 0) == (90, True, True)
            assert len(w.tenant.effects) == done
            steps = await w.processes.steps(number)
            last = [step for step in steps if step.state is StepClass.REFUSED]
            assert {step.attempts for step in last} == {0}
            assert "Not sent: Your portal role (Help desk)" in last[0].sentence
            log = " ".join(text for _, text in await w.processes.log(number, 9))
            assert log.count("Refused from here on: Your portal role (Help desk)") == 1

    asyncio.run(run())


def test_nothing_more_is_sent_when_the_role_cannot_be_read_any_more(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            await w.start(of("distribution-groups", w.joins(90)))
            asked = 0

            async def lost() -> Objects:
                nonlocal asked
                asked += 1
                if asked == 4:
                    raise NotPermitted("Your portal role could not be read.")
                return await help_desk()

            mine = runner(w, lost)
            with pytest.raises(Blocked, match="could not be read"):
                await mine.run_once()
            sent = len(w.tenant.effects)
            assert 0 < sent < 90
            ended = await mine.run_once()
            assert ended is not None
            assert ended.counts == {StepClass.DONE: 90}
            assert len(w.tenant.effects) == 90

    asyncio.run(run())


def test_an_operation_is_of_the_tab_or_action_it_was_made_by() -> None:
    request = Request(Service.GRAPH, "PATCH", "/users/u")
    plain = Operation("Update", "x", request, "s", "")
    staged = msgspec.structs.replace(plain, changes=("u\x1fbasics\x1f\x1fcity",))
    assert part_of("apply", staged) == "basics", "what an older version stored"
    assert part_of("reset-password", plain) == "reset-password"
    assert part_of("undo", plain) == ""
    assert part_of("undo", msgspec.structs.replace(plain, part="mail")) == "mail"
    assert "does not include this change" in refused(HELP_DESK, "undo", plain)
    undone = back(msgspec.structs.replace(plain, part="mail", inverse=plain))
    assert undone is not None
    assert undone.part == "mail"


def test_a_field_may_be_granted_without_its_tab() -> None:
    role = named("LicenseManager")
    assert role is not None
    access = Access(limited=True, roles=(role,))
    request = Request(Service.GRAPH, "PATCH", "/users/u")
    both = ("u\x1fbasics\x1f\x1fusageLocation", "u\x1fbasics\x1f\x1fcity")
    for keys, reason in ((both[:1], ""), (both, "changing Basics"), ((), "changing Basics")):
        operation = Operation("Update", "x", request, "s", "", part="basics", changes=keys)
        assert reason in (refused(access, "apply", operation) or ".")
        assert bool(reason) is bool(refused(access, "apply", operation))
