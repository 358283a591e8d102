"""The people of the tenant: employees in many scripts, synced, guests, services, blocked, deleted."""

from base64 import b64encode
from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from services.sandbox.options import TENANT_DOMAIN, Options
from services.sandbox.seed_hostile import HOSTILE
from services.sandbox.seed_licences import BUNDLES, licences
from services.sandbox.seed_names import CITIES, DEPARTMENTS, JOBS, LANGUAGES, OFFICES, PEOPLE
from services.sandbox.store import INSERT_DOC, INSERT_OBJECT, Store, columns, stored

Guid = Callable[[int, str, int], str]

_FIRST: tuple[dict[str, Any], ...] = (
    {
        "displayName": "Adele Vance",
        "local": "adelev",
        "bundle": 1,
        "department": "Sales",
        "jobTitle": "Sales Manager",
    },
    {"displayName": "MOD Administrator", "local": "admin", "bundle": 2, "department": "IT"},
    {"displayName": "Alex Wilber", "local": "alexw", "bundle": 1, "department": "Marketing"},
    {"displayName": "Megan Bowen", "local": "meganb", "bundle": 1, "kind": "synced", "department": "Finance"},
    {"displayName": "Lee Gu", "local": "leeg", "bundle": 0, "department": "Engineering"},
    {
        "displayName": "Isaiah Langer",
        "local": "isaiahl",
        "bundle": 1,
        "kind": "blocked",
        "department": "Sales",
    },
    {"displayName": "Diego Siciliani", "local": "diegos", "bundle": 0, "kind": "pending"},
    {"displayName": "svc-backup", "local": "svc-backup", "bundle": 0, "kind": "service"},
    {
        "displayName": "Pradeep Gupta",
        "local": "pradeepg",
        "bundle": 0,
        "kind": "deleted",
        "department": "Legal",
    },
    {
        "displayName": "Joni Wagner",
        "local": "joniw",
        "bundle": 0,
        "usageLocation": None,
        "department": "Research",
    },
)
_SHARES = {"cloud": 62, "synced": 22, "guest": 5, "pending": 2, "service": 3, "blocked": 4, "deleted": 2}
_KINDS = [kind for kind, share in _SHARES.items() for _ in range(share)]


def fill(store: Store, options: Options, guid: Guid, epoch: datetime) -> None:
    """Writes `options.users` users."""
    objects, docs = [], []
    for seq, (document, deleted) in enumerate(_people(options, guid, epoch), 1):
        objects.append((seq, *columns("user", document, deleted, seq)))
        docs.append((seq, stored(document)))
        if len(docs) >= 5000:
            _flush(store, objects, docs)
    _flush(store, objects, docs)


def _flush(store: Store, objects: list[Any], docs: list[Any]) -> None:
    store.db.executemany(INSERT_OBJECT, objects)
    store.db.executemany(INSERT_DOC, docs)
    objects.clear()
    docs.clear()


def _people(options: Options, guid: Guid, epoch: datetime) -> Iterator[tuple[dict[str, Any], int]]:
    random = Random(options.seed)  # noqa: S311 - a fixture, nothing secret
    for number in range(options.users):
        if number < len(_FIRST):
            facts = dict(_FIRST[number])
        elif options.hostile and number - len(_FIRST) < len(HOSTILE):
            at = number - len(_FIRST)
            facts = {"displayName": HOSTILE[at], "local": f"hostile{at}", "bundle": 1,
                     "jobTitle": HOSTILE[at][:200],
                     "department": HOSTILE[-1 - at][:100], "kind": "cloud"}  # fmt: skip
        else:
            facts = _invented(random, number)
        yield _document(options.seed, number, facts, random, guid, epoch)


def _invented(random: Random, number: int) -> dict[str, Any]:
    country, given_names, surnames = PEOPLE[0 if random.random() < 0.35 else random.randrange(len(PEOPLE))]
    given, given_latin = random.choice(given_names).split("/")
    surname, surname_latin = random.choice(surnames).split("/")
    kind = random.choice(_KINDS)
    family_first = country in ("JP", "CN", "KR")
    name = f"{surname}{'' if country != 'KR' else ' '}{given}" if family_first else f"{given} {surname}"
    local = f"{given_latin}.{surname_latin}{number}"
    if kind == "service":
        name = local = f"svc-{random.choice(('sync', 'scan', 'report', 'mail', 'erp'))}-{number}"
    elif random.random() < 0.02:
        name += random.choice((" 🌻", " (she/her) 👩🏽‍🚀", " – Extern", " Jr.", " ✔️"))
    return {
        "displayName": name, "givenName": given, "surname": surname, "local": local, "kind": kind,
        "country": country,
        "bundle": random.choice((1, 1, 1, 2, 2, 3, 4, 5, 0)) if kind in ("cloud", "synced", "blocked") else 0,
    }  # fmt: skip


