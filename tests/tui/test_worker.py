"""The worker as a process of its own against a served tenant: once, told to end, two at once, alive or not."""

import asyncio
import contextlib
import json
import os
import signal
import subprocess
import sys
from collections.abc import Callable, Coroutine, Iterator, Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any, TypeVar
from urllib.parse import quote

import pytest

from services.group import GroupKind
from services.members import KIND, by_kind
from services.operation import Operation, encode
from services.places import state_file
from state.database import Database
from state.processes import Processes
from state.schedule_values import NewSchedule, Schedule, ScheduleStatus
from state.schedules import Schedules
from state.values import Change, NewProcess, NewStep, Process, ProcessStatus, StepClass
from tests.journeys.desk import ADELE, objects
from tests.journeys.served import Served, served
from tests.journeys.terminal import ROOT
from tui.cli import main

T = TypeVar("T")


@pytest.fixture
def tenant() -> Iterator[Served]:
    """A tenant that answers slowly enough to be interrupted."""
    with served("--users", "60", "--groups", "2400", "--ephemeral", "--latency-ms", "120") as found:
        yield found


def command(tenant: Served, folder: Path, *words: str) -> list[str]:
    """A command on this tenant, with its state in `folder`."""
    config = tenant.configure(folder / "config.toml")
    (folder / "state").mkdir(mode=0o700, exist_ok=True)
    return [
        *(sys.executable, "-m", "tui.cli", *words[:1]),
        *("--config", str(config), "--state", str(folder / "state"), *words[1:]),
    ]


def started(tenant: Served, folder: Path, *words: str) -> subprocess.Popen[str]:
    """The command under way."""
    return subprocess.Popen(
        command(tenant, folder, *words), stderr=subprocess.PIPE, stdout=subprocess.PIPE, text=True, cwd=ROOT
    )


def told(process: subprocess.Popen[str], wanted: str) -> str:
    """Reads its log until a line has this text."""
    assert process.stderr is not None
    for line in process.stderr:
        if wanted in line:
            return line
    raise AssertionError(f"ended with {process.wait()} and never said {wanted!r}")


def in_state(folder: Path, work: Callable[[Database], Coroutine[Any, Any, T]]) -> T:
    """Does something with the state file."""

    async def run() -> T:
        (folder / "state").mkdir(mode=0o700, exist_ok=True)
        db = await Database.open(state_file(folder / "state"))
        try:
            return await work(db)
        finally:
            await db.close()

    return asyncio.run(run())


def joins(tenant: Served, count: int) -> list[Operation]:
    """Operations that put Adele into groups she is not in."""
    wanted = "$filter=" + quote("securityEnabled eq true and mailEnabled eq false")
    groups = objects(tenant, f"/v1.0/groups?{wanted}&$select=id,groupTypes,onPremisesSyncEnabled&$top=999")
    free = [g["id"] for g in groups if not g["groupTypes"] and not g["onPremisesSyncEnabled"]]
    adele = tenant.ask("GET", f"/v1.0/users/{ADELE}?$select=id")[1]["id"]
    held = {o["id"] for o in objects(tenant, f"/v1.0/users/{ADELE}/memberOf?$top=999")}
    facts = {KIND: GroupKind.SECURITY.value}
    changes = [
        Change(adele, ADELE, "security-groups", group, f"Group {group}", "member", False, True, facts)
        for group in free
        if group not in held
    ]
    assert len(changes) >= count
    return [by_kind(change) for change in changes[:count]]


def start(tenant: Served, folder: Path, operations: Sequence[Operation]) -> int:
    """Journals a process that nobody runs yet."""
    steps = [NewStep(encode(o), o.title, o.target, o.serial) for o in operations]
    new = NewProcess("apply", "Apply changes", "admin@jumphost")
    return in_state(
        folder, lambda db: Processes(db, tenant.tenant_id).start(new, steps, [], datetime.now(UTC))
    )


