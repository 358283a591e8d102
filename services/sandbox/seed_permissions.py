"""Permissions of every kind on Adele's mailbox and calendars, and calendars that have German names."""

from collections.abc import Callable

from services.sandbox import calendars
from services.sandbox.calendars import Entry
from services.sandbox.mailboxes import FULL_ACCESS, ON_BEHALF, SEND_AS, Record
from services.sandbox.options import Options
from services.sandbox.store import Store

Guid = Callable[[int, str, int], str]

GONE = "S-1-5-21-1004336348-1177238915-682003330-51207"
"""The SID of somebody whose account is gone."""

GONE_TOO = "S-1-5-21-1004336348-1177238915-682003330-51311"


def of_people(store: Store, options: Options, guid: Guid, records: dict[str, Record]) -> None:
    """Adds to the records of Adele and Alex, where they have mailboxes."""
    here = {row[0] for row in store.db.execute("SELECT id FROM objects WHERE deleted=0 AND mail IS NOT NULL")}
    adele, admin, alex, megan, isaiah, diego = (guid(options.seed, "user", n) for n in (0, 1, 2, 3, 5, 6))
    access, keys = (guid(options.seed, "group", n) for n in (11, 12))

    def present(*ids: str) -> list[str]:
        return [identity for identity in ids if identity in here or identity.startswith("S-1-")]

    if adele in here:
        record = records.setdefault(adele, Record())
        record.grants = {
            FULL_ACCESS: present(alex, access, GONE),
            SEND_AS: present(alex, isaiah, GONE_TOO),
            ON_BEHALF: present(megan, keys),
        }
        record.others = {identity: ["DeleteItem", "ReadPermission"] for identity in present(isaiah)}
        record.denied = present(admin)
        names = ("Calendar", "Team rota", "Birthdays")
        made = calendars.made(adele, names)
        first = {
            alex: Entry(["Editor"], ["Delegate", "CanViewPrivateItems"]),
            megan: Entry(["Reviewer"]),
            access: Entry(["AvailabilityOnly"]),
            diego: Entry(["LimitedDetails"]),
            isaiah: Entry(["ReadItems", "CreateItems", "FolderVisible"]),
            GONE: Entry(["Reviewer"]),
            **{identity: Entry(["Reviewer"]) for identity in _namesakes(store)[:1]},
        }
        made[0].entries |= {identity: first[identity] for identity in present(*first)}
        made[1].entries |= {identity: Entry(["PublishingEditor"]) for identity in present(megan)}
        calendars.keep_in(record, made)
    if alex in here:
        record = records.setdefault(alex, Record())
        made = calendars.made(alex, ("Kalender", "Feiertage in Deutschland"))
        made[0].entries |= {identity: Entry(["Owner"]) for identity in present(adele)}
        calendars.keep_in(record, made)


def _namesakes(store: Store) -> list[str]:
    """Ids of people who share their display name with somebody else."""
    sql = (
        "SELECT min(id) FROM objects WHERE type='user' AND deleted=0 AND mail IS NOT NULL AND usertype='member' "
        "GROUP BY name HAVING count(*) > 1 ORDER BY name LIMIT 1"
    )
    return [row[0] for row in store.db.execute(sql)]