def _document(
    seed: int, number: int, facts: dict[str, Any], random: Random, guid: Guid, epoch: datetime
) -> tuple[dict[str, Any], int]:
    """One user, and whether it is deleted."""
    kind = facts.get("kind", "cloud")
    identity = guid(seed, "user", number)
    created = epoch - timedelta(days=40 + random.randrange(2500), seconds=random.randrange(86400))
    at = created.strftime("%Y-%m-%dT%H:%M:%SZ")
    document = {
        "id": identity,
        "accountEnabled": kind not in ("blocked", "deleted"),
        "createdDateTime": at,
        "displayName": facts["displayName"],
        "lastPasswordChangeDateTime": at,
        "mailNickname": facts["local"],
        "passwordPolicies": "DisablePasswordExpiration" if kind == "service" else None,
        "securityIdentifier": f"S-1-12-1-{int(identity[:8], 16)}-{number}",
        "signInSessionsValidFromDateTime": at,
        "usageLocation": facts.get("usageLocation", facts.get("country", "US")),
        **_addresses(facts, kind, at),
        **_person(number, facts, kind, random),
    }
    if kind not in ("service", "guest", "pending"):
        document |= _employment(number, facts, random, at)
    document["onPremisesExtensionAttributes"] = _extensions(number, kind, document.get("department"))
    if kind == "synced":
        document |= _on_premises(facts, identity, number, document["department"], epoch)
    if kind == "deleted":
        document["deletedDateTime"] = (epoch - timedelta(days=1 + number % 28)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return document, int(kind == "deleted")


def _addresses(facts: dict[str, Any], kind: str, at: str) -> dict[str, Any]:
    """Licences, and the names and addresses that follow from them."""
    guest = kind in ("guest", "pending")
    home = f"{facts['local']}@{'fabrikam.example' if guest else TENANT_DOMAIN}"
    assigned, plans, states = licences(facts["bundle"], at)
    has_mail = guest or any(place in (0, 1) for place in BUNDLES[facts["bundle"]])
    return {
        "assignedLicenses": assigned,
        "assignedPlans": plans,
        "licenseAssignmentStates": states,
        "creationType": "Invitation" if guest else None,
        "externalUserState": {"guest": "Accepted", "pending": "PendingAcceptance"}.get(kind),
        "externalUserStateChangeDateTime": at if guest else None,
        "mail": home if has_mail else None,
        "otherMails": [home] if guest else [],
        "proxyAddresses": [f"SMTP:{home}"] if has_mail else [],
        "userPrincipalName": home.replace("@", "_") + f"#EXT#@{TENANT_DOMAIN}" if guest else home,
        "userType": "Guest" if guest else "Member",
    }


def _person(number: int, facts: dict[str, Any], kind: str, random: Random) -> dict[str, Any]:
    """What a person has and a service account has not."""
    if kind == "service":
        return {"employeeType": "Service", "companyName": "Contoso", "businessPhones": []}
    country = facts.get("country", "US")
    words = facts["displayName"].split(" ", 1)
    return {
        "businessPhones": [f"+1 425 555 {number % 10000:04d}"] if number % 2 else [],
        "city": CITIES[country],
        "companyName": "Fabrikam" if kind in ("guest", "pending") else "Contoso",
        "country": country,
        "givenName": facts.get("givenName", words[0])[:64],
        "surname": facts.get("surname", words[-1])[:64],
        "mobilePhone": f"+1 206 555 {number % 10000:04d}" if number % 3 == 0 else None,
        "postalCode": f"{10000 + number % 89999}",
        "streetAddress": f"{random.randrange(1, 900)} Main Street",
    }


def _employment(number: int, facts: dict[str, Any], random: Random, at: str) -> dict[str, Any]:
    """What an employee has and a guest has not."""
    return {
        "department": facts.get("department") or random.choice(DEPARTMENTS),
        "employeeHireDate": at,
        "employeeId": f"E{number:06d}",
        "employeeType": "Employee",
        "jobTitle": facts.get("jobTitle") or random.choice(JOBS),
        "officeLocation": random.choice(OFFICES),
        "preferredLanguage": LANGUAGES[facts.get("country", "US")],
    }


def _extensions(number: int, kind: str, department: str | None) -> dict[str, str | None]:
    found: dict[str, str | None] = {f"extensionAttribute{i}": None for i in range(1, 16)}
    if kind != "service":
        found["extensionAttribute1"] = f"CC-{1000 + number % 80}"
        found["extensionAttribute2"] = department
    if number % 7 == 0:
        found["extensionAttribute10"] = "badge:blue"
    return found


def _on_premises(
    facts: dict[str, Any], identity: str, number: int, department: str | None, epoch: datetime
) -> dict[str, Any]:
    synced = (epoch - timedelta(minutes=number % 30)).strftime("%Y-%m-%dT%H:%M:%SZ")
    return {
        "onPremisesSyncEnabled": True,
        "onPremisesDomainName": "corp.contoso.example",
        "onPremisesDistinguishedName": f"CN={facts['local']},OU={department},DC=corp,DC=contoso,DC=example",
        "onPremisesSamAccountName": facts["local"][:20],
        "onPremisesUserPrincipalName": f"{facts['local']}@corp.contoso.example",
        "onPremisesImmutableId": b64encode(UUID(identity).bytes).decode(),
        "onPremisesLastSyncDateTime": synced,
        "onPremisesSecurityIdentifier": f"S-1-5-21-1004336348-1177238915-682003330-{number}",
    }
