"""Damage: whether a state file is whole, and what is said of one that is not, and of the copies of it."""

import sqlite3
from collections.abc import Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

from state import backups
from state.errors import Corrupt


def check(path: Path) -> None:
    """Raises `Corrupt` unless every page of the file is where and what it should be; 4 ms a megabyte.

    Nothing is written, not even what a killed program left beside the file. One that is not there, or cannot be
    read now, is no damage: the opening says more.
    """
    try:
        if path.exists():
            with closing(read_only(path)) as file:
                found = [str(row[0]) for row in file.execute("PRAGMA quick_check(3)")]
            refuse(path, found)
    except (OSError, sqlite3.OperationalError):
        return
    except sqlite3.DatabaseError as error:
        raise Corrupt(damaged(path, str(error))) from error


def read_only(path: Path) -> sqlite3.Connection:
    """A connection that leaves the file as it is, also as the last one to close. Raises `sqlite3.Error`."""
    uri = f"{path.absolute().as_uri()}?mode=ro"
    return sqlite3.connect(uri, uri=True, timeout=5, check_same_thread=False)


def refuse(path: Path, found: Sequence[str]) -> None:
    """Raises `Corrupt` for what SQLite found in the file, unless that is nothing."""
    if list(found) != ["ok"]:
        raise Corrupt(damaged(path, "; ".join(found).replace("\n", " ")))


def damaged(path: Path, why: str) -> str:
    """What happened to which file, and what to do now; names the newest backup beside it."""
    return (
        f"The state file {path} is damaged or is no Rollcall state file ({why}). Nothing is sent, and the file is "
        f"left as it is. {_way_out(path)}"
    )


def _way_out(path: Path) -> str:
    try:
        found = backups.kept(path)[:1]
        when = [datetime.fromtimestamp(each.stat().st_mtime).astimezone() for each in found]
    except OSError:
        found, when = [], []
    away = "With no copy of Rollcall open, move it away together with what lies beside it as -wal and -shm"
    for backup, moment in zip(found, when, strict=True):
        return (
            f"{away}, then copy its backup {backup} of {moment:%Y-%m-%d %H:%M} to its place, or start without it; "
            "--state DIR uses another."
        )
    return f"{away}, and start again; there is no backup beside it. --state DIR uses another."
