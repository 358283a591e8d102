"""Database: the one file that survives a kill, with one write path and a sentence for every way it fails."""

import asyncio
import contextlib
import os
import sqlite3
from collections.abc import AsyncIterator, Iterator
from contextlib import asynccontextmanager, closing, contextmanager
from pathlib import Path
from typing import Any

import aiosqlite
from sqlalchemy import URL, event, insert, inspect, select, update
from sqlalchemy.exc import DBAPIError
from sqlalchemy.ext.asyncio import AsyncConnection, AsyncEngine, create_async_engine

from state import backups
from state.damage import damaged, read_only, refuse
from state.errors import Corrupt, NewerSchema, StateError
from state.tables.schema import SCHEMA, VERSION, Schema
from state.transaction import Transaction, unhurried

BUSY_SECONDS = 15
"""How long a statement waits for another program's transaction before it gives up."""


_Stamp = tuple[tuple[int, int], ...]
"""Size and time of the last change, of the file and of its write-ahead log."""


class Database:
    """One state file, opened. Every process of every copy of the program may have it open at once.

    All methods raise `StateError` (or its kinds `Corrupt`, `NewerSchema`); its sentence names the file.
    """

    def __init__(self, path: Path, writer: AsyncEngine, readers: AsyncEngine) -> None:
        self.path = path
        self._writer = writer
        self._readers = readers
        self._writing = asyncio.Lock()
        self._watching = asyncio.Lock()
        self._watch: AsyncConnection | None = None
        self._version = 0
        self._stamps: tuple[_Stamp, _Stamp] | None = None
        self._damage: Corrupt | None = None

    @classmethod
    async def open(cls, path: Path, *, schema: Schema = SCHEMA) -> "Database":
        """Opens the file, creating it (0600) and its directory (0700), and migrates it after a backup."""
        with _sentences(path):
            _create(path)
            database = cls(path, _engine(path, "BEGIN IMMEDIATE", 1), _engine(path, "BEGIN", 4))
            try:
                await database._use_wal()
                await database._migrate(schema)
            except BaseException:
                await database.close()
                raise
            return database

    async def close(self) -> None:
        """Closes every connection; open transactions roll back. A damaged file stays as it is."""
        with self._witness():
            await self._close()

    @contextmanager
    def _witness(self) -> Iterator[None]:
        """Another connection to a damaged file: the last one to close moves the write-ahead log into it."""
        with contextlib.ExitStack() as open_until:
            # where it was moved away by now there is nothing to leave as it is
            with contextlib.suppress(sqlite3.Error):
                if self._damage is not None:
                    witness = open_until.enter_context(closing(read_only(self.path)))
                    # the file is opened by the first statement, and needs no page for this one
                    witness.execute("PRAGMA data_version").fetchone()
            yield

    async def _close(self) -> None:
        if self._watch is not None:
            await self._watch.close()
            self._watch = None
        await self._readers.dispose()
        await self._writer.dispose()

    @asynccontextmanager
    async def write(self) -> AsyncIterator[Transaction]:
        """One transaction: on the disk when the block has ended, nothing of it when it raises.

        Once damage was met nothing is written any more: who mends the file must find it as it was.
        """
        async with self._writing, self._connected(self._writer) as connection:
            if self._damage is not None:
                raise self._damage
            try:
                yield Transaction(connection)
            except BaseException:
                await unhurried(connection.rollback())
                raise
            await unhurried(connection.commit())

    @asynccontextmanager
    async def read(self) -> AsyncIterator[Transaction]:
        """One consistent view of the file; it neither waits for writers nor stops them."""
        async with self._connected(self._readers) as connection:
            yield Transaction(connection)

    @asynccontextmanager
    async def _connected(self, engine: AsyncEngine) -> AsyncIterator[AsyncConnection]:
        """A connection that finds its way back to the pool, also from a caller cancelled while it came."""
        connection = engine.connect()
        try:
            with _sentences(self.path):
                try:
                    await unhurried(_start(connection))
                    yield connection
                finally:
                    if connection.sync_connection is not None:
                        await unhurried(connection.close())
        except Corrupt as error:
            self._damage = error
            raise

    async def version(self) -> int:
        """A number that differs after anybody, this or another program, committed something."""
        async with self._watching:
            with _sentences(self.path):
                stamp = _stamp(self.path)
                # asked every two seconds as long as a program is open: a question to SQLite wakes a thread ten times
                if self._stamps != (stamp, stamp):
                    self._version = await unhurried(self._look())
                    # a second commit may be as old as the first, to the clock of the file system
                    self._stamps = (self._stamps[1] if self._stamps else (), stamp)
                return self._version

    async def _look(self) -> int:
        if self._watch is None:
            self._watch = await self._readers.connect()
        found = (await self._watch.exec_driver_sql("PRAGMA data_version")).scalar_one()
        # without this the connection would keep looking at its first snapshot
        await self._watch.rollback()
        return int(found)

    async def integrity(self) -> str:
        """An empty string when the whole file is sound, indexes too, else a sentence. Reads all of it."""
        try:
            await self._sound("integrity_check")
        except Corrupt as error:
            return error.sentence
        return ""

    async def _sound(self, pragma: str) -> None:
        async with self.read() as connection:
            found = (await connection.exec_driver_sql(f"PRAGMA {pragma}(3)")).scalars().all()
            refuse(self.path, [str(each) for each in found])

    async def backup(self, target: Path) -> None:
        """Writes a compact copy (0600) to `target`, which must not exist yet."""
        with _sentences(target):
            os.close(os.open(target, os.O_CREAT | os.O_EXCL | os.O_RDWR, 0o600))
            # past SQLAlchemy, which would begin a transaction: VACUUM runs in none
            async with (
                self._readers.connect() as connection,
                (await _driver(connection)).execute("VACUUM INTO ?", (str(target),)),
            ):
                pass

    async def _use_wal(self) -> None:
        """Switches a new file to write-ahead logging; another copy of the program may be doing the same."""
        for attempt in range(50):
            try:
                async with (
                    self._readers.connect() as connection,
                    (await _driver(connection)).execute("PRAGMA journal_mode=WAL"),
                ):
                    return
            except sqlite3.OperationalError as error:
                # SQLite does not wait for this one lock, whatever the busy timeout says
                if attempt == 49 or "locked" not in str(error):
                    raise
                await asyncio.sleep(0.05)

    async def _migrate(self, schema: Schema) -> None:
        found = await self._schema_version()
        if found == schema.version:
            return
        if found > schema.version:
            raise NewerSchema(
                f"The state file {self.path} was written by a newer version of Rollcall "
                f"(schema {found}, this one knows {schema.version}): update Rollcall, or use --state DIR."
            )
        if found:
            # a copy of a damaged file is no backup
            await self._sound("quick_check")
            await self._back_up(found, schema.version)
        async with self.write() as connection:
            # another copy may have migrated while this one waited for the lock
            found = await _version_in(connection)
            if found == 0:
                await connection.run_sync(schema.tables.create_all)
                await connection.execute(insert(VERSION).values(version=schema.version))
            for migration in schema.migrations[found - 1 :] if found else ():
                await migration(connection)
            await connection.execute(update(VERSION).values(version=schema.version))
        with contextlib.suppress(OSError):
            # a backup too many does no harm
            backups.prune(self.path)

    async def _back_up(self, version: int, newer: int) -> None:
        """A backup beside the file, whole and on the disk, before anything of the file is changed."""
        part = backups.half(self.path)
        try:
            await self.backup(part)
            with _sentences(part):
                await asyncio.to_thread(backups.finish, part, self.path, version)
        except StateError as error:
            raise StateError(
                f"The state file {self.path} is of version {version} and has to become version {newer}, but no "
                f"backup of it could be written beside it; nothing was changed. {error.sentence}"
            ) from error
        finally:
            with contextlib.suppress(OSError):
                part.unlink(missing_ok=True)
                part.with_name(f"{part.name}-journal").unlink(missing_ok=True)

    async def _schema_version(self) -> int:
        async with self.read() as connection:
            return await _version_in(connection)