def schedule(tenant: Served, folder: Path, upn: str, ago: timedelta) -> int:
    """Stores a sign-in block that was due a while ago."""
    user = tenant.ask("GET", f"/v1.0/users/{upn}?$select=id")[1]["id"]
    now = datetime.now(UTC)
    new = NewSchedule(
        kind="schedule-sign-in-block",
        action="block-sign-in",
        title="Block sign-in",
        user=user,
        user_name=upn,
        operator="admin@jumphost",
        at=now - ago,
        zone="UTC",
        local="2026-01-01 09:00",
        answers={"groups": True},
    )
    return in_state(folder, lambda db: Schedules(db, tenant.tenant_id).add(new, now))


def process(tenant: Served, folder: Path, number: int) -> Process:
    """The process as the journal has it."""
    return in_state(folder, lambda db: Processes(db, tenant.tenant_id).get(number))


def schedules(tenant: Served, folder: Path) -> list[Schedule]:
    """Every schedule."""

    async def every(db: Database) -> list[Schedule]:
        found = Schedules(db, tenant.tenant_id)
        return [*await found.upcoming(), *await found.past(99)]

    return in_state(folder, every)


async def at_rest(tenant: Served, db: Database, seconds: float = 120.0) -> None:
    """Returns when nothing is to come and nothing runs any more, within so many seconds."""
    found, processes = Schedules(db, tenant.tenant_id), Processes(db, tenant.tenant_id)
    # other programs do it, and tell nobody but the file
    for _ in range(int(10 * seconds)):
        if not (await found.upcoming() or await processes.running()):
            return
        await asyncio.sleep(0.1)
    raise AssertionError("what was begun did not end")


def blocked(tenant: Served, upn: str) -> bool:
    """Straight from the tenant."""
    return tenant.ask("GET", f"/v1.0/users/{upn}?$select=accountEnabled")[1]["accountEnabled"] is False


