"""Disks that are full, read-only or damaged, and files that others hold: nothing is sent that was not journaled."""

import asyncio
import shutil
import sqlite3
from collections import Counter
from collections.abc import AsyncIterator, Callable, Iterator
from contextlib import asynccontextmanager, closing
from pathlib import Path

import pytest

from services.jobs.limits import Limits
from services.operation import Operation, encode
from services.places import state_file
from services.plan import review
from services.session import Session
from services.task import decode
from state.errors import Corrupt, StateError
from state.pending import PendingChanges
from state.processes import Processes
from state.values import NewProcess, NewStep, ProcessStatus, Step, StepClass
from tests.faults.disks import Rival, SmallDisk, small_disk
from tests.recorder import Recorder, recording
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, connected, ended, flip, profile, rows
from tests.state.values import APPLY, NOON, change, new_steps
from tests.state.values import opened as opened_file

pytestmark = [pytest.mark.anyio, pytest.mark.timeout(120)]

COUNT = 200
MANY = 400
"""More than are through before the disk refuses, however slow this test is to have it refuse."""
SHORT = Limits(lease=2.0, renew=0.5, poll=0.2, pause=0.3)


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """A tenant that answers slowly enough for something to happen meanwhile."""
    with running_sandbox(groups=2600, latency_ms=150) as found:
        yield found


@pytest.fixture
def disk(tmp_path: Path) -> Iterator[SmallDisk]:
    """A disk of its own."""
    with small_disk(tmp_path / "disk") as found:
        yield found


@asynccontextmanager
async def opened(tenant: Endpoints, folder: Path) -> AsyncIterator[Session]:
    """A session whose leases are short."""
    session = await Session.open(profile(tenant), state_dir=folder, limits=SHORT)
    try:
        yield session
    finally:
        await session.close()


class Full:
    """A disk without room."""

    def __init__(self, disk: SmallDisk) -> None:
        self._disk = disk

    async def begin(self) -> None:
        """Fills it."""
        self._disk.fill()

    def end(self) -> None:
        """Makes room."""
        self._disk.make_room()


class Held:
    """A file that another program has to itself."""

    def __init__(self, disk: SmallDisk) -> None:
        self._rival = Rival(state_file(disk.folder))

    async def begin(self) -> None:
        """Has it take the file."""
        await self._rival.hold()

    def end(self) -> None:
        """Has it end."""
        self._rival.end()


@pytest.mark.parametrize(
    ("kind", "sentence"), [(Full, "The disk is full: "), (Held, "is locked by another program")]
)
async def test_a_journal_that_cannot_be_written_stops_the_sending(
    tenant: Endpoints,
    disk: SmallDisk,
    monkeypatch: pytest.MonkeyPatch,
    kind: type[Full | Held],
    sentence: str,
) -> None:
    monkeypatch.setattr("state.database.BUSY_SECONDS", 0.2)
    trouble = kind(disk)
    with recording(tenant) as recorder:
        async with opened(recorder.endpoints, disk.folder) as session:
            number = await _started(session, MANY)
            await _so(lambda: any(call.target.endswith("$batch") for call in recorder.calls))
            await trouble.begin()
            await _so(lambda: any(sentence in each for each in session.engine.troubles))
            assert str(state_file(disk.folder)) in session.engine.troubles[0]
            # what was marked before is answered by now: from here on nothing may go
            await _so(lambda: not session.engine.busy)
            sent = len(_writes(recorder))
            with pytest.raises(StateError, match=sentence):
                await session.start("x", "X", [])
            assert len(_writes(recorder)) == sent
            assert sent < MANY
            marked = await session.processes.steps(number, states=[StepClass.SENT, StepClass.DONE])
            assert {path for path, _ in _writes(recorder)} <= set(map(_path, marked))
            trouble.end()
            await _so(lambda: session.engine.troubles == [])
            process, steps = await ended(session, number)
            assert process.status is ProcessStatus.SUCCEEDED
            assert {step.state for step in steps} == {StepClass.DONE}
            assert "Found done after the answer was lost." in {step.sentence for step in steps}
            carried_out = Counter(path for path, status in _writes(recorder) if status == 204)
            assert carried_out == dict.fromkeys(map(_path, steps), 1)
            assert await session.tenant.audit.verify() == ""


