"""The tenant's data in one SQLite file: objects with their indexed columns, links between them, records."""

import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any, NamedTuple

from services.sandbox.answers import DECODE, ENCODE, Json
from services.sandbox.visibility import Visibility

MEMBER, OWNER, MANAGER = 1, 2, 3
"""Kinds of links: member and owner lead from group to object, manager from manager to user."""

FORMAT = 3
SCHEMA = """
CREATE TABLE tenant (key TEXT PRIMARY KEY, value TEXT NOT NULL) WITHOUT ROWID;
CREATE TABLE objects (
  seq INTEGER PRIMARY KEY, id TEXT NOT NULL UNIQUE, type TEXT NOT NULL, deleted INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 0, name TEXT, upn TEXT, mail TEXT, nick TEXT, security INTEGER,
  mailed INTEGER,
  unified INTEGER, dynamic INTEGER, synced INTEGER, assignable INTEGER, enabled INTEGER, usertype TEXT,
  licences INTEGER, created TEXT);
CREATE TABLE docs (seq INTEGER PRIMARY KEY, doc BLOB NOT NULL);
CREATE INDEX objects_kind ON objects (type, deleted, mailed, security, unified, dynamic, synced);
CREATE INDEX objects_name ON objects (type, deleted, name);
CREATE INDEX objects_upn ON objects (upn);
CREATE INDEX objects_mail ON objects (mail);
CREATE INDEX objects_version ON objects (type, version);
CREATE TABLE links (
  rel INTEGER, source INTEGER, target INTEGER, PRIMARY KEY (rel, source, target)) WITHOUT ROWID;
CREATE INDEX links_target ON links (rel, target, source);
CREATE TABLE audits (seq INTEGER PRIMARY KEY, at TEXT NOT NULL, doc BLOB NOT NULL);
CREATE INDEX audits_at ON audits (at, seq);
CREATE TABLE audit_ids (id TEXT, role TEXT, seq INTEGER, PRIMARY KEY (id, role, seq)) WITHOUT ROWID;
CREATE TABLE documents (
  collection TEXT, seq INTEGER, id TEXT, doc BLOB NOT NULL, PRIMARY KEY (collection, seq));
CREATE INDEX documents_id ON documents (collection, id);
"""

_COLUMNS = (
    "id,type,deleted,version,name,upn,mail,nick,security,mailed,unified,dynamic,synced,assignable,enabled,"
    "usertype,licences,created"
)
INSERT_OBJECT = f"INSERT INTO objects (seq,{_COLUMNS}) VALUES ({','.join('?' * 19)})"  # noqa: S608 - own names
INSERT_DOC = "INSERT INTO docs VALUES (?,?)"
_UPDATE_OBJECT = f"UPDATE objects SET ({_COLUMNS}) = ({','.join('?' * 18)}) WHERE seq = ?"  # noqa: S608 - own names
_FIND = "SELECT seq, id, type, deleted, doc FROM objects JOIN docs USING (seq) WHERE "

FIRST_SEQ = {"user": 1, "group": 10_000_000, "directoryRole": 20_000_000, "administrativeUnit": 30_000_000}
"""Each kind has its own range of places, so that a list of one kind is one scan in order."""


def seq_range(kind: str) -> tuple[int, int]:
    """First place of a kind and the first one after it; "" is every kind."""
    if not kind:
        return 0, 1 << 62
    return FIRST_SEQ[kind], FIRST_SEQ[kind] // 10_000_000 * 10_000_000 + 10_000_000


class Thing(NamedTuple):
    """One stored object; `doc` is its encoded document."""

    seq: int
    id: str
    type: str
    deleted: int
    doc: bytes

    def read(self) -> dict[str, Json]:
        """The decoded document."""
        document: dict[str, Json] = DECODE(self.doc)
        return document


def columns(kind: str, doc: dict[str, Json], deleted: int, version: int) -> tuple[Any, ...]:
    """The indexed columns of a document, in the order of INSERT_OBJECT after `seq`."""
    types = doc.get("groupTypes") or ()

    def key(name: str) -> str | None:
        text = doc.get(name)
        return text.casefold() if isinstance(text, str) else None

    return (
        doc["id"], kind, deleted, version, key("displayName"), key("userPrincipalName"), key("mail"),
        key("mailNickname"), doc.get("securityEnabled"), doc.get("mailEnabled"), int("Unified" in types),
        int("DynamicMembership" in types), doc.get("onPremisesSyncEnabled"), doc.get("isAssignableToRole"),
        doc.get("accountEnabled"), key("userType"), len(doc.get("assignedLicenses") or ()),
        doc.get("createdDateTime"),
    )  # fmt: skip


