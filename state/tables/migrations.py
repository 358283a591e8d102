"""The steps from one version of the file to the next, each in its own SQL and never edited again."""

from state.transaction import Transaction

_SCHEDULES = """
CREATE TABLE schedules (
    id INTEGER NOT NULL PRIMARY KEY AUTOINCREMENT,
    tenant TEXT NOT NULL,
    "plan" BLOB NOT NULL,
    user_id TEXT NOT NULL,
    operator TEXT NOT NULL,
    at BIGINT NOT NULL,
    revision INTEGER DEFAULT '1' NOT NULL,
    status TEXT NOT NULL,
    process BIGINT REFERENCES processes (id),
    created_at BIGINT NOT NULL,
    ended_at BIGINT,
    late BOOLEAN DEFAULT '0' NOT NULL,
    asked BOOLEAN DEFAULT '0' NOT NULL,
    attempts INTEGER DEFAULT '0' NOT NULL,
    tried_at BIGINT,
    not_before BIGINT DEFAULT '0' NOT NULL,
    owner TEXT DEFAULT '' NOT NULL,
    lease_until BIGINT DEFAULT '0' NOT NULL,
    sentence TEXT DEFAULT '' NOT NULL
)
"""

_WORKERS = """
CREATE TABLE workers (
    id TEXT NOT NULL,
    tenant TEXT NOT NULL,
    host TEXT NOT NULL,
    pid INTEGER NOT NULL,
    since BIGINT NOT NULL,
    beat_at BIGINT NOT NULL,
    PRIMARY KEY (id, tenant)
)
"""


async def to_2(connection: Transaction) -> None:
    """Schedules, and the workers that run them."""
    for sql in (
        _SCHEDULES,
        "CREATE INDEX schedules_due ON schedules (tenant, status, at)",
        "CREATE INDEX schedules_of_user ON schedules (tenant, user_id, status)",
        _WORKERS,
    ):
        await connection.exec_driver_sql(sql)


async def to_3(connection: Transaction) -> None:
    """How far the step under way is, for steps that are more than one call."""
    for column in ("progress", "expected"):
        await connection.exec_driver_sql(
            f"ALTER TABLE processes ADD COLUMN {column} BIGINT DEFAULT '0' NOT NULL"
        )


async def to_4(connection: Transaction) -> None:
    """Which entry a process's owner wrote last."""
    await connection.exec_driver_sql("ALTER TABLE processes ADD COLUMN entry INTEGER DEFAULT '0' NOT NULL")


_ATTEMPTS = """
CREATE TABLE attempts (
    process BIGINT NOT NULL REFERENCES processes (id),
    number INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    sent_at BIGINT,
    ended_at BIGINT NOT NULL,
    status INTEGER NOT NULL,
    sentence TEXT NOT NULL,
    request_id TEXT NOT NULL,
    PRIMARY KEY (process, number, attempt)
) WITHOUT ROWID
"""

_DESPITE = """
UPDATE processes SET despite =
    (SELECT count(*) FROM steps WHERE process = processes.id AND state = 'refused' AND visible)
WHERE refused > 0
"""


async def to_5(connection: Transaction) -> None:
    """What was carried out despite its answer, read-backs still to be done, decisions, earlier attempts."""
    for sql in (
        "ALTER TABLE processes ADD COLUMN despite INTEGER DEFAULT '0' NOT NULL",
        "ALTER TABLE processes ADD COLUMN look_at BIGINT",
        "CREATE INDEX processes_unread ON processes (tenant, id) WHERE look_at IS NOT NULL",
        "ALTER TABLE steps ADD COLUMN decided TEXT DEFAULT '' NOT NULL",
        _ATTEMPTS,
        _DESPITE,
    ):
        await connection.exec_driver_sql(sql)


async def to_6(connection: Transaction) -> None:
    """Why a process was started."""
    await connection.exec_driver_sql("ALTER TABLE processes ADD COLUMN reason TEXT DEFAULT '' NOT NULL")


async def to_7(connection: Transaction) -> None:
    """Why a process pauses, and which roles it waits for."""
    for column in ("paused", "lacks"):
        await connection.exec_driver_sql(
            f"ALTER TABLE processes ADD COLUMN {column} TEXT DEFAULT '' NOT NULL"
        )


MIGRATIONS = (to_2, to_3, to_4, to_5, to_6, to_7)