def test_once_runs_what_waits_and_what_is_due_and_tells_it_in_plain_lines(
    tenant: Served, tmp_path: Path
) -> None:
    number = start(tenant, tmp_path, joins(tenant, 30))
    late = schedule(tenant, tmp_path, "alexw@contoso.example", timedelta(hours=2))
    missed = schedule(tenant, tmp_path, "leeg@contoso.example", timedelta(days=3))
    ran = subprocess.run(
        command(tenant, tmp_path, "worker", "--once"), capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    # a missed schedule needs a person
    assert ran.returncode == 1, ran.stderr
    assert ran.stdout == ""
    assert process(tenant, tmp_path, number).status is ProcessStatus.SUCCEEDED
    found = {each.id: each for each in schedules(tenant, tmp_path)}
    assert (found[late].status, found[late].late) == (ScheduleStatus.STARTED, True)
    assert found[missed].status is ScheduleStatus.MISSED
    assert blocked(tenant, "alexw@contoso.example")
    assert not blocked(tenant, "leeg@contoso.example")
    lines = ran.stderr.splitlines()
    assert all(line[:4].isdigit() and " lab: " in line for line in lines), ran.stderr
    assert any(f"process {number} succeeded: 30 done" in line for line in lines)
    assert any(f"schedule {late} started late" in line for line in lines)
    assert any(f"schedule {missed} missed" in line for line in lines)
    assert tenant.token not in ran.stderr
    again = subprocess.run(
        command(tenant, tmp_path, "worker", "--once"), capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert len(in_state(tmp_path, lambda db: Processes(db, tenant.tenant_id).recent(99))) == 2
    assert "started late" not in again.stderr


def test_what_waits_for_a_role_is_told_and_left(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "120", "--ephemeral", "--eligible-only") as walled:
        number = start(walled, tmp_path, joins(walled, 2))
        ran = subprocess.run(
            command(walled, tmp_path, "worker", "--once"),
            capture_output=True,
            text=True,
            cwd=ROOT,
            timeout=120,
        )
        assert ran.returncode == 1, ran.stderr
        assert f"process {number} pauses: Groups Administrator is not active; activate it" in ran.stderr
        left = process(walled, tmp_path, number)
        assert (left.owner, left.counts) == ("", {StepClass.WAITING: 2})


def test_told_to_end_it_finishes_what_is_in_flight_and_the_next_one_goes_on(
    tenant: Served, tmp_path: Path
) -> None:
    operations = joins(tenant, 700)
    number = start(tenant, tmp_path, operations)
    worker = started(tenant, tmp_path, "worker")
    try:
        told(worker, "is running")
        held = f"/v1.0/users/{ADELE}/memberOf?$top=999"
        before = len(objects(tenant, held))
        while len(objects(tenant, held)) == before:
            assert worker.poll() is None
        worker.send_signal(signal.SIGTERM)
        _, rest = worker.communicate(timeout=60)
        assert worker.returncode == 0, rest
    finally:
        worker.kill()
    after = process(tenant, tmp_path, number)
    assert after.ended_at is None
    assert after.owner == ""
    assert 0 < after.ended_steps < 700
    ran = subprocess.run(
        command(tenant, tmp_path, "worker", "--once"), capture_output=True, text=True, cwd=ROOT, timeout=120
    )
    assert ran.returncode == 0, ran.stderr
    ended = process(tenant, tmp_path, number)
    assert ended.status is ProcessStatus.SUCCEEDED
    members_of = {o["id"] for o in objects(tenant, held)}
    wanted = {operation.request.path.split("/")[2] for operation in operations}
    assert wanted <= members_of


def test_two_workers_start_a_schedule_once_and_the_doctor_sees_them_alive(
    tenant: Served, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    numbers = [
        schedule(tenant, tmp_path, upn, timedelta(minutes=1))
        for upn in (ADELE, "alexw@contoso.example", "leeg@contoso.example")
    ]
    workers = [started(tenant, tmp_path, "worker") for _ in range(2)]
    try:
        in_state(tmp_path, lambda db: at_rest(tenant, db))
        words = command(tenant, tmp_path, "doctor")[3:]
        assert main(words) == 0
        assert "A worker is alive on " in capsys.readouterr().out
    finally:
        for worker in workers:
            worker.terminate()
        said = [worker.communicate(timeout=60)[1] for worker in workers]
    assert [worker.returncode for worker in workers] == [0, 0]
    every = schedules(tenant, tmp_path)
    assert {each.status for each in every} == {ScheduleStatus.STARTED}
    made = {each.process for each in every}
    assert len(made) == len(numbers)
    listed = in_state(tmp_path, lambda db: Processes(db, tenant.tenant_id).recent(99))
    assert {each.id for each in listed} == made, said
    assert main(command(tenant, tmp_path, "doctor")[3:]) == 0
    assert "No worker is alive" in capsys.readouterr().out


def test_a_worker_whose_lines_nobody_reads_works_on(tenant: Served, tmp_path: Path) -> None:
    number = start(tenant, tmp_path, joins(tenant, 30))
    late = schedule(tenant, tmp_path, "alexw@contoso.example", timedelta(minutes=1))
    reader, full = os.pipe()
    os.set_blocking(full, False)
    with contextlib.suppress(BlockingIOError):
        while os.write(full, b"x" * 4096):
            continue
    os.set_blocking(full, True)
    worker = subprocess.Popen(command(tenant, tmp_path, "worker"), stderr=full, cwd=ROOT)
    try:
        in_state(tmp_path, lambda db: at_rest(tenant, db))
        worker.terminate()
        assert worker.wait(timeout=60) == 0
    finally:
        worker.kill()
        os.close(full)
        os.close(reader)
    assert process(tenant, tmp_path, number).status is ProcessStatus.SUCCEEDED
    (found,) = schedules(tenant, tmp_path)
    assert (found.id, found.status) == (late, ScheduleStatus.STARTED)


def test_a_worker_says_where_it_cannot_sign_in_by_itself(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    guid = "8b7c1f0e-2f64-4b0c-9d7a-1c2d3e4f5a6b"
    config = tmp_path / "config.toml"
    config.write_text(f"[tenants.contoso]\ntenant_id = {json.dumps(guid)}\nclient_id = {json.dumps(guid)}\n")
    assert main(["worker", "--config", str(config), "--state", str(tmp_path / "state"), "--once"]) == 2
    said = capsys.readouterr().err
    assert 'contoso: left out: sign_in = "device-code" needs a person' in said
    assert "certificate, managed-identity or azure-cli" in said
