"""Table of the headless workers: who runs processes and schedules while no screen is open."""

from sqlalchemy import Column, Integer, Table, Text

from state.tables.metadata import METADATA, MICROSECONDS

WORKERS = Table(
    "workers",
    METADATA,
    Column("id", Text, primary_key=True),
    Column("tenant", Text, primary_key=True),
    Column("host", Text, nullable=False),
    Column("pid", Integer, nullable=False),
    Column("since", MICROSECONDS, nullable=False),
    Column("beat_at", MICROSECONDS, nullable=False),
)
