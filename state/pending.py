"""PendingChanges: what the operator staged and did not apply yet, stored before it is drawn."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime

import msgspec
from sqlalchemy import bindparam, delete, insert, select, update

from state.database import Database
from state.errors import StaleReview
from state.tables.pending import PENDING
from state.times import stored
from state.transaction import Transaction
from state.values import Change, Json

_ENCODER = msgspec.json.Encoder()
_DECODER = msgspec.json.Decoder(Change)
_SORTED = msgspec.json.Encoder(order="sorted")
_KEYS_A_QUERY = 500


class PendingChanges:
    """The staged changes of one tenant, shared by every copy of the program on this file."""

    def __init__(self, db: Database, tenant_id: str) -> None:
        self._db = db
        self._tenant = tenant_id

    async def stage(self, changes: Sequence[Change], now: datetime) -> None:
        """Stores the changes in one transaction.

        A cell that is staged already keeps its place and its first `before`; one whose `after` is that
        `before` again leaves.
        """
        async with self._db.write() as connection:
            before = await find(connection, self._tenant, [change.key for change in changes])
            await self._store(connection, before, merged(before, changes), stored(now))

    async def discard(self, keys: Sequence[str]) -> None:
        """Forgets these cells' changes; keys that are not staged are no error."""
        async with self._db.write() as connection:
            await remove(connection, self._tenant, keys)

    async def all(self) -> list[Change]:
        """Every staged change, in the order of staging."""
        async with self._db.read() as connection:
            found = await connection.execute(
                select(PENDING.c.change).where(PENDING.c.tenant == self._tenant).order_by(PENDING.c.number)
            )
            return [_DECODER.decode(change) for change in found.scalars()]

    async def of_user(self, user_id: str) -> list[Change]:
        """The staged changes of one user, in the order of staging."""
        async with self._db.read() as connection:
            found = await connection.execute(
                select(PENDING.c.change)
                .where(PENDING.c.tenant == self._tenant, PENDING.c.user_id == user_id)
                .order_by(PENDING.c.number)
            )
            return [_DECODER.decode(change) for change in found.scalars()]

    async def _store(
        self, connection: Transaction, before: Mapping[str, Change], after: Mapping[str, Change], at: int
    ) -> None:
        await remove(connection, self._tenant, [key for key in before if key not in after])
        new = [change for key, change in after.items() if key not in before]
        if new:
            rows = [
                {
                    "tenant": self._tenant,
                    "key": change.key,
                    "user_id": change.user,
                    "change": _ENCODER.encode(change),
                    "staged_at": at,
                }
                for change in new
            ]
            await connection.execute(insert(PENDING), rows)
        changed = [change for key, change in after.items() if key in before and change is not before[key]]
        if changed:
            await connection.execute(
                update(PENDING)
                .where(PENDING.c.tenant == bindparam("in_tenant"), PENDING.c.key == bindparam("of_key"))
                .values(change=bindparam("new_change"), staged_at=bindparam("at")),
                [
                    {
                        "in_tenant": self._tenant,
                        "of_key": change.key,
                        "new_change": _ENCODER.encode(change),
                        "at": at,
                    }
                    for change in changed
                ],
            )


def merged(staged: Mapping[str, Change], changes: Sequence[Change]) -> dict[str, Change]:
    """What is staged, by key, when these changes have come to it; see `PendingChanges.stage`."""
    after = dict(staged)
    for change in changes:
        first = after.get(change.key)
        kept = change if first is None else msgspec.structs.replace(change, before=first.before)
        if same(kept.before, kept.after):
            after.pop(change.key, None)
        else:
            after[change.key] = kept
    return after


async def find(connection: Transaction, tenant: str, keys: Sequence[str]) -> dict[str, Change]:
    """The staged changes with these keys, in the caller's transaction."""
    found: dict[str, Change] = {}
    for some in _pieces(keys):
        rows = await connection.execute(
            select(PENDING.c.key, PENDING.c.change).where(PENDING.c.tenant == tenant, PENDING.c.key.in_(some))
        )
        found.update((key, _DECODER.decode(change)) for key, change in rows)
    return found


async def remove(connection: Transaction, tenant: str, keys: Sequence[str]) -> None:
    """Deletes these keys' rows, in the caller's transaction."""
    for some in _pieces(keys):
        await connection.execute(delete(PENDING).where(PENDING.c.tenant == tenant, PENDING.c.key.in_(some)))


async def take(connection: Transaction, tenant: str, reviewed: Sequence[Change]) -> None:
    """Deletes exactly the reviewed changes, in the caller's transaction.

    Raises StaleReview when one of them is gone or is staged with another before or after by now.
    """
    staged = await find(connection, tenant, [change.key for change in reviewed])
    for change in reviewed:
        now = staged.get(change.key)
        if now is None or not (same(now.before, change.before) and same(now.after, change.after)):
            what = " · ".join(part for part in (change.user_name, change.row_name, change.field) if part)
            raise StaleReview(
                f"The change of {what} is no longer what was reviewed; nothing was started. Review again."
            )
    await remove(connection, tenant, list(staged))


def same(one: Json, other: Json) -> bool:
    """Equal as JSON: true is not 1, and the order of an object's keys does not matter."""
    return _SORTED.encode(one) == _SORTED.encode(other)


def _pieces(keys: Sequence[str]) -> Iterable[Sequence[str]]:
    return (keys[start : start + _KEYS_A_QUERY] for start in range(0, len(keys), _KEYS_A_QUERY))
