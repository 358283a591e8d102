"""Mailboxes: those of licensed users, and the shared, room and equipment ones that only Exchange lists here.

A user's directory facts stay in the user; what only Exchange knows is one record a mailbox, made when
something first differs from the defaults.
"""

from collections.abc import Iterator
from typing import Any

import msgspec

from services.sandbox.answers import DECODE, ENCODE, Json
from services.sandbox.options import TENANT_DOMAIN
from services.sandbox.store import Store, Thing

RESOURCE, RECORD = "resourceMailbox", "mailboxRecord"
FULL_ACCESS, SEND_AS, ON_BEHALF = "fullAccess", "sendAs", "onBehalf"
LEGACY = "/o=ExchangeLabs/ou=Exchange Administrative Group (FYDIBOHF23SPDLT)/cn=Recipients/cn="
KIND = "Kind"
"""The noun under which a record keeps that a user's mailbox was converted: it stays without a licence, too."""

_CONVERTED = (
    f"""SELECT id FROM documents WHERE collection='{RECORD}' AND CAST(doc AS TEXT) LIKE '%"{KIND}":%'"""  # noqa: S608
)
_USERS = (
    "deleted=0 AND mail IS NOT NULL AND type='user' AND usertype='member' AND "
    f"(licences > 0 OR id IN ({_CONVERTED}))"
)
_FIND = "SELECT seq, id, type, deleted, doc FROM objects JOIN docs USING (seq) WHERE "


class Record(msgspec.Struct):
    """What differs from the defaults, by the noun of the cmdlet, and the ids of those who were let in.

    `others` are rights that are not full access, `denied` the ids of those who are kept out, `calendars` what
    `calendars.Folder` says. A SID stands in place of an id where its bearer is gone.
    """

    settings: dict[str, dict[str, Json]] = {}
    grants: dict[str, list[str]] = {}
    others: dict[str, list[str]] = {}
    denied: list[str] = []
    calendars: list[dict[str, Json]] = []


class Mailbox(msgspec.Struct):
    """One mailbox. `facts` are named as a user's are in the directory; `thing` is None for a resource."""

    id: str
    kind: str
    facts: dict[str, Json]
    thing: Thing | None = None
    record: Record = msgspec.field(default_factory=Record)

    @property
    def name(self) -> str:
        """Exchange's Name: the directory's id, or the alias where the mailbox is from older days."""
        return str(self.facts.get("exchangeName") or self.id)

    @property
    def synced(self) -> bool:
        """Mastered in Active Directory."""
        return self.facts.get("onPremisesSyncEnabled") is True

    def granted(self, right: str) -> list[str]:
        """Ids of those who hold a right."""
        return self.record.grants.get(right, [])

    def changed(self, noun: str) -> dict[str, Json]:
        """The settings of one cmdlet's noun that are not the defaults."""
        return self.record.settings.get(noun, {})


def user_mailbox(store: Store, thing: Thing) -> Mailbox:
    """The mailbox of a licensed user, of the kind that it was made."""
    record = _record(store, thing.id)
    kind = record.settings.get(KIND, {}).get("RecipientTypeDetails", "UserMailbox")
    return Mailbox(thing.id, kind, thing.read(), thing, record)


def find(store: Store, identity: Json) -> list[Mailbox]:
    """The mailboxes that `identity` names: by id, address, user name, alias or display name."""
    text = of_legacy(str(identity)).casefold().removeprefix("smtp:")
    for condition in ("id=?", "mail=?", "upn=?", "nick=?", "name=?"):
        rows = store.db.execute(f"{_FIND} {_USERS} AND {condition} LIMIT 2", (text,)).fetchall()
        if rows:
            return [user_mailbox(store, Thing(*row)) for row in rows]
    return [m for m in resources(store) if text in _names(m)]


def of_legacy(identity: str) -> str:
    """The id in a legacy DN; any other identity as it is."""
    found = identity[len(LEGACY) :]
    if not identity.casefold().startswith(LEGACY.casefold()) or len(found) != 32:
        return identity
    return "-".join((found[:8], found[8:12], found[12:16], found[16:20], found[20:]))


