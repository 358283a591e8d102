"""The first look at the state file: quick, and in step with the real opening."""

import asyncio
import sqlite3
import subprocess
import sys
from contextlib import closing
from pathlib import Path

from state.database import Database
from state.inspection import SCHEMA_VERSION, inspect
from state.tables.schema import SCHEMA


async def _made(path: Path) -> None:
    await (await Database.open(path)).close()


def test_it_knows_the_schema_that_is_written() -> None:
    assert SCHEMA.version == SCHEMA_VERSION


def test_a_present_file_and_an_empty_one_are_fine(tmp_path: Path) -> None:
    asyncio.run(_made(tmp_path / "rollcall.db"))
    (tmp_path / "empty.db").touch()
    assert inspect(tmp_path / "rollcall.db") == ""
    assert inspect(tmp_path / "empty.db") == ""


def test_a_newer_file_is_named_as_such(tmp_path: Path) -> None:
    path = tmp_path / "rollcall.db"
    asyncio.run(_made(path))
    with closing(sqlite3.connect(path)) as connection, connection:
        connection.execute("update schema_version set version = version + 1")
    assert "written by a newer version of Rollcall" in inspect(path)


def test_what_is_no_database_is_named_as_such(tmp_path: Path) -> None:
    (tmp_path / "text.db").write_text("no database at all, " * 100)
    assert "is damaged" in inspect(tmp_path / "text.db")
    assert "is no file" in inspect(tmp_path)


def test_a_file_that_another_program_writes_to_is_fine(tmp_path: Path) -> None:
    path = tmp_path / "rollcall.db"
    asyncio.run(_made(path))
    with closing(sqlite3.connect(path)) as connection:
        connection.execute("begin immediate")
        assert inspect(path) == ""


def test_it_needs_no_slow_import() -> None:
    code = "import sys, state.inspection; raise SystemExit('sqlalchemy' in sys.modules)"
    assert subprocess.call([sys.executable, "-c", code], cwd=Path(__file__).parents[2]) == 0
