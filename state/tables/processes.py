"""Tables of the journal. What never changes of a step (`plans`) is apart from what does (`steps`).

A commit then rewrites pages of some twenty-five steps each, not of two: operations are long. The counts
per class stand in the process's own row, changed in the same transaction as the steps they count.
"""

from sqlalchemy import BigInteger, Boolean, Column, ForeignKey, Index, Integer, LargeBinary, Table, Text

from state.tables.metadata import METADATA, MICROSECONDS, SERIAL
from state.values import StepClass

COUNTS = {step_class: step_class.replace(" ", "_") for step_class in StepClass}
"""The column of `processes` that counts each class."""

PROCESSES = Table(
    "processes",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("tenant", Text, nullable=False),
    Column("kind", Text, nullable=False),
    Column("title", Text, nullable=False),
    Column("operator", Text, nullable=False),
    Column("user_id", Text, nullable=False),
    Column("digest", Text, nullable=False),
    Column("undo_of", BigInteger),
    Column("status", Text, nullable=False),
    Column("created_at", MICROSECONDS, nullable=False),
    Column("started_at", MICROSECONDS),
    Column("ended_at", MICROSECONDS),
    Column("owner", Text, nullable=False, server_default=""),
    Column("lease_until", MICROSECONDS, nullable=False, server_default="0"),
    Column("cancelling", Boolean, nullable=False),
    Column("total", Integer, nullable=False),
    Column("retries", Integer, nullable=False, server_default="0"),
    Column("throttled", Integer, nullable=False, server_default="0"),
    Column("last_line", Text, nullable=False, server_default=""),
    *(Column(column, Integer, nullable=False, server_default="0") for column in COUNTS.values()),
    Column("progress", BigInteger, nullable=False, server_default="0"),
    Column("expected", BigInteger, nullable=False, server_default="0"),
    Column("entry", Integer, nullable=False, server_default="0"),
    Column("despite", Integer, nullable=False, server_default="0"),
    Column("look_at", MICROSECONDS),
    Column("reason", Text, nullable=False, server_default=""),
    Column("paused", Text, nullable=False, server_default=""),
    Column("lacks", Text, nullable=False, server_default=""),
    Index("processes_newest", "tenant", "id"),
    Index("processes_by_status", "tenant", "status", "id"),
    sqlite_autoincrement=True,
)

Index(
    "processes_unread",
    PROCESSES.c.tenant,
    PROCESSES.c.id,
    sqlite_where=PROCESSES.c.look_at.is_not(None),
    postgresql_where=PROCESSES.c.look_at.is_not(None),
)

PLANS = Table(
    "plans",
    METADATA,
    Column("process", BigInteger, ForeignKey("processes.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("operation", LargeBinary, nullable=False),
    Column("title", Text, nullable=False),
    Column("target", Text, nullable=False),
    Column("serial", Text, nullable=False),
    Column("once", Boolean, nullable=False),
    Index("plans_by_serial", "process", "serial"),
)

STEPS = Table(
    "steps",
    METADATA,
    Column("process", BigInteger, ForeignKey("processes.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("state", Text, nullable=False),
    Column("attempts", Integer, nullable=False, server_default="0"),
    Column("status", Integer, nullable=False, server_default="0"),
    Column("sentence", Text, nullable=False, server_default=""),
    Column("request_id", Text, nullable=False, server_default=""),
    Column("sent_at", MICROSECONDS),
    Column("ended_at", MICROSECONDS),
    Column("visible", Boolean),
    Column("decided", Text, nullable=False, server_default=""),
    Index("steps_by_state", "process", "state", "number"),
    sqlite_with_rowid=False,
)

ATTEMPTS = Table(
    "attempts",
    METADATA,
    Column("process", BigInteger, ForeignKey("processes.id"), primary_key=True),
    Column("number", Integer, primary_key=True, autoincrement=False),
    Column("attempt", Integer, primary_key=True, autoincrement=False),
    Column("sent_at", MICROSECONDS),
    Column("ended_at", MICROSECONDS, nullable=False),
    Column("status", Integer, nullable=False),
    Column("sentence", Text, nullable=False),
    Column("request_id", Text, nullable=False),
    sqlite_with_rowid=False,
)
"""Sendings that settled nothing. What settled a step stands in the step's own row, so that one that needs a
single sending, as nearly all do, costs a single row."""

LOG = Table(
    "process_log",
    METADATA,
    Column("id", SERIAL, primary_key=True, autoincrement=True),
    Column("process", BigInteger, ForeignKey("processes.id"), nullable=False),
    Column("at", MICROSECONDS, nullable=False),
    Column("line", Text, nullable=False),
    Index("process_log_newest", "process", "id"),
)
