"""Table of the schedules: what will start, when, and what became of it."""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from state.tables.metadata import METADATA, MICROSECONDS, SERIAL

SCHEDULES = Table(
    "schedules",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("tenant", Text, nullable=False),
    Column("plan", LargeBinary, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("at", MICROSECONDS, nullable=False),
    Column("revision", Integer, nullable=False, server_default="1"),
    Column("status", Text, nullable=False),
    Column("process", BigInteger, ForeignKey("processes.id")),
    Column("created_at", MICROSECONDS, nullable=False),
    Column("ended_at", MICROSECONDS),
    Column("late", Boolean, nullable=False, server_default="0"),
    Column("asked", Boolean, nullable=False, server_default="0"),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("tried_at", MICROSECONDS),
    Column("not_before", MICROSECONDS, nullable=False, server_default="0"),
    Column("owner", Text, nullable=False, server_default=""),
    Column("lease_until", MICROSECONDS, nullable=False, server_default="0"),
    Column("sentence", Text, nullable=False, server_default=""),
    Index("schedules_due", "tenant", "status", "at"),
    Index("schedules_of_user", "tenant", "user_id", "status"),
    sqlite_autoincrement=True,
)
