"""Steps with secrets: only the runner that has them runs them, once; for all others they are gone, and told so."""

import asyncio
from collections.abc import Sequence
from pathlib import Path

import msgspec
import pytest

from services.errors import SignInNeeded
from services.jobs.limits import Limits
from services.jobs.runner import JobRunner
from services.operation import Operation, Repeat, encode
from services.secret import Secret
from services.vault import GONE, Vault, named
from state.values import NewProcess, NewStep, Process, ProcessStatus, Step, StepClass
from tests.faults.tenant import invitation
from tests.services.jobs.world import World, world

LIMITS = Limits()
NEW = NewProcess("reset-password", "Reset password", "admin@contoso.example", user="u1")


def reset(number: int = 1) -> Operation:
    """Something that must never happen twice, and that names a secret."""
    made = invitation(f"g{number}", "u1")
    request = msgspec.structs.replace(made.request, body={"newPassword": named(f"n{number}")})
    return msgspec.structs.replace(made, request=request, doubt="Reset it again to be sure.")


def runner(w: World, owner: str, vault: Vault) -> JobRunner:
    """A runner with a vault."""
    return JobRunner(w.tenant, w.processes, w.clock, owner, on_change=lambda: None, vault=vault)


async def begin(w: World, of: JobRunner, operations: Sequence[Operation]) -> int:
    """Starts them as the session does."""
    steps = [NewStep(encode(o), o.title, o.target, o.serial, o.repeat is Repeat.ONCE) for o in operations]
    secrets = {f"n{n}": Secret("Blue-Harbour-27") for n in range(1, len(operations) + 1)}
    process = await of.kept.start(NEW, steps, secrets)
    for number, operation in enumerate(operations, 1):
        w.tenant.steps[operation.target] = (process, number, operation.serial)
    return process


async def ended(w: World, process: int) -> tuple[Process, list[Step]]:
    """When it has ended; the world's time goes on meanwhile."""
    while (found := await w.processes.get(process)).ended_at is None:
        await w.clock.sleep(1)
    return found, await w.processes.steps(process)


def test_it_is_sent_once_and_forgotten(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            vault = Vault()
            mine = runner(w, "me", vault)
            process = await begin(w, mine, [reset(1), reset(2)])
            assert not vault.lacks(reset(2).request)
            found = await mine.run_once()
            assert found is not None
            assert found.status is ProcessStatus.SUCCEEDED
            assert set(w.tenant.effects.values()) == {1}
            assert vault.lacks(reset(1).request)
            assert vault.lacks(reset(2).request)
            assert b"Harbour" not in (tmp_path / "state.db").read_bytes()
            assert (await w.processes.get(process)).owner == ""

    asyncio.run(run())


def test_no_other_copy_takes_it_while_its_owner_lives(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            vault = Vault()
            mine, other = runner(w, "me", vault), runner(w, "other", Vault())
            signed_in = asyncio.Event()
            send = w.tenant.send

            async def until_signed_in(*given: object, **named: object) -> object:
                if not signed_in.is_set():
                    raise SignInNeeded("Sign in again.")
                return await send(*given, **named)  # type: ignore[arg-type]

            w.tenant.send = until_signed_in  # type: ignore[method-assign,assignment]
            process = await begin(w, mine, [reset()])
            assert await other.run_once() is None
            tasks = [asyncio.create_task(each.run_forever()) for each in (mine, other)]
            await w.clock.sleep(10 * LIMITS.lease)
            assert (await w.processes.get(process)).owner == "me"
            assert (await w.processes.steps(process))[0].state is StepClass.WAITING
            assert mine.busy
            signed_in.set()
            mine.wake()
            found, _ = await ended(w, process)
            assert found.status is ProcessStatus.SUCCEEDED
            assert w.tenant.effects[reset().target] == 1
            for each in (mine, other):
                await each.stop()
            await asyncio.gather(*tasks)

    asyncio.run(run())


def test_what_was_never_sent_fails_when_its_owner_was_killed(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            killed, other = runner(w, "killed", Vault()), runner(w, "other", Vault())
            process = await begin(w, killed, [reset()])
            assert await other.run_once() is None
            await w.clock.sleep(LIMITS.lease + 1)
            found = await other.run_once()
            assert found is not None
            assert (found.id, found.status) == (process, ProcessStatus.FINISHED)
            (step,) = await w.processes.steps(process)
            assert (step.state, step.sentence, step.attempts) == (StepClass.FAILED, GONE, 0)
            assert not w.tenant.effects
            assert await w.audit.of_user("u1", 10) == [], "nothing was written to the tenant"

    asyncio.run(run())


def test_what_was_on_its_way_is_unknown_and_never_sent_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            killed, other = runner(w, "killed", Vault()), runner(w, "other", Vault())
            process = await begin(w, killed, [reset()])
            left = asyncio.Event()

            async def never(*given: object, **named: object) -> object:
                left.set()
                await asyncio.Event().wait()
                return None

            with monkeypatch.context() as patch:
                patch.setattr(w.tenant, "send", never)
                task = asyncio.create_task(killed.run_once())
                await left.wait()
                task.cancel()
                await asyncio.gather(task, return_exceptions=True)
            await w.clock.sleep(LIMITS.lease + 1)
            assert await other.run_once() is not None
            (step,) = await w.processes.steps(process)
            assert step.state is StepClass.UNKNOWN
            assert "Reset it again" in step.sentence
            assert not w.tenant.effects

    asyncio.run(run())


def test_a_copy_that_ends_in_order_leaves_it_to_be_failed_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            vault = Vault()
            mine, other = runner(w, "me", vault), runner(w, "other", Vault())
            process = await begin(w, mine, [reset()])
            await mine.stop()
            assert vault.lacks(reset().request)
            assert await other.run_once() is not None
            assert (await w.processes.steps(process))[0].state is StepClass.FAILED

    asyncio.run(run())


def test_a_cancelled_one_is_forgotten_and_ends(tmp_path: Path) -> None:
    async def run() -> None:
        async with world(tmp_path) as w:
            vault = Vault()
            mine = runner(w, "me", vault)
            process = await begin(w, mine, [reset()])
            await w.processes.cancel(process, w.clock.now())
            task = asyncio.create_task(mine.run_forever())
            found, steps = await ended(w, process)
            assert (found.status, steps[0].state) == (ProcessStatus.CANCELLED, StepClass.CANCELLED)
            await mine.stop()
            await task
            assert vault.lacks(reset().request)
            assert not w.tenant.effects

    asyncio.run(run())
