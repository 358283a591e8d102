"""The schema's version, and how an older file becomes a present one."""

from collections.abc import Awaitable, Callable
from typing import TypeAlias

import msgspec
from sqlalchemy import Column, Integer, MetaData, Table

from state.tables import audit, cache, pending, processes, schedules, workers
from state.tables.metadata import METADATA
from state.tables.migrations import MIGRATIONS
from state.transaction import Transaction

__all__ = [
    "SCHEMA",
    "VERSION",
    "Migration",
    "Schema",
    "audit",
    "cache",
    "pending",
    "processes",
    "schedules",
    "workers",
]

Migration: TypeAlias = Callable[[Transaction], Awaitable[None]]
"""Takes the file from one version to the next, inside the transaction it is given."""

VERSION = Table("schema_version", METADATA, Column("version", Integer, primary_key=True, autoincrement=False))
"""One row: the version of the file. This table itself never changes."""


class Schema(msgspec.Struct, frozen=True):
    """The tables of a new file, and the migrations that bring version 1, 2, … up to them, in order.

    A released migration is never edited: it names columns in its own SQL, not through the tables.
    """

    tables: MetaData
    migrations: tuple[Migration, ...] = ()

    @property
    def version(self) -> int:
        """The version this program writes."""
        return len(self.migrations) + 1


SCHEMA = Schema(METADATA, MIGRATIONS)