def listed(store: Store, kinds: set[str] | None = None) -> Iterator[Mailbox]:
    """All mailboxes of these kinds (lower case; None: every kind), users first, each by display name."""
    one_kind = kinds is not None and "usermailbox" not in kinds
    where = f"id IN ({_CONVERTED}) AND {_USERS}" if one_kind else _USERS
    for row in store.db.execute(f"{_FIND} {where} ORDER BY name").fetchall():
        found = user_mailbox(store, Thing(*row))
        if kinds is None or found.kind.lower() in kinds:
            yield found
    yield from (m for m in resources(store) if kinds is None or m.kind.lower() in kinds)


def resources(store: Store) -> list[Mailbox]:
    """The shared, room and equipment mailboxes."""
    rows = store.db.execute(
        "SELECT id, doc FROM documents WHERE collection=? ORDER BY seq", (RESOURCE,)
    ).fetchall()
    found = []
    for identity, doc in rows:
        facts: dict[str, Any] = DECODE(doc)
        found.append(Mailbox(identity, facts["kind"], facts, None, _record(store, identity)))
    return found


def granting(store: Store, right: str, trustee: str) -> Iterator[Mailbox]:
    """The mailboxes on which the trustee holds a right."""
    rows = store.db.execute(
        "SELECT id, doc FROM documents WHERE collection=? ORDER BY seq", (RECORD,)
    ).fetchall()
    for identity, doc in rows:
        if trustee in msgspec.json.decode(doc, type=Record).grants.get(right, ()):
            yield from find(store, identity)


def save(store: Store, mailbox: Mailbox) -> None:
    """Stores the record of a mailbox."""
    doc = msgspec.json.encode(mailbox.record)
    at = store.db.execute(
        "SELECT seq FROM documents WHERE collection=? AND id=?", (RECORD, mailbox.id)
    ).fetchone()
    if at is None:
        last = store.db.execute("SELECT max(seq) FROM documents WHERE collection=?", (RECORD,)).fetchone()[0]
        seq = (last or 0) + 1
        store.db.execute("INSERT INTO documents VALUES (?,?,?,?)", (RECORD, seq, mailbox.id, doc))
    else:
        store.db.execute("UPDATE documents SET doc=? WHERE collection=? AND seq=?", (doc, RECORD, at[0]))


def save_facts(store: Store, mailbox: Mailbox, facts: dict[str, Json]) -> None:
    """Stores names and addresses where they live: in the user, or with the resource."""
    mailbox.facts.update(facts)
    if mailbox.thing is not None:
        store.save(mailbox.thing, mailbox.facts)
        return
    store.db.execute(
        "UPDATE documents SET doc=? WHERE collection=? AND id=?",
        (ENCODE(mailbox.facts), RESOURCE, mailbox.id),
    )


def convert(store: Store, mailbox: Mailbox, kind: str) -> None:
    """Makes it a mailbox of another kind (`RecipientTypeDetails`)."""
    mailbox.kind = kind
    if mailbox.thing is None:
        save_facts(store, mailbox, {"kind": kind})
        return
    mailbox.record.settings.pop(KIND, None)
    if kind != "UserMailbox":
        mailbox.record.settings[KIND] = {"RecipientTypeDetails": kind}
    save(store, mailbox)


def distinguished_name(mailbox: Mailbox) -> str:
    """The DN that Exchange shows."""
    return f"CN={mailbox.name},OU={TENANT_DOMAIN},OU=Microsoft Exchange Hosted Organizations,DC=sandbox"


def _record(store: Store, identity: str) -> Record:
    sql = "SELECT doc FROM documents WHERE collection=? AND id=?"
    row = store.db.execute(sql, (RECORD, identity)).fetchone()
    return msgspec.json.decode(row[0], type=Record) if row else Record()


def _names(mailbox: Mailbox) -> set[str]:
    facts = mailbox.facts
    texts = (mailbox.id, mailbox.name, facts["mail"], facts["userPrincipalName"], facts["mailNickname"],
             facts["displayName"], distinguished_name(mailbox))  # fmt: skip
    proxies = (str(address).rpartition(":")[2] for address in facts.get("proxyAddresses") or ())
    return {str(text).casefold() for text in (*texts, *proxies)}
