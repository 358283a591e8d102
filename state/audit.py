"""AuditLog: every write that was sent, append-only and hash-chained, so that a gap or an edit shows."""

import hashlib
from collections.abc import Sequence
from datetime import datetime

import msgspec
from sqlalchemy import insert, select, update

from state.database import Database
from state.tables.audit import AUDIT, AUDIT_ENDS
from state.times import stored
from state.transaction import Transaction
from state.values import AuditEntry

_ENCODER = msgspec.json.Encoder(order="sorted")
_DECODER = msgspec.json.Decoder(AuditEntry)
_ROWS_A_READ = 2000


class AuditLog:
    """The audit log of one tenant."""

    def __init__(self, db: Database, tenant_id: str) -> None:
        self._db = db
        self._tenant = tenant_id

    async def of_user(self, user_id: str, limit: int, before: datetime | None = None) -> list[AuditEntry]:
        """The newest entries of one user first, older than `before` where that is given."""
        query = select(AUDIT.c.entry).where(AUDIT.c.tenant == self._tenant, AUDIT.c.user_id == user_id)
        if before is not None:
            query = query.where(AUDIT.c.at < stored(before))
        async with self._db.read() as connection:
            found = await connection.execute(query.order_by(AUDIT.c.id.desc()).limit(limit))
            return [_DECODER.decode(entry) for entry in found.scalars()]

    async def verify(self) -> str:
        """An empty string when the chain holds to its end, else a sentence that says where it breaks."""
        async with self._db.read() as connection:
            count, last = await _end(connection, self._tenant)
            previous, seen, after = _start(self._tenant), 0, 0
            while rows := await self._page(connection, after):
                for number, entry, found in rows:
                    seen, after = seen + 1, number
                    previous = _link(previous, entry)
                    if previous != found:
                        return (
                            f"The audit log was changed: entry {seen} (number {number}) does not follow from "
                            "the ones before it."
                        )
        if (seen, previous) != (count, last):
            how = "cut" if seen < count else "changed at its end"
            return f"The audit log was {how}: it should end with entry {count}, it ends with entry {seen}."
        return ""

    async def _page(self, connection: Transaction, after: int) -> list[tuple[int, bytes, bytes]]:
        found = await connection.execute(
            select(AUDIT.c.id, AUDIT.c.entry, AUDIT.c.hash)
            .where(AUDIT.c.tenant == self._tenant, AUDIT.c.id > after)
            .order_by(AUDIT.c.id)
            .limit(_ROWS_A_READ)
        )
        return [(number, _bytes(entry), bytes(link)) for number, entry, link in found]


async def chained(db: Database) -> dict[str, int]:
    """How many entries the chain of each tenant is to have, by the tenant's id; 0 where its end is missing."""
    async with db.read() as connection:
        ends = await connection.execute(select(AUDIT_ENDS.c.tenant, AUDIT_ENDS.c.count))
        found = {tenant: int(count) for tenant, count in ends}
        known = await connection.execute(select(AUDIT.c.tenant).distinct().order_by(AUDIT.c.tenant))
        return dict.fromkeys(known.scalars(), 0) | found


async def append(connection: Transaction, tenant: str, entries: Sequence[AuditEntry]) -> None:
    """Adds entries to the tenant's chain, in the caller's transaction."""
    if not entries:
        return
    count, previous = await _end(connection, tenant)
    rows = []
    for entry in entries:
        body = _ENCODER.encode(entry)
        previous = _link(previous, body)
        rows.append(
            {
                "tenant": tenant,
                "user_id": entry.user,
                "at": stored(entry.at),
                "entry": body,
                "hash": previous,
            }
        )
    await connection.execute(insert(AUDIT), rows)
    end = {"count": count + len(entries), "hash": previous}
    if count:
        await connection.execute(update(AUDIT_ENDS).where(AUDIT_ENDS.c.tenant == tenant).values(end))
    else:
        await connection.execute(insert(AUDIT_ENDS).values(tenant=tenant, **end))


async def _end(connection: Transaction, tenant: str) -> tuple[int, bytes]:
    """How many entries the chain has, and the hash of its last one."""
    found = await connection.execute(
        select(AUDIT_ENDS.c.count, AUDIT_ENDS.c.hash).where(AUDIT_ENDS.c.tenant == tenant).with_for_update()
    )
    for count, last in found:
        return int(count), bytes(last)
    return 0, _start(tenant)


def _bytes(found: bytes | str) -> bytes:
    """The entry as it stands, also where a foreign hand has left text in its place."""
    return found.encode() if isinstance(found, str) else bytes(found)


def _start(tenant: str) -> bytes:
    """The first entry follows from the tenant itself: a chain cannot be moved to another tenant."""
    return hashlib.sha256(f"rollcall audit of {tenant}".encode()).digest()


def _link(previous: bytes, entry: bytes) -> bytes:
    return hashlib.sha256(previous + entry).digest()
