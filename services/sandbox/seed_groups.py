"""The groups of the tenant, of every kind that the directory knows."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from services.sandbox.options import TENANT_DOMAIN, Options
from services.sandbox.seed_hostile import HOSTILE
from services.sandbox.seed_names import LONG_TEAM, REGIONS, ROLES, TEAMS
from services.sandbox.store import FIRST_SEQ, INSERT_DOC, INSERT_OBJECT, Store, columns, stored

Guid = Callable[[int, str, int], str]
KINDS: dict[str, tuple[bool, bool, tuple[str, ...], dict[str, Any]]] = {
    # securityEnabled, mailEnabled, groupTypes, more
    "security": (True, False, (), {}),
    "security-dynamic": (True, False, ("DynamicMembership",), {"membershipRuleProcessingState": "On"}),
    "security-synced": (True, False, (), {"onPremisesSyncEnabled": True}),
    "security-role": (True, False, (), {"isAssignableToRole": True, "visibility": "Private"}),
    "m365": (False, True, ("Unified",), {"visibility": "Private"}),
    "m365-team": (
        True,
        True,
        ("Unified",),
        {"visibility": "Public", "resourceProvisioningOptions": ["Team"]},
    ),
    "m365-dynamic": (False, True, ("DynamicMembership", "Unified"), {"membershipRuleProcessingState": "On"}),
    "distribution": (False, True, (), {}),
    "distribution-synced": (False, True, (), {"onPremisesSyncEnabled": True}),
    "mail-security": (True, True, (), {}),
}
_FIRST = (
    ("Project Alpha", "security"), ("Project Beta", "security"), ("Engineering Platform", "security"),
    ("Engineering", "security"), ("Dynamic Sales", "security-dynamic"), ("Synced File Share",
    "security-synced"),
    ("Helpdesk Administrators", "security-role"), ("Contoso Marketing", "m365"), ("Contoso Everyone",
    "m365-dynamic"),
    ("All Staff News", "distribution"), ("Purchasing List", "distribution"), ("Building Access",
    "mail-security"),
    ("Vault Keys", "mail-security"), ("Lone Owner Team", "m365-team"), ("Synced News", "distribution-synced"),
)  # fmt: skip
_MIX = (
    ("security",) * 41 + ("security-dynamic",) * 6 + ("security-synced",) * 9 + ("security-role",) * 1
    + ("m365",) * 14 + ("m365-team",) * 5 + ("m365-dynamic",) * 2 + ("distribution",) * 12
    + ("distribution-synced",) * 2 + ("mail-security",) * 8
)  # fmt: skip


def fill(store: Store, options: Options, guid: Guid, epoch: datetime) -> None:
    """Writes `options.groups` groups."""
    objects: list[Any] = []
    docs: list[Any] = []
    for number, document in enumerate(_groups(options, guid, epoch)):
        seq = FIRST_SEQ["group"] + number
        objects.append((seq, *columns("group", document, 0, options.users + 1 + number)))
        docs.append((seq, stored(document)))
        if len(docs) >= 5000:
            _flush(store, objects, docs)
    _flush(store, objects, docs)


def _flush(store: Store, objects: list[Any], docs: list[Any]) -> None:
    store.db.executemany(INSERT_OBJECT, objects)
    store.db.executemany(INSERT_DOC, docs)
    objects.clear()
    docs.clear()


def _groups(options: Options, guid: Guid, epoch: datetime) -> Iterator[dict[str, Any]]:
    random = Random(options.seed + 1)  # noqa: S311 - a fixture, nothing secret
    kinds = list(_MIX)
    random.shuffle(kinds)
    for number in range(options.groups):
        if number < len(_FIRST):
            name, kind = _FIRST[number]
        elif options.hostile and number - len(_FIRST) < len(HOSTILE):
            name, kind = (
                HOSTILE[number - len(_FIRST)],
                ("security", "m365", "distribution", "mail-security")[number % 4],
            )
        else:
            name, kind = _name(random, number), kinds[number % len(kinds)]
        created = epoch - timedelta(days=30 + random.randrange(3000), seconds=random.randrange(86400))
        yield _document(
            guid(options.seed, "group", number), number, name, kind, created.strftime("%Y-%m-%dT%H:%M:%SZ")
        )


def _name(random: Random, number: int) -> str:
    if number % 997 == 0:
        return f"{LONG_TEAM} #{number}"
    team, region, role = random.choice(TEAMS), random.choice(REGIONS), random.choice(ROLES)
    shape = random.randrange(4)
    if shape == 0:
        return f"{team} {region} {role}".strip() + f" {number}"
    if shape == 1:
        return f"SG-{region}-{team}-{role}-{number:05d}".replace(" ", "").replace("--", "-")
    if shape == 2:
        return f"{region} – {team} {number}"
    return f"{team} {role or region} ({number})"


def _document(identity: str, number: int, name: str, kind: str, created: str) -> dict[str, Any]:
    security, mailed, types, more = KINDS[kind]
    nick = f"group{number:06d}" if number >= len(_FIRST) else name.replace(" ", "").lower()
    mail = f"{nick}@{TENANT_DOMAIN}" if mailed else None
    synced = more.get("onPremisesSyncEnabled")
    document: dict[str, Any] = {
        "id": identity,
        "createdDateTime": created,
        "description": None if number % 5 == 4 else _description(name, kind),
        "displayName": name,
        "groupTypes": list(types),
        "isAssignableToRole": None,
        "mail": mail,
        "mailEnabled": mailed,
        "mailNickname": nick,
        "membershipRule": '(user.department -eq "Sales")' if "DynamicMembership" in types else None,
        "membershipRuleProcessingState": None,
        "onPremisesSyncEnabled": None,
        "proxyAddresses": [f"SMTP:{mail}"] if mail else [],
        "renewedDateTime": created,
        "resourceProvisioningOptions": [],
        "resourceBehaviorOptions": [],
        "securityEnabled": security,
        "securityIdentifier": f"S-1-12-1-{int(identity[:8], 16)}-{number}",
        "visibility": None,
        **more,
    }
    if synced:
        document |= {
            "onPremisesDomainName": "corp.contoso.example",
            "onPremisesNetBiosName": "CORP",
            "onPremisesSamAccountName": nick,
            "onPremisesSecurityIdentifier": f"S-1-5-21-1004336348-1177238915-682003330-{500000 + number}",
            "onPremisesLastSyncDateTime": created,
        }
    return document


def _description(name: str, kind: str) -> str:
    purpose = "Mail for" if kind.startswith(("distribution", "mail")) else "Access and licences for"
    return f"{purpose} {name[:200]}"