async def _driver(connection: AsyncConnection) -> aiosqlite.Connection:
    driver: aiosqlite.Connection | None = (await connection.get_raw_connection()).driver_connection
    if driver is None:
        raise StateError("The state file was closed.")
    return driver


async def _start(connection: AsyncConnection) -> None:
    await connection.start()


async def _version_in(connection: Transaction) -> int:
    """The file's version; 0 for a new file."""
    if not await connection.run_sync(lambda sync: inspect(sync).has_table(VERSION.name)):
        return 0
    return int((await connection.execute(select(VERSION.c.version))).scalar_one_or_none() or 0)


def _stamp(path: Path) -> _Stamp:
    found = []
    for each in (path, path.with_name(f"{path.name}-wal")):
        with contextlib.suppress(OSError):
            status = each.stat()
            found.append((status.st_size, status.st_mtime_ns))
    return tuple(found)


def _create(path: Path) -> None:
    path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    os.close(os.open(path, os.O_CREAT | os.O_RDWR | os.O_CLOEXEC, 0o600))
    if path.stat().st_mode & 0o077:
        path.chmod(0o600)


def _engine(path: Path, begin: str, connections: int) -> AsyncEngine:
    engine = create_async_engine(
        URL.create("sqlite+aiosqlite", database=str(path)), pool_size=connections, max_overflow=0
    )

    def connected(connection: Any, _record: object) -> None:
        # the driver's own transaction control begins too late and commits too early
        connection.isolation_level = None
        cursor = connection.cursor()
        for pragma in (f"busy_timeout={BUSY_SECONDS * 1000}", "synchronous=FULL", "foreign_keys=ON"):
            cursor.execute(f"PRAGMA {pragma}")
        cursor.close()

    event.listen(engine.sync_engine, "connect", connected)
    event.listen(engine.sync_engine, "begin", lambda connection: connection.exec_driver_sql(begin))
    return engine


