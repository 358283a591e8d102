"""DirectoryCache: the tenant's directory as opaque chunks, so it opens at once and a delta costs little."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select

from state.database import Database
from state.tables.cache import CACHED, CHUNKS
from state.times import shown, stored
from state.transaction import Transaction


class Cached(msgspec.Struct, frozen=True):
    """What is known of a kind's list as a whole."""

    link: str
    """The delta link that asks for what changed since."""
    as_of: datetime
    count: int
    """How many objects the chunks hold together."""


class DirectoryCache:
    """The cached directory of one tenant. `kind` is "groups", "users", …; a chunk is known by its number."""

    def __init__(self, db: Database, tenant_id: str) -> None:
        self._db = db
        self._tenant = tenant_id

    async def facts(self, kind: str) -> Cached | None:
        """What is known of this kind's list; None when nothing is."""
        async with self._db.read() as connection:
            facts = await connection.execute(
                select(CACHED.c.link, CACHED.c.as_of, CACHED.c.count).where(
                    CACHED.c.tenant == self._tenant, CACHED.c.kind == kind
                )
            )
            known = facts.one_or_none()
        if known is None:
            return None
        link, as_of, count = known
        return Cached(link, shown(as_of), count)

    async def chunks(self, kind: str, numbers: Sequence[int]) -> dict[int, bytes]:
        """Those of these chunks that are stored."""
        async with self._db.read() as connection:
            bodies = await connection.execute(
                select(CHUNKS.c.number, CHUNKS.c.body).where(
                    CHUNKS.c.tenant == self._tenant, CHUNKS.c.kind == kind, CHUNKS.c.number.in_(numbers)
                )
            )
            return {number: bytes(body) for number, body in bodies}

    async def replace(self, kind: str, chunks: Mapping[int, bytes], facts: Cached) -> None:
        """Stores these chunks as all there are, in one transaction; an empty one takes no room."""
        async with self._db.write() as connection:
            await self._forget(connection, kind)
            await self._store(connection, kind, chunks, facts)

    async def update(self, kind: str, chunks: Mapping[int, bytes], facts: Cached) -> None:
        """Stores only these chunks in the place of their namesakes, in one transaction."""
        async with self._db.write() as connection:
            of_kind = (CACHED.c.tenant == self._tenant) & (CACHED.c.kind == kind)
            await connection.execute(delete(CACHED).where(of_kind))
            await connection.execute(
                delete(CHUNKS).where(
                    CHUNKS.c.tenant == self._tenant, CHUNKS.c.kind == kind, CHUNKS.c.number.in_(list(chunks))
                )
            )
            await self._store(connection, kind, chunks, facts)

    async def forget(self, kind: str) -> None:
        """Drops everything of this kind."""
        async with self._db.write() as connection:
            await self._forget(connection, kind)

    async def _forget(self, connection: Transaction, kind: str) -> None:
        for table in (CACHED, CHUNKS):
            await connection.execute(
                delete(table).where(table.c.tenant == self._tenant, table.c.kind == kind)
            )

    async def _store(
        self, connection: Transaction, kind: str, chunks: Mapping[int, bytes], facts: Cached
    ) -> None:
        await connection.execute(
            insert(CACHED).values(
                tenant=self._tenant, kind=kind, link=facts.link, as_of=stored(facts.as_of), count=facts.count
            )
        )
        rows = [
            {"tenant": self._tenant, "kind": kind, "number": number, "body": body}
            for number, body in chunks.items()
            if body
        ]
        if rows:
            await connection.execute(insert(CHUNKS), rows)
