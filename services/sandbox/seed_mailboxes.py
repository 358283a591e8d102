"""Shared, room and equipment mailboxes, who may use them, and settings that differ from the defaults."""

from collections.abc import Callable
from datetime import datetime
from random import Random
from typing import Any

import msgspec

from services.sandbox import seed_permissions
from services.sandbox.answers import ENCODE
from services.sandbox.mailboxes import FULL_ACCESS, ON_BEHALF, RECORD, RESOURCE, SEND_AS, Record
from services.sandbox.options import TENANT_DOMAIN, Options
from services.sandbox.seed_hostile import HOSTILE
from services.sandbox.store import Store

Guid = Callable[[int, str, int], str]
_SHARED = ("Accounts Payable", "Careers", "Contracts", "Customer Care", "Events", "Facilities", "Front Desk",
           "Help Desk", "Info", "Investor Relations", "Legal Intake", "Marketing Requests", "Orders", "Press",
           "Privacy Office", "Procurement", "Returns", "Sales Enquiries", "Security Alerts", "Travel")  # fmt: skip
_ROOMS = ("Adams", "Baker", "Crystal", "Rainier", "Hood", "Stevens", "Board Room", "Training 1", "Training 2",
          "Quiet Room", "Studio", "Library")  # fmt: skip
_EQUIPMENT = ("Projector 1", "Projector 2", "Camera Kit", "Pool Car 1", "Pool Car 2", "Van", "3D Printer",
              "Conference Phone")  # fmt: skip
_KINDS = (("SharedMailbox", _SHARED), ("RoomMailbox", _ROOMS), ("EquipmentMailbox", _EQUIPMENT))
_GB = 1 << 30


def fill(store: Store, options: Options, guid: Guid, epoch: datetime) -> None:
    """Writes 40 mailboxes; Adele (place 0) may use the first of each kind and some others."""
    random = Random(options.seed + 5)  # noqa: S311 - a fixture, nothing secret
    people = [
        row[0]
        for row in store.db.execute(
            "SELECT id FROM objects WHERE type='user' AND deleted=0 AND mail IS NOT NULL AND licences > 0 "
            "AND usertype='member' ORDER BY seq LIMIT 2000"
        )
    ]
    records: list[tuple[str, Record]] = []
    place = 0
    for kind, names in _KINDS:
        more = HOSTILE if options.hostile else ()
        for number, name in enumerate((*names, *more)):
            identity = guid(options.seed, "mailbox", place)
            local = f"{kind}.hostile{number}".lower() if number >= len(names) else ""
            facts = _facts(identity, kind, name, place, epoch, local)
            row = (RESOURCE, place, identity, ENCODE(facts))
            store.db.execute("INSERT INTO documents VALUES (?,?,?,?)", row)
            grants = _grants(random, people, first=number == 0)
            records.append((identity, Record(_booking(kind, number, people), grants)))
            place += 1
    of_users = dict(_people(people, options, epoch))
    seed_permissions.of_people(store, options, guid, of_users)
    records += of_users.items()
    rows = [
        (RECORD, n, identity, msgspec.json.encode(r))
        for n, (identity, r) in enumerate(records)
        if r != Record()
    ]
    store.db.executemany("INSERT INTO documents VALUES (?,?,?,?)", rows)


def _facts(
    identity: str, kind: str, name: str, place: int, epoch: datetime, local: str = ""
) -> dict[str, Any]:
    if not local:
        local = name.lower().replace(" ", "")
        local = f"room.{local}" if kind == "RoomMailbox" else local
    address = f"{local}@{TENANT_DOMAIN}"
    return {
        "id": identity,
        "kind": kind,
        "displayName": f"Room {name}" if kind == "RoomMailbox" else name,
        "mailNickname": local,
        "mail": address,
        "userPrincipalName": address,
        "proxyAddresses": [f"SMTP:{address}", f"smtp:{local}@mail.{TENANT_DOMAIN}"],
        "accountEnabled": False,
        "onPremisesSyncEnabled": place % 11 == 7 or None,
        # mailboxes of older days are named by their alias, newer ones by the directory's id
        "exchangeName": local if place % 5 == 3 else None,
        "createdDateTime": epoch.strftime("%Y-%m-%dT%H:%M:%SZ"),
    }


def _grants(random: Random, people: list[str], first: bool) -> dict[str, list[str]]:
    found: dict[str, list[str]] = {}
    for right in (FULL_ACCESS, SEND_AS, ON_BEHALF):
        some = sorted(random.sample(people, min(len(people), random.randrange(4))))
        if first and people and people[0] not in some:
            some.insert(0, people[0])
        if some:
            found[right] = some
    return found


def _booking(kind: str, number: int, people: list[str]) -> dict[str, dict[str, Any]]:
    """The first room is booked by a few people and has delegates; some others differ from the defaults."""
    if kind not in ("RoomMailbox", "EquipmentMailbox") or not people:
        return {}
    seats = {"Mailbox": {"ResourceCapacity": 4 + 2 * number}} if kind == "RoomMailbox" else {}
    if number == 0:
        some = {"BookInPolicy": sorted(people[:3]), "ResourceDelegates": people[:1]}
        return {**seats, "CalendarProcessing": {"AllBookInPolicy": False, "AllRequestInPolicy": True, **some}}
    if number % 3 == 1:
        return {**seats, "CalendarProcessing": {"BookingWindowInDays": 90, "MaximumDurationInMinutes": 480}}
    return seats


def _people(people: list[str], options: Options, epoch: datetime) -> list[tuple[str, Record]]:
    """A few users with forwarding, replies, small quotas and closed protocols; Adele has the defaults."""
    found = []
    for number, identity in enumerate(people[2:400], 2):
        record = Record()
        if number % 9 == 0:
            record.settings["Mailbox"] = {"ForwardingSmtpAddress": f"smtp:home{number}@fabrikam.example"}
        elif number % 13 == 0:
            record.settings["Mailbox"] = {"ForwardingAddress": people[1], "DeliverToMailboxAndForward": True}
        elif number % 7 == 0:
            quotas = {"IssueWarningQuota": 2 * _GB, "ProhibitSendQuota": int(2.2 * _GB) & ~1023}
            record.settings["Mailbox"] = {**quotas, "ProhibitSendReceiveQuota": int(2.5 * _GB)}
        if number % 5 == 0:
            record.settings["CASMailbox"] = {"ImapEnabled": False, "PopEnabled": False}
        elif number % 11 == 0:
            record.settings["CASMailbox"] = {"SmtpClientAuthenticationDisabled": False}
        if number % 17 == 3:
            record.settings["Mailbox"] = {**record.settings.get("Mailbox", {}), "AuditEnabled": False}
        if number % 6 == 0:
            record.settings["MailboxAutoReplyConfiguration"] = {
                "AutoReplyState": "Enabled",
                "InternalMessage": "<html>\r\n<body>\r\n<p>I am away until <b>Monday</b>.</p>\r\n<p>Ask the Front "
                "Desk&nbsp;&amp; Info.</p>\r\n</body>\r\n</html>\r\n",
                "ExternalMessage": "<html><body>Thank you, I will answer on Monday.</body></html>",
            }
        found.append((identity, record))
    return found
