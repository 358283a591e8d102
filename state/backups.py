"""Backups: copies of the state file from before it became one of a newer version; the last two are kept."""

import os
import re
import sqlite3
from contextlib import closing
from pathlib import Path
from uuid import uuid4

KEPT = 2
"""How many backups stay beside a state file."""


def half(path: Path) -> Path:
    """A name beside the state file for a backup that is being written."""
    return path.with_name(f".{path.name}.{uuid4().hex}.part")


def finish(part: Path, path: Path, version: int) -> Path | None:
    """Gives a backup that is whole its name; None, and no backup, where it is not of this version.

    Another copy of the program may have brought the file up to date just before. Raises `OSError` and
    `sqlite3.Error`.
    """
    with closing(sqlite3.connect(f"{part.absolute().as_uri()}?mode=ro", uri=True)) as copy:
        (found,) = copy.execute("SELECT version FROM schema_version").fetchone()
    if found != version:
        part.unlink()
        return None
    for place in (part, part.parent):
        descriptor = os.open(place, os.O_RDONLY)
        os.fsync(descriptor)
        os.close(descriptor)
    return part.replace(_free(path.with_suffix(f".v{version}.backup")))


def kept(path: Path) -> list[Path]:
    """The backups of this state file, the newest first. Raises `OSError`."""
    name = re.compile(rf"{re.escape(path.stem)}\.v\d+\.backup(\.\d+)?")
    found = [each for each in path.parent.iterdir() if name.fullmatch(each.name)]
    return sorted(found, key=lambda each: each.stat().st_mtime_ns, reverse=True)


def prune(path: Path) -> None:
    """Removes all backups but the newest. Raises `OSError`."""
    for old in kept(path)[KEPT:]:
        old.unlink(missing_ok=True)


def _free(path: Path) -> Path:
    """`path`, or the first of `path`.1, .2, … that does not exist."""
    candidates = (path, *(path.with_name(f"{path.name}.{n}") for n in range(1, 1000)))
    return next(candidate for candidate in candidates if not candidate.exists())
