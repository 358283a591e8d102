"""Before a file of an older version becomes one of a newer one, a whole copy of it lies beside it."""

import asyncio
import os
import resource
import sqlite3
from collections.abc import Iterator
from contextlib import closing, contextmanager
from pathlib import Path

import pytest

from state import backups
from state.audit import AuditLog
from state.database import Database
from state.errors import StateError
from state.pending import PendingChanges
from state.processes import Processes
from state.tables.metadata import METADATA
from state.tables.migrations import MIGRATIONS
from state.tables.schema import SCHEMA, Schema
from state.transaction import Transaction
from state.values import StepClass
from tests.state.values import opened

VERSION_2 = Path(__file__).with_name("old") / "version-2.sql"
"""What a released program of the second version had written."""


def old_file(path: Path) -> Path:
    """A file as the second version left it."""
    with closing(sqlite3.connect(path)) as file:
        file.executescript(VERSION_2.read_text())
    path.chmod(0o600)
    return path


def version_of(path: Path) -> int:
    """The version of a file, without opening it for writing."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        return int(file.execute("SELECT version FROM schema_version").fetchone()[0])


def content(path: Path) -> list[str]:
    """All that a file holds."""
    with closing(sqlite3.connect(f"{path.as_uri()}?mode=ro", uri=True)) as file:
        return list(file.iterdump())


def test_the_second_version_is_copied_and_then_brought_up_to_date(tmp_path: Path) -> None:
    path = old_file(tmp_path / "state.db")
    before = content(path)

    async def run() -> None:
        async with opened(path) as db:
            assert [change.after for change in await PendingChanges(db, "t1").all()] == ["Bergen"]
            (process,) = await Processes(db, "t1").recent(10)
            assert (process.title, process.counts) == ("Apply changes · Ann", {StepClass.DONE: 1})
            assert await AuditLog(db, "t1").verify() == ""

    asyncio.run(run())
    assert version_of(path) == SCHEMA.version
    (backup,) = backups.kept(path)
    assert backup.name == "state.v2.backup"
    assert backup.stat().st_mode & 0o777 == 0o600
    assert content(backup) == before
    assert not list(tmp_path.glob(".*")), "nothing half lies about"


async def _nothing(connection: Transaction) -> None:
    await connection.exec_driver_sql("SELECT 1")


def test_the_last_two_backups_are_kept(tmp_path: Path) -> None:
    path = old_file(tmp_path / "state.db")
    (tmp_path / "state.v9.backup.txt").write_text("somebody's own")

    async def run() -> None:
        for further in range(4):
            db = await Database.open(path, schema=Schema(METADATA, (*MIGRATIONS, *[_nothing] * further)))
            await db.close()

    asyncio.run(run())
    last = SCHEMA.version + 2
    assert [each.name for each in backups.kept(path)] == [
        f"state.v{last}.backup",
        f"state.v{last - 1}.backup",
    ]
    assert (tmp_path / "state.v9.backup.txt").exists()


def test_two_programs_may_find_the_old_file_at_once(tmp_path: Path) -> None:
    path = old_file(tmp_path / "state.db")

    async def run() -> None:
        for db in await asyncio.gather(*(Database.open(path) for _ in range(4))):
            await db.close()

    asyncio.run(run())
    assert {version_of(backup) for backup in backups.kept(path)} == {2}
    assert version_of(path) == SCHEMA.version


@contextmanager
def no_file_above(size: int) -> Iterator[None]:
    """No file of this program may become larger meanwhile, as on a disk that is full."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_without_room_for_the_backup_nothing_is_changed(tmp_path: Path) -> None:
    path = old_file(tmp_path / "state.db")
    with closing(sqlite3.connect(path)) as file, file:
        file.execute("INSERT INTO cached_chunks VALUES (1, 't1', 'users', 1, zeroblob(400000))")
    before = content(path)
    with no_file_above(200_000), pytest.raises(StateError, match="nothing was changed") as refused:
        asyncio.run(Database.open(path))
    assert "version 2 and has to become version" in refused.value.sentence
    assert content(path) == before
    assert backups.kept(path) == []
    assert not list(tmp_path.glob(".*"))
    asyncio.run(_open_and_close(path))
    assert version_of(path) == SCHEMA.version


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_directory_that_takes_no_backup_changes_nothing(tmp_path: Path) -> None:
    path = old_file(tmp_path / "state.db")
    before = content(path)
    tmp_path.chmod(0o500)
    try:
        with pytest.raises(StateError, match="state"):
            asyncio.run(Database.open(path))
        assert content(path) == before
    finally:
        tmp_path.chmod(0o700)


async def _open_and_close(path: Path) -> None:
    async with opened(path):
        pass
