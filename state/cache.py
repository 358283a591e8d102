"""DirectoryCache: the tenant's directory as opaque chunks, so it opens at once and a delta costs little."""

from collections.abc import Mapping
from datetime import datetime

import msgspec
from sqlalchemy import delete, insert, select

from state.database import Database
from state.tables.cache import CACHED, CHUNKS
from state.times import shown, stored
from state.transaction import Transaction


class Cached(msgspec.Struct, frozen=True):
    """All chunks of one kind. A chunk's place in the list is its number; one never stored is b""."""

    chunks: list[bytes]
    link: str
    """The delta link that asks for what changed since."""
    as_of: datetime
    count: int
    """How many objects the chunks hold together."""


class DirectoryCache:
    """The cached directory of one tenant. `kind` is "groups", "users", …"""

    def __init__(self, db: Database, tenant_id: str) -> None:
        self._db = db
        self._tenant = tenant_id

    async def load(self, kind: str) -> Cached | None:
        """Everything stored of this kind; None when nothing is."""
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
            bodies = await connection.execute(
                select(CHUNKS.c.number, CHUNKS.c.body).where(
                    CHUNKS.c.tenant == self._tenant, CHUNKS.c.kind == kind
                )
            )
            numbered = {number: bytes(body) for number, body in bodies}
        chunks = [numbered.get(number, b"") for number in range(max(numbered, default=-1) + 1)]
        return Cached(chunks, link, shown(as_of), count)

    async def replace(
        self, kind: str, chunks: Mapping[int, bytes], link: str, count: int, now: datetime
    ) -> None:
        """Stores these chunks as all there are, in one transaction."""
        async with self._db.write() as connection:
            await self._forget(connection, kind)
            await self._store(connection, kind, chunks, link, count, now)

    async def update(
        self, kind: str, chunks: Mapping[int, bytes], link: str, count: int, now: datetime
    ) -> None:
        """Stores only these chunks in the place of their namesakes, in one transaction."""
        async with self._db.write() as connection:
            of_kind = (CACHED.c.tenant == self._tenant) & (CACHED.c.kind == kind)
            await connection.execute(delete(CACHED).where(of_kind))
            await connection.execute(
                delete(CHUNKS).where(
                    CHUNKS.c.tenant == self._tenant, CHUNKS.c.kind == kind, CHUNKS.c.number.in_(list(chunks))
                )
            )
            await self._store(connection, kind, chunks, link, count, now)

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
        self,
        connection: Transaction,
        kind: str,
        chunks: Mapping[int, bytes],
        link: str,
        count: int,
        now: datetime,
    ) -> None:
        await connection.execute(
            insert(CACHED).values(tenant=self._tenant, kind=kind, link=link, as_of=stored(now), count=count)
        )
        if chunks:
            rows = [
                {"tenant": self._tenant, "kind": kind, "number": number, "body": body}
                for number, body in chunks.items()
            ]
            await connection.execute(insert(CHUNKS), rows)