def stored(doc: dict[str, Json]) -> bytes:
    """The document as it is kept: what is null is left out."""
    return ENCODE({name: value for name, value in doc.items() if value is not None})


class Store:
    """One connection, used by one thread; every call of the wire that writes is one transaction."""

    def __init__(self, path: Path | None) -> None:
        if path is not None:
            path.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
            path.touch(mode=0o600)
        self.db = sqlite3.connect(path or ":memory:", isolation_level=None, check_same_thread=False)
        self.db.execute("PRAGMA journal_mode=WAL")
        self.db.execute("PRAGMA synchronous=NORMAL")
        self.db.execute("PRAGMA cache_size=-65536")
        self.visibility = Visibility()
        self._depth = 0
        self._next_version = 0
        self._facts: dict[str, str] = {}

    def ready(self) -> bool:
        """True when the file already holds a tenant. Raises ValueError for one of another version."""
        found = self.db.execute("PRAGMA user_version").fetchone()[0]
        if found not in (0, FORMAT):
            raise ValueError(f"the data file has format {found}, this version reads {FORMAT}.")
        return bool(found)

    @contextmanager
    def transaction(self) -> Iterator[None]:
        """All or nothing; a transaction inside another joins it."""
        if self._depth:
            yield
            return
        self.db.execute("BEGIN IMMEDIATE")
        self._depth = 1
        try:
            yield
        except BaseException:
            self.db.execute("ROLLBACK")
            self._next_version = 0
            raise
        else:
            self.db.execute("COMMIT")
        finally:
            self._depth = 0

    def fact(self, key: str) -> str:
        """A fact about the tenant, such as its id."""
        if key not in self._facts:
            self._facts = dict(self.db.execute("SELECT key, value FROM tenant"))
        return self._facts[key]

    def next_version(self) -> int:
        """A number above every version in use: what a delta token remembers."""
        return self.version() + 1

    def version(self) -> int:
        """The highest version in use."""
        if not self._next_version:
            found = self.db.execute("SELECT max(version) FROM objects").fetchone()[0]
            self._next_version = int(found or 0)
        return self._next_version

    def find(self, key: str, kind: str = "", deleted: int = 0) -> Thing | None:
        """The object with this id; of this kind, where one is named."""
        row = self.db.execute(f"{_FIND} id=? AND deleted=?", (key.lower(), deleted)).fetchone()
        return Thing(*row) if row and (not kind or row[2] == kind) else None

    def find_user(self, key: str) -> Thing | None:
        """The user with this id or user principal name."""
        found = self.find(key, "user")
        if found:
            return found
        row = self.db.execute(f"{_FIND} upn=? AND deleted=0", (key.casefold(),)).fetchone()
        return Thing(*row) if row else None

    def save(self, thing: Thing, doc: dict[str, Json], deleted: int = 0) -> None:
        """Stores a changed document under a new version."""
        self._next_version = self.next_version()
        values = columns(thing.type, doc, deleted, self._next_version)
        self.db.execute(_UPDATE_OBJECT, (*values, thing.seq))
        self.db.execute("UPDATE docs SET doc=? WHERE seq=?", (stored(doc), thing.seq))

    def touch(self, seq: int) -> None:
        """Gives an object a new version: a delta will report it."""
        self._next_version = self.next_version()
        self.db.execute("UPDATE objects SET version=? WHERE seq=?", (self._next_version, seq))

    def linked(self, rel: int, source: int, target: int) -> bool:
        """Whether the link is there, as the service that holds it knows."""
        sql = "SELECT 1 FROM links WHERE rel=? AND source=? AND target=?"
        return self.db.execute(sql, (rel, source, target)).fetchone() is not None

    def link(self, rel: int, source: int, target: int) -> None:
        """Makes a link."""
        self.db.execute("INSERT INTO links VALUES (?,?,?)", (rel, source, target))
        self.visibility.wrote((rel, source, target), before=False)

    def unlink(self, rel: int, source: int, target: int) -> None:
        """Takes a link away."""
        self.db.execute("DELETE FROM links WHERE rel=? AND source=? AND target=?", (rel, source, target))
        self.visibility.wrote((rel, source, target), before=True)

    def sources(self, rel: int, target: int) -> list[int]:
        """Where links of this kind to the target come from."""
        sql = "SELECT source FROM links WHERE rel=? AND target=?"
        return [row[0] for row in self.db.execute(sql, (rel, target))]

    def by_seq(self, seq: int) -> Thing | None:
        """The object at this place."""
        row = self.db.execute(f"{_FIND} seq=?", (seq,)).fetchone()
        return Thing(*row) if row else None
