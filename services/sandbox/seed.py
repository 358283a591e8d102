"""Fills a new tenant from a seed: the same options give the same people, groups, memberships and history.

Well-known objects, the same for every size and seed (domain contoso.example):

users   0 adelev@ Adele Vance, Exchange licence, member of the groups marked * below
        1 admin@ MOD Administrator, Global Administrator, the one whom the token stands for
        2 alexw@ Alex Wilber, Adele's manager      3 meganb@ Megan Bowen, synced from on-premises
        4 leeg@ Lee Gu, no licence                 5 isaiahl@ Isaiah Langer, sign-in blocked
        6 diegos_fabrikam.example#EXT#@ Diego Siciliani, guest, PendingAcceptance
        7 svc-backup@ service account              8 pradeepg@ Pradeep Gupta, deleted
        9 joniw@ Joni Wagner, usageLocation missing, no licence
groups  0 Project Alpha*            hands out Visio        1 Project Beta       assigned security
        2 Engineering Platform*     nested in the next    3 Engineering        security, holds group 2
        4 Dynamic Sales*            dynamic security      5 Synced File Share* synced security
        6 Helpdesk Administrators   role-assignable       7 Contoso Marketing* Microsoft 365, owners 1 and 2
        8 Contoso Everyone*         dynamic Microsoft 365 9 All Staff News*    distribution list
       10 Purchasing List           distribution list    11 Building Access*   mail-enabled security
       12 Vault Keys                mail-enabled security 13 Lone Owner Team   Microsoft 365, Adele owns it
       14 Synced News               synced distribution list
methods Adele: primary mobile (her default) and three devices with Microsoft Authenticator; Alex: office number;
        Lee, Joni: none; the others as the report of registrations says
roles   Adele: Helpdesk Administrator for the unit Seattle Campus alone, User Administrator eligible (PIM)
        Alex: Helpdesk Administrator, and Password Administrator through group 6
        Megan: Reports Reader, License Administrator; User Administrator eligible and active
        with eligible_only the administrator holds none and is eligible for seven
units   0 Seattle Campus   1 Functional roles: groups 0, 1, 4, 5, 6, 7, 11
apps    Adele: Expenses (its only role), Warehouse as Picker of three roles, Rollcall as Auditor, Background Sync
        (no enterprise application); through groups 0, 4, 11 Atlas Wiki, Travel Desk (declares no role), Vendor
        Portal
        Isaiah: Travel Desk

mailboxes, in Exchange only: 20 shared (Accounts Payable first), 12 rooms (Room Adams first), 8 equipment
        (Projector 1 first); Adele holds all three rights on each first one
on Adele's mailbox: full access Alex, Building Access and a SID of old; send as Alex, Isaiah and another SID; on
        behalf Megan, Vault Keys; Isaiah has rights of other names too, the administrator is denied
calendars: Adele Calendar, Team rota, Birthdays with entries of every kind; Alex Kalender, Feiertage in Deutschland
sites   a team site for each of the first 300 Microsoft 365 groups (Adele visits that of group 7 too), 40 others,
        Contoso Home (the root), Benefits (Adele visits), Newsroom (group 0 visits), Field Service (Adele a
        member), Engineering Portal (group 7 is in its members) with Platform (inherits), Platform/Releases and
        Vault (groups of their own), Finance with Audit (closed) and Budget 2026, Legal and Board (closed), and
        Adele's OneDrive on another host
"""

import hashlib
from datetime import UTC, datetime

from services.sandbox import (
    seed_applications,
    seed_audits,
    seed_devices,
    seed_group_licences,
    seed_groups,
    seed_links,
    seed_mailboxes,
    seed_methods,
    seed_roles,
    seed_sites,
    seed_tenant,
    seed_users,
)
from services.sandbox.options import Options
from services.sandbox.store import FORMAT, SCHEMA, Store


def guid(seed: int, kind: str, number: int) -> str:
    """The id of the numbered object of a kind: the same whatever the tenant's size."""
    text = hashlib.md5(f"{seed}/{kind}/{number}".encode(), usedforsecurity=False).hexdigest()
    return f"{text[:8]}-{text[8:12]}-4{text[13:16]}-a{text[17:20]}-{text[20:]}"


def fill(store: Store, options: Options) -> bool:
    """Creates the schema and all in it, in one transaction; False for a file that holds a tenant already.

    Raises ValueError for a file that another version wrote.
    """
    if store.ready():
        return False
    epoch = _epoch(options.epoch)
    with store.transaction():
        for statement in SCHEMA.split(";"):
            if statement.strip():
                store.db.execute(statement)
        seed_users.fill(store, options, guid, epoch)
        seed_groups.fill(store, options, guid, epoch)
        seed_links.fill(store, options)
        seed_group_licences.fill(store)
        seed_tenant.fill(store, options, guid, epoch)
        seed_roles.fill(store, options, guid)
        seed_applications.fill(store, options, guid, epoch)
        seed_devices.fill(store, options, guid, epoch)
        seed_methods.fill(store, options, epoch)
        seed_mailboxes.fill(store, options, guid, epoch)
        seed_sites.fill(store, options, guid, epoch)
        seed_audits.fill(store, options, guid, epoch)
        store.db.execute(f"PRAGMA user_version={FORMAT}")
    store.db.execute("ANALYZE")
    return True


def _epoch(text: str) -> datetime:
    if text:
        found = datetime.fromisoformat(text)
        return found if found.tzinfo else found.replace(tzinfo=UTC)
    return datetime.now(UTC).replace(hour=0, minute=0, second=0, microsecond=0)