@contextmanager
def _sentences(path: Path) -> Iterator[None]:
    """Turns what the driver and the file system raise into a StateError that names the file."""
    try:
        yield
    except DBAPIError as error:
        raise _explain(path, error.orig) from error
    except (sqlite3.Error, OSError) as error:
        raise _explain(path, error) from error


_FULL = "The disk is full: {path} cannot be written. What cannot be journaled is not sent; make room and try again."
_SENTENCES = {
    "SQLITE_FULL": _FULL,
    # the memory that programs share on the file has no room beside it
    "SQLITE_IOERR_SHMSIZE": _FULL,
    "SQLITE_READONLY": "{path} cannot be written (read-only). Make it writable or use --state DIR.",
    "SQLITE_CANTOPEN": "{path} cannot be opened. See that its directory is there and yours, or use "
    "--state DIR.",
    "SQLITE_BUSY": "{path} is locked by another program. Close it and try again.",
    "SQLITE_LOCKED": "{path} is locked by another program. Close it and try again.",
    "SQLITE_IOERR": "The disk reported an error on {path} ({error}). See that its file system is well.",
}


def _explain(path: Path, error: BaseException | None) -> StateError:
    if isinstance(error, OSError):
        return StateError(
            f"{path} cannot be used ({error.strerror or error}). Make it writable or use --state DIR."
        )
    name = str(getattr(error, "sqlite_errorname", ""))
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_NOTADB")):
        return Corrupt(damaged(path, str(error)))
    for prefix, sentence in _SENTENCES.items():
        if name.startswith(prefix):
            return StateError(sentence.format(path=path, error=error))
    return StateError(f"The state file {path} cannot be used ({error}).")
