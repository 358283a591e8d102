"""A first look at the state file before anything slow is imported: can this program use it at all?"""

import os
import sqlite3
import stat
from contextlib import closing
from pathlib import Path

from state.damage import damaged, read_only

SCHEMA_VERSION = 7
"""The newest schema this program knows; `state.tables.schema` holds what it looks like."""


def inspect(path: Path) -> str:
    """Why this file cannot be used, in one sentence; "" when it can. It takes milliseconds."""
    try:
        if not stat.S_ISREG(path.stat().st_mode):
            return f"The state file {path} is no file: move it away, or use --state DIR."
        if not os.access(path, os.R_OK | os.W_OK):
            return f"The state file {path} cannot be read and written: make it yours and writable, or use --state DIR."
        with closing(read_only(path)) as connection:
            found = _version(connection)
    except (OSError, sqlite3.OperationalError):
        # busy, or gone this moment: the real opening waits, and says more
        return ""
    except sqlite3.DatabaseError as error:
        return damaged(path, str(error))
    if found > SCHEMA_VERSION:
        return (
            f"The state file {path} was written by a newer version of Rollcall (schema {found}, this one "
            f"knows {SCHEMA_VERSION}): update Rollcall, or use --state DIR."
        )
    return ""


def _version(connection: sqlite3.Connection) -> int:
    known = connection.execute("SELECT 1 FROM sqlite_master WHERE name = 'schema_version'").fetchone()
    row = connection.execute("SELECT version FROM schema_version").fetchone() if known else None
    return int(row[0]) if row else 0
