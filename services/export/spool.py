"""Spool: a tab's rows on the disk between their arrival and their place in a file, each key once, in order."""

import sqlite3
from collections.abc import Iterable, Iterator
from pathlib import Path
from types import TracebackType

import msgspec

from services.matching import natural
from services.record import Record
from services.tabs.tab import Row

AnyRow = Row | Record


class Spool:
    """Rows by name, records as they came. Memory does not grow with them; the file belongs to one export."""

    def __init__(self, path: Path, kind: type[Row] | type[Record]) -> None:
        self._decoder = msgspec.msgpack.Decoder(kind)
        # rows without facts share a mapping that nobody can write to
        self._encoder = msgspec.msgpack.Encoder(enc_hook=dict)
        self._number = 0
        # filled by one thread after another, never by two at once
        self._file = sqlite3.connect(path, isolation_level=None, check_same_thread=False)
        for pragma in ("journal_mode=OFF", "synchronous=OFF", "locking_mode=EXCLUSIVE", "cache_size=-4000"):
            self._file.execute(f"PRAGMA {pragma}")
        self._file.execute("CREATE TABLE spool (key TEXT PRIMARY KEY, place TEXT, number INTEGER, row BLOB)")
        self._file.execute("CREATE INDEX by_place ON spool (place, number)")

    def __enter__(self) -> "Spool":
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self._file.close()

    def __len__(self) -> int:
        return int(self._file.execute("SELECT count(*) FROM spool").fetchone()[0])

    def empty(self) -> None:
        """What came so far is replaced by what comes now."""
        self._file.execute("DELETE FROM spool")

    def add(self, rows: Iterable[AnyRow]) -> None:
        """Rows as they come; one whose key came before takes the place of the earlier one."""
        self._file.execute("BEGIN")
        self._file.executemany(
            "INSERT INTO spool VALUES (?, ?, ?, ?) ON CONFLICT (key) DO UPDATE SET "
            "place = excluded.place, row = excluded.row",
            map(self._stored, rows),
        )
        self._file.execute("COMMIT")

    def slices(self, size: int) -> Iterator[list[AnyRow]]:
        """All rows in their order, so many at a time."""
        found = self._file.execute("SELECT row FROM spool ORDER BY place, number")
        while some := found.fetchmany(size):
            yield [self._decoder.decode(row) for (row,) in some]

    def _stored(self, row: AnyRow) -> tuple[str, str, int, bytes]:
        self._number += 1
        place = natural(row.name) if isinstance(row, Row) else ""
        return row.key, place, self._number, self._encoder.encode(row)
