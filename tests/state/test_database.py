"""The file itself: who may read it, who wrote it, what is said when it cannot be used."""

import asyncio
import os
import shutil
import sqlite3
from contextlib import closing
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import URL, MetaData, event
from sqlalchemy.engine import Engine
from sqlalchemy.schema import CreateIndex, CreateTable

from state.cache import Cached, DirectoryCache
from state.database import Database
from state.entries import Entry
from state.errors import Corrupt, NewerSchema, StateError
from state.pending import PendingChanges
from state.processes import Processes
from state.tables.metadata import METADATA
from state.tables.migrations import MIGRATIONS
from state.tables.schema import SCHEMA, Schema
from state.transaction import Transaction
from state.values import StepClass, StepResult
from tests.state.values import APPLY, NOON, change, new_steps, opened


def test_file_and_directory_are_the_owners_alone(tmp_path: Path) -> None:
    path = tmp_path / "made" / "state.db"

    async def run() -> None:
        async with opened(path) as db:
            await PendingChanges(db, "t1").stage([change("a")], NOON)
            for file in path.parent.iterdir():
                assert file.stat().st_mode & 0o777 == 0o600, file.name

    asyncio.run(run())
    assert path.parent.stat().st_mode & 0o777 == 0o700


def test_every_commit_reaches_the_disk(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db, db.write() as connection:
            modes = [
                (await connection.exec_driver_sql(f"PRAGMA {name}")).scalar_one()
                for name in ("journal_mode", "synchronous", "foreign_keys")
            ]
            assert modes == ["wal", 2, 1]

    asyncio.run(run())


def test_the_version_moves_with_anybodys_commit(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "state.db"
        async with opened(path) as db, opened(path) as other:
            before = await db.version()
            for _ in range(4):
                assert await db.version() == before
            await PendingChanges(other, "t1").stage([change("a")], NOON)
            theirs = await db.version()
            assert theirs != before
            await PendingChanges(db, "t1").stage([change("b")], NOON)
            seen = {theirs, await db.version()}
            for number in range(20):
                await PendingChanges(other, "t1").stage([change(f"c{number}")], NOON)
                seen.add(await db.version())
            assert len(seen) == 22

    asyncio.run(run())


def test_a_transaction_that_fails_leaves_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:

            async def fail() -> None:
                async with db.write() as connection:
                    await connection.exec_driver_sql("DELETE FROM schema_version")
                    raise ZeroDivisionError

            with pytest.raises(ZeroDivisionError):
                await fail()
            async with db.read() as connection:
                assert (
                    await connection.exec_driver_sql("SELECT count(*) FROM schema_version")
                ).scalar_one() == 1

    asyncio.run(run())


def test_a_file_from_a_newer_version_is_left_alone(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def run() -> None:
        async with opened(path) as db, db.write() as connection:
            await connection.exec_driver_sql("UPDATE schema_version SET version = 99")
        with pytest.raises(NewerSchema, match="newer version of Rollcall"):
            await Database.open(path)

    asyncio.run(run())


async def _one_further(connection: Transaction) -> None:
    await connection.exec_driver_sql("ALTER TABLE pending ADD COLUMN note TEXT")


async def _two_further(connection: Transaction) -> None:
    await connection.exec_driver_sql("UPDATE pending SET note = 'migrated'")


async def _broken(connection: Transaction) -> None:
    await connection.exec_driver_sql("UPDATE pending SET note = 'half'")
    await connection.exec_driver_sql("UPDATE no_such_table SET x = 1")


def test_an_older_file_is_backed_up_then_migrated_in_order(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def run() -> None:
        async with opened(path) as db:
            await PendingChanges(db, "t1").stage([change("a")], NOON)
        newer = Schema(METADATA, (*MIGRATIONS, _one_further, _two_further))
        db = await Database.open(path, schema=newer)
        async with db.read() as connection:
            assert (await connection.exec_driver_sql("SELECT note FROM pending")).scalars().all() == [
                "migrated"
            ]
        await db.close()
        with pytest.raises(NewerSchema):
            await Database.open(path)
        backup = path.with_suffix(f".v{SCHEMA.version}.backup")
        assert backup.stat().st_mode & 0o777 == 0o600
        async with opened(backup) as old:
            assert [c.row for c in await PendingChanges(old, "t1").all()] == ["a"]

    asyncio.run(run())


def test_a_file_of_the_first_version_becomes_what_a_new_one_is(tmp_path: Path) -> None:
    first = MetaData()
    for table in METADATA.sorted_tables:
        if table.name not in ("attempts", "schedules", "workers"):
            table.to_metadata(first)

    async def shape(path: Path, schema: Schema) -> list[object]:
        db = await Database.open(path, schema=schema)
        try:
            return await db_shape(db)
        finally:
            await db.close()

    async def db_shape(db: Database) -> list[object]:
        async with db.read() as connection:
            found: list[object] = []
            for what in ("table_info", "foreign_key_list", "index_xinfo"):
                kind = "index" if what == "index_xinfo" else "table"
                sql = f"SELECT m.name, m.tbl_name, p.* FROM sqlite_master AS m, pragma_{what}(m.name) AS p"  # noqa: S608
                rows = await connection.exec_driver_sql(f"{sql} WHERE m.type = '{kind}' ORDER BY 1, 2, 3")
                found += [tuple(row) for row in rows.all()]
            return found

    async def run() -> None:
        await shape(tmp_path / "old.db", Schema(first))
        with closing(sqlite3.connect(tmp_path / "old.db")) as file:
            file.execute("DROP INDEX processes_unread")
            file.execute("ALTER TABLE steps DROP COLUMN decided")
            for column in (
                "progress",
                "expected",
                "entry",
                "despite",
                "look_at",
                "reason",
                "paused",
                "lacks",
            ):
                file.execute(f"ALTER TABLE processes DROP COLUMN {column}")
        assert await shape(tmp_path / "old.db", SCHEMA) == await shape(tmp_path / "new.db", SCHEMA)
        assert (tmp_path / "old.v1.backup").exists()

    asyncio.run(run())


def test_a_migration_that_fails_changes_nothing(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def run() -> None:
        async with opened(path):
            pass
        with pytest.raises(StateError):
            await Database.open(path, schema=Schema(METADATA, (*MIGRATIONS, _one_further, _broken)))
        async with opened(path) as db, db.read() as connection:
            columns = await connection.exec_driver_sql("SELECT name FROM pragma_table_info('pending')")
            assert "note" not in columns.scalars().all()

    asyncio.run(run())


def test_two_programs_may_make_the_file_at_once(tmp_path: Path) -> None:
    async def run() -> None:
        path = tmp_path / "state.db"
        both = await asyncio.gather(*(Database.open(path) for _ in range(4)))
        for db in both:
            assert await db.integrity() == ""
            await db.close()

    asyncio.run(run())


@pytest.mark.parametrize("content", [b"this is no database" * 500, b"SQLite format 3\0" + b"\xff" * 9000])
def test_a_damaged_file_gets_a_sentence(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "state.db"
    path.write_bytes(content)
    with pytest.raises(Corrupt, match="damaged or is no Rollcall state file"):
        asyncio.run(Database.open(path))
    assert path.read_bytes() == content


def test_integrity_tells_of_damage_inside(tmp_path: Path) -> None:
    path = tmp_path / "state.db"

    async def fill() -> None:
        async with opened(path) as db:
            assert await db.integrity() == ""
            await Processes(db, "t1").start(APPLY, new_steps(3000), [], NOON)

    asyncio.run(fill())
    with path.open("r+b") as file:
        file.seek(path.stat().st_size // 2)
        file.write(b"\xa5" * 30_000)

    async def check() -> None:
        async with opened(path) as db:
            assert "damaged" in await db.integrity()

    asyncio.run(check())


def test_a_full_disk_gets_a_sentence_and_loses_nothing(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            staged = PendingChanges(db, "t1")
            await staged.stage([change("a")], NOON)
            async with db.write() as connection:
                pages = (await connection.exec_driver_sql("PRAGMA page_count")).scalar_one()
                await connection.exec_driver_sql(f"PRAGMA max_page_count={pages}")
            with pytest.raises(StateError, match="disk is full"):
                await staged.stage([change(f"g{n}") for n in range(2000)], NOON)
            assert [c.row for c in await staged.all()] == ["a"]
            await staged.discard([change("a").key])

    asyncio.run(run())


@pytest.mark.skipif(os.geteuid() == 0, reason="root writes everywhere")
def test_a_directory_that_cannot_be_written_gets_a_sentence(tmp_path: Path) -> None:
    tmp_path.chmod(0o500)
    with pytest.raises(StateError, match="--state DIR"):
        asyncio.run(Database.open(tmp_path / "state.db"))


def test_a_path_that_is_a_directory_gets_a_sentence(tmp_path: Path) -> None:
    with pytest.raises(StateError, match="--state DIR"):
        asyncio.run(Database.open(tmp_path))


def test_a_copy_of_the_live_file_opens(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            await PendingChanges(db, "t1").stage([change("a")], NOON)
            await db.backup(tmp_path / "copy.db")
        async with opened(tmp_path / "copy.db") as copy:
            assert len(await PendingChanges(copy, "t1").all()) == 1

    asyncio.run(run())
    shutil.rmtree(tmp_path)


def test_everything_said_to_the_database_is_postgresql_too(tmp_path: Path) -> None:
    dialect = URL.create("postgresql").get_dialect()()
    heard: list[str] = []

    def listen(_connection: object, clause: object, *_: object) -> None:
        compile_ = getattr(clause, "compile", None)
        if compile_ is not None:
            heard.append(str(compile_(dialect=dialect)))

    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            await PendingChanges(db, "t1").stage([change("a")], NOON)
            number = await processes.start(APPLY, new_steps(2), [change("a")], NOON)
            await processes.claim("me", NOON, 30)
            entry = Entry(send=[1], lines=["line"], retries=1)
            await processes.write(number, "me", entry, NOON)
            await processes.record(number, "me", [StepResult(1, StepClass.DONE)], NOON)
            await processes.cancel(number, NOON)
            await processes.readings.show(number, {1: True})
            await processes.finish(number, "me", NOON)
            await processes.steps(number, states=[StepClass.DONE], unseen=True)
            await DirectoryCache(db, "t1").replace("groups", {0: b"x"}, Cached("link", NOON, 1))

    event.listen(Engine, "before_execute", listen)
    try:
        asyncio.run(run())
    finally:
        event.remove(Engine, "before_execute", listen)
    assert len(heard) > 20
    for table in SCHEMA.tables.sorted_tables:
        assert "CREATE TABLE" in str(CreateTable(table).compile(dialect=dialect))
        for index in table.indexes:
            assert "CREATE INDEX" in str(CreateIndex(index).compile(dialect=dialect))


def test_a_cancelled_caller_leaves_the_file_free_and_the_transaction_whole(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            staged = PendingChanges(db, "t1")
            many = [change(f"g{n}") for n in range(300)]
            turns = 0
            while True:
                staging = asyncio.create_task(staged.stage(many, NOON))
                for _ in range(turns):
                    await asyncio.sleep(0)
                if staging.done():
                    break
                staging.cancel()
                await asyncio.wait({staging})
                found = await staged.all()
                assert len(found) in (0, 300)
                await staged.discard([change.key for change in found])
                turns += 7

    asyncio.run(run())


def test_cancelled_readers_give_their_connections_back(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            staged = PendingChanges(db, "t1")
            await staged.stage([change("a")], NOON)
            for turns in range(60):
                reading = asyncio.create_task(staged.all())
                for _ in range(turns):
                    await asyncio.sleep(0)
                reading.cancel()
                await asyncio.wait({reading})
            assert len(await asyncio.wait_for(staged.all(), 10)) == 1

    asyncio.run(run())


def test_the_cache_keeps_chunks_by_number(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            cache = DirectoryCache(db, "t1")
            assert await cache.facts("groups") is None
            await cache.replace(
                "groups", {0: b"zero", 1: b"one", 2: b"", 3: b"three"}, Cached("link 1", NOON, 9)
            )
            later = Cached("link 2", datetime(2031, 1, 1, tzinfo=UTC), 10)
            await cache.update("groups", {1: b"ONE"}, later)
            assert await cache.facts("groups") == later
            assert await cache.chunks("groups", range(4)) == {0: b"zero", 1: b"ONE", 3: b"three"}
            assert await cache.chunks("groups", [3, 7]) == {3: b"three"}
            assert await DirectoryCache(db, "t2").facts("groups") is None
            await cache.replace("groups", {}, Cached("link 3", NOON, 0))
            assert await cache.facts("groups") is not None
            assert await cache.chunks("groups", range(4)) == {}
            await cache.forget("groups")
            assert await cache.facts("groups") is None

    asyncio.run(run())


def test_a_locked_file_gets_a_sentence(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("state.database.BUSY_SECONDS", 0)

    async def run() -> None:
        path = tmp_path / "state.db"
        async with opened(path) as db:
            blocker = sqlite3.connect(path, isolation_level=None)
            blocker.execute("BEGIN IMMEDIATE")
            with pytest.raises(StateError, match="locked by another program"):
                await PendingChanges(db, "t1").stage([change("a")], NOON)
            blocker.close()
            await PendingChanges(db, "t1").stage([change("a")], NOON)

    asyncio.run(run())
