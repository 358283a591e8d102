"""Tables of the audit log: the chain of entries, and each tenant's end of it.

Without the stored end (`audit_ends`) entries cut off the end of the chain would not be missed.
"""

from sqlalchemy import BigInteger, Column, Index, LargeBinary, Table, Text

from state.tables.metadata import METADATA, MICROSECONDS, SERIAL

AUDIT = Table(
    "audit",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("tenant", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("at", MICROSECONDS, nullable=False),
    Column("entry", LargeBinary, nullable=False),
    Column("hash", LargeBinary, nullable=False),
    Index("audit_of_user", "tenant", "user_id", "id"),
    Index("audit_chain", "tenant", "id"),
    sqlite_autoincrement=True,
)

AUDIT_ENDS = Table(
    "audit_ends",
    METADATA,
    Column("tenant", Text, primary_key=True),
    Column("count", BigInteger, nullable=False),
    Column("hash", LargeBinary, nullable=False),
)
