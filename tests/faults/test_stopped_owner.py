"""SIGSTOP and SIGCONT: an owner that lost its lease meanwhile sends nothing more, whatever it had under way.

Two real programs on one state file, each before a recorder of its own, that the tenant is behind.
"""

import asyncio
import signal
import subprocess
import sys
from collections import Counter
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, contextmanager
from datetime import UTC, datetime
from pathlib import Path

import msgspec
import pytest

from services.operation import Operation, encode
from services.places import state_file
from services.plan import review
from state.database import Database
from state.processes import Processes
from state.values import NewProcess, NewStep, Process, ProcessStatus, StepClass
from tests.faults import owner
from tests.recorder import Recorder, Said, recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, connected, flip, rows

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

COUNT = 200
HOLD = 10
"""Seconds that the tenant has the first owner wait, with batches journaled as sent and not on their way yet."""


async def test_it_sends_nothing_and_no_step_is_carried_out_twice(tmp_path: Path) -> None:
    fault = f"throttle:path=$batch,after=3,first=1,retry_after={HOLD}"
    with running_sandbox(groups=700, faults=(fault,)) as tenant:
        number, paths = await journaled(tenant, tmp_path, COUNT)
        with recording(tenant) as first, recording(tenant) as second, program(first, tmp_path) as stopped:
            assert stopped.stdout is not None
            calls = -1
            while not (
                len(first.calls) == calls and await _held_back(tenant, tmp_path, number, paths, first)
            ):
                calls = len(first.calls)
                await asyncio.sleep(0.2)
            stopped.send_signal(signal.SIGSTOP)
            with program(second, tmp_path):
                ended = await the_end(tenant, tmp_path, number)
                before = len(first.said())
                stopped.send_signal(signal.SIGCONT)
                assert await asyncio.to_thread(stopped.stdout.readline) == "holds\n"
                assert await asyncio.to_thread(stopped.stdout.readline) == "free\n"
                # it may look at the tenant, alone or in a batch: that changes nothing
                assert [one.path for one in first.said()[before:] if one.method != "GET"] == []
            assert ended.status is ProcessStatus.SUCCEEDED, ended.counts
            carried_out = Counter(one.path for one in writes(first) + writes(second) if one.status == 204)
            assert set(carried_out.values()) == {1}
            assert len(carried_out) == COUNT


async def journaled(tenant: Endpoints, folder: Path, count: int) -> tuple[int, dict[int, str]]:
    """A process that puts Adele into so many groups; its number, and what each of its steps writes to."""
    async with connected(tenant, folder, readonly=True) as session:
        user = await session.find_user(ADELE)
        found = await rows(session, user, "security-groups")
        off = [row for row in found.values() if not row.lock(0) and not row.on[0]][:count]
        lines = review([flip(user, "security-groups", row) for row in off]).lines
        steps = [_step(line.operation) for line in lines]
        new = NewProcess("apply", "Apply changes", session.operator, user.id)
        number = await session.processes.start(new, steps, [], datetime.now(UTC))
    return number, {n: line.operation.request.path for n, line in enumerate(lines, 1)}


def _step(operation: Operation) -> NewStep:
    return NewStep(encode(operation), operation.title, operation.target, operation.serial)


@asynccontextmanager
async def _processes(tenant: Endpoints, folder: Path) -> AsyncIterator[Processes]:
    database = await Database.open(state_file(folder))
    try:
        yield Processes(database, tenant.tenant_id)
    finally:
        await database.close()


async def the_end(tenant: Endpoints, folder: Path, number: int) -> Process:
    """The process when it has ended; the journal is asked, as another program ends it."""
    async with _processes(tenant, folder) as processes:
        while True:
            found = await processes.get(number)
            if found.ended_at is not None:
                return found
            await asyncio.sleep(0.1)


async def _held_back(
    tenant: Endpoints, folder: Path, number: int, paths: dict[int, str], first: Recorder
) -> bool:
    """Whether steps are journaled as sent that have not reached the tenant."""
    async with _processes(tenant, folder) as processes:
        sent = await processes.steps(number, states=[StepClass.SENT])
    asked = {one.path for one in writes(first)}
    return any(paths[step.number] not in asked for step in sent)


def writes(recorder: Recorder) -> list[Said]:
    """The memberships that went through it."""
    return [one for one in recorder.said() if one.method == "POST" and one.path.endswith("/members/$ref")]


@contextmanager
def program(recorder: Recorder, folder: Path) -> Iterator[subprocess.Popen[str]]:
    """One copy of the program, before this recorder."""
    command = [sys.executable, "-m", owner.__name__, str(folder)]
    running = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    try:
        assert running.stdin is not None
        running.stdin.write(msgspec.json.encode(recorder.endpoints).decode() + "\n")
        running.stdin.flush()
        yield running
    finally:
        running.kill()
        running.communicate()
