"""Transaction: statements that run to their end even when the one who waits for them is cancelled.

A statement cut off half-way would cost its connection, and with it hold the file locked for seconds; the
screens cancel what they no longer need all the time.
"""

import asyncio
from collections.abc import Callable, Coroutine, Mapping, Sequence
from typing import Any, TypeAlias, TypeVar

from sqlalchemy import Connection, CursorResult, Executable
from sqlalchemy.ext.asyncio import AsyncConnection

T = TypeVar("T")
Rows: TypeAlias = CursorResult[*tuple[Any, ...]]


class Transaction:
    """What may be done inside `Database.write` and `Database.read`."""

    def __init__(self, connection: AsyncConnection) -> None:
        self._connection = connection

    async def execute(
        self,
        statement: Executable,
        parameters: Mapping[str, Any] | Sequence[Mapping[str, Any]] | None = None,
    ) -> Rows:
        """Runs one statement; its rows are in memory afterwards."""
        return await unhurried(self._connection.execute(statement, parameters))

    async def exec_driver_sql(self, sql: str) -> Rows:
        """Runs SQL in the database's own words (pragmas, migrations)."""
        return await unhurried(self._connection.exec_driver_sql(sql))

    async def run_sync(self, work: Callable[[Connection], T]) -> T:
        """Runs `work` with the synchronous connection (creating and inspecting tables)."""
        return await unhurried(self._connection.run_sync(work))


async def unhurried(work: Coroutine[Any, Any, T]) -> T:
    """The result of `work`; when the caller is cancelled meanwhile, `work` is finished first."""
    task = asyncio.ensure_future(work)
    cancelled: asyncio.CancelledError | None = None
    while not task.done():
        try:
            await asyncio.shield(task)
        except asyncio.CancelledError as error:
            cancelled = error
        except BaseException:
            # raised again below, by its owner
            break
    if cancelled is not None:
        if not task.cancelled() and task.exception() is not None:
            raise cancelled from task.exception()
        raise cancelled
    return task.result()