@pytest.mark.parametrize("cut", [False, True], ids=["overwritten", "cut off"])
async def test_a_damaged_file_is_left_alone_and_nothing_is_sent(
    tenant: Endpoints, tmp_path: Path, cut: bool
) -> None:
    written, folder, path = tmp_path / "w", tmp_path / "state", state_file(tmp_path / "state")
    async with connected(tenant, written, readonly=True) as session:
        await _started(session, 100)
    with closing(sqlite3.connect(state_file(written))) as killed:
        killed.execute("UPDATE schema_version SET version = version")
        killed.commit()
        # as a kill would leave it: with a log that the next one to close moves into the file
        shutil.copytree(written, folder)
    log = path.with_name(f"{path.name}-wal").read_bytes()
    assert log
    backup = path.with_suffix(".v2.backup")
    backup.write_bytes(path.read_bytes())
    with path.open("r+b") as file:
        middle = path.stat().st_size // 2
        if cut:
            file.truncate(middle)
        else:
            file.seek(middle)
            file.write(b"\xa5" * 30_000)
    before = path.read_bytes()
    with recording(tenant) as recorder:
        with pytest.raises(Corrupt, match="damaged") as refused:
            await Session.open(profile(recorder.endpoints), state_dir=folder, limits=SHORT)
        assert recorder.calls == []
    said = refused.value.sentence
    assert f"The state file {path} is damaged" in said
    assert f"then copy its backup {backup} of " in said
    assert path.read_bytes() == before
    assert path.with_name(f"{path.name}-wal").read_bytes() == log


async def test_damage_that_is_met_on_the_way_ends_all_writing(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    async with opened_file(path) as db:
        processes = Processes(db, "t1")
        number = await processes.start(APPLY, new_steps(3000), [], NOON)
        with closing(sqlite3.connect(path)) as other:
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        # what closing would move into the file
        await PendingChanges(db, "t1").stage([change("b")], NOON)
        with path.open("r+b") as file:
            file.seek(path.stat().st_size // 4)
            file.write(b"\xa5" * (path.stat().st_size // 2))
        with pytest.raises(Corrupt):
            await processes.steps(number, limit=3000)
        before = path.read_bytes()
        assert path.with_name("state.db-wal").stat().st_size
        with pytest.raises(Corrupt, match="left as it is"):
            await PendingChanges(db, "t1").stage([change("a")], NOON)
    assert path.read_bytes() == before


async def test_a_disk_that_is_full_or_read_only_at_the_start_is_named(
    tenant: Endpoints, disk: SmallDisk
) -> None:
    async with connected(tenant, disk.folder, readonly=True) as session:
        number = await _started(session, 5)
    with recording(tenant) as recorder:
        disk.fill()
        with pytest.raises(StateError, match="The disk is full: "):
            await Session.open(profile(recorder.endpoints), state_dir=disk.folder, limits=SHORT)
        disk.make_room()
        disk.set_writable(False)
        with pytest.raises(StateError, match="Make it writable or use --state DIR") as refused:
            await Session.open(profile(recorder.endpoints), state_dir=disk.folder, limits=SHORT)
        assert str(state_file(disk.folder)) in refused.value.sentence
        assert recorder.calls == []
    disk.set_writable(True)
    async with opened(tenant, disk.folder) as session:
        process, _ = await ended(session, number)
        assert process.counts == {StepClass.DONE: 5}


async def _started(session: Session, count: int = COUNT) -> int:
    """A process that puts Adele into many groups; a read-only session leaves it for others to run."""
    user = await session.find_user(ADELE)
    found = (await rows(session, user, "security-groups")).values()
    off = [row for row in found if not row.lock(0) and not row.on[0]][:count]
    assert len(off) == count
    operations = [
        line.operation for line in review([flip(user, "security-groups", row) for row in off]).lines
    ]
    steps = [NewStep(encode(one), one.title, one.target, one.serial) for one in operations]
    new = NewProcess("apply", "Apply changes", session.operator, user.id)
    return await session.processes.start(new, steps, [], session.clock.now())


async def _so(true: Callable[[], bool]) -> None:
    """Waits until something is so."""
    async with asyncio.timeout(60):
        while True:
            if true():
                return
            await asyncio.sleep(0.02)


def _writes(recorder: Recorder) -> list[tuple[str, int]]:
    """Path and status of every membership that was written, or was to be."""
    return [(one.path, one.status) for one in recorder.said() if one.path.endswith("/members/$ref")]


def _path(step: Step) -> str:
    operation = decode(step.operation)
    assert isinstance(operation, Operation)
    return operation.request.path
