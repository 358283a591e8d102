"""Tables of the directory cache: per kind one row of facts and a bounded number of chunks."""

from sqlalchemy import Column, Integer, LargeBinary, Table, Text, UniqueConstraint

from state.tables.metadata import METADATA, MICROSECONDS, SERIAL

CACHED = Table(
    "cached",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("kind", Text, primary_key=True),
    Column("link", Text, nullable=False),
    Column("as_of", MICROSECONDS, nullable=False),
    Column("count", Integer, nullable=False),
)

CHUNKS = Table(
    "cached_chunks",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("number", Integer, nullable=False),
    Column("body", LargeBinary, nullable=False),
    UniqueConstraint("tenant", "kind", "number", name="cached_chunk"),
)
