"""Glance: the beginning of a cached list, read without the imports that opening the state file takes."""

import sqlite3
from collections.abc import Callable, Sequence
from contextlib import closing
from datetime import datetime
from pathlib import Path

import msgspec

from state.damage import read_only
from state.times import shown


class Glance(msgspec.Struct, frozen=True):
    """Some chunks of a list, how many objects all of them hold, and how old it is."""

    chunks: Sequence[bytes]
    count: int
    as_of: datetime


def glance(path: Path, tenant: str, kind: str, how_many: Callable[[int], int]) -> Glance | None:
    """The first chunks of the list, `how_many` of its count; None where there is no list, or it cannot be read.

    What is wrong with the file is for its opening to say.
    """
    try:
        if not path.exists():
            return None
        with closing(read_only(path)) as file:
            which = {"tenant": tenant, "kind": kind}
            facts = file.execute(
                "SELECT as_of, count FROM cached WHERE tenant = :tenant AND kind = :kind", which
            ).fetchone()
            if facts is None:
                return None
            found = file.execute(
                "SELECT body FROM cached_chunks WHERE tenant = :tenant AND kind = :kind AND number < :before",
                {**which, "before": how_many(facts[1])},
            ).fetchall()
    except (OSError, sqlite3.Error):
        return None
    return Glance([bytes(body) for (body,) in found], facts[1], shown(facts[0]))
