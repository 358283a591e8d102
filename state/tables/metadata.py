"""What all tables share: their metadata, and column types that are right on SQLite and on PostgreSQL."""

from sqlalchemy import BigInteger, Integer, MetaData

METADATA = MetaData()

SERIAL = BigInteger().with_variant(Integer, "sqlite")
"""A numbering primary key: SQLite numbers only a plain INTEGER."""

MICROSECONDS = BigInteger
"""A time, see `state.times`."""
