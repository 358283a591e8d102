"""Table of the staged changes: one row a cell, `number` keeps the order of staging."""

from sqlalchemy import Column, Index, LargeBinary, Table, Text, UniqueConstraint

from state.tables.metadata import METADATA, MICROSECONDS, SERIAL

PENDING = Table(
    "pending",
    METADATA,
    Column("number", SERIAL, primary_key=True, autoincrement=True),
    Column("tenant", Text, nullable=False),
    Column("key", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("change", LargeBinary, nullable=False),
    Column("staged_at", MICROSECONDS, nullable=False),
    UniqueConstraint("tenant", "key", name="pending_cell"),
    Index("pending_of_user", "tenant", "user_id"),
    sqlite_autoincrement=True,
)
