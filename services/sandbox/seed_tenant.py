"""The tenant's own objects: organization, domains, SKUs, directory roles, an administrative unit."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.sandbox.answers import ENCODE
from services.sandbox.options import TENANT_DOMAIN, Options
from services.sandbox.seed_licences import FOR_COMPANY, SKUS
from services.sandbox.store import FIRST_SEQ, INSERT_DOC, INSERT_OBJECT, MEMBER, Store, columns, stored

Guid = Callable[[int, str, int], str]
_ROLES = (
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator", 2),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator", 3),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader", 2),
)
"""roleTemplateId, name, place of the user who holds it."""


def fill(store: Store, options: Options, guid: Guid, epoch: datetime) -> None:
    """Writes the facts, documents and directory objects that are no users and no groups."""
    tenant_id = guid(options.seed, "tenant", 0)
    facts = {
        "tenant_id": tenant_id,
        "incarnation": guid(options.seed, f"incarnation/{options.users}/{options.groups}", 0),
        "admin_id": guid(options.seed, "user", 1),
        "admin_upn": f"admin@{TENANT_DOMAIN}",
        "admin_name": "MOD Administrator",
        "epoch": options.epoch,
    }
    store.db.executemany("INSERT INTO tenant VALUES (?,?)", facts.items())
    documents = [
        *_organization(tenant_id, epoch),
        *_domains(),
        *_skus(store, options, tenant_id),
    ]
    rows = [(kind, place, doc["id"], ENCODE(doc)) for place, (kind, doc) in enumerate(documents)]
    store.db.executemany("INSERT INTO documents VALUES (?,?,?,?)", rows)
    _roles(store, options, guid)


def _organization(tenant_id: str, epoch: datetime) -> list[tuple[str, dict[str, Any]]]:
    document = {
        "id": tenant_id,
        "displayName": "Contoso",
        "countryLetterCode": "US",
        "country": "US",
        "createdDateTime": "2019-03-01T09:00:00Z",
        "defaultUsageLocation": "US",
        "onPremisesSyncEnabled": True,
        "onPremisesLastSyncDateTime": epoch.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "preferredLanguage": "en",
        "technicalNotificationMails": [f"admin@{TENANT_DOMAIN}"],
        "tenantType": "AAD",
        "mobileDeviceManagementAuthority": "intune",
        "assignedPlans": [],
        "verifiedDomains": [
            {
                "name": name,
                "isDefault": default,
                "isInitial": initial,
                "type": "Managed",
                "capabilities": "Email",
            }
            for name, default, initial in _NAMES
        ],
    }
    return [("organization", document)]


_NAMES = (
    (TENANT_DOMAIN, True, False),
    ("mail.contoso.example", False, False),
    ("contoso.onmicrosoft.example", False, True),
)


def _domains() -> list[tuple[str, dict[str, Any]]]:
    return [
        (
            "domain",
            {
                "id": name,
                "authenticationType": "Managed",
                "availabilityStatus": None,
                "isAdminManaged": True,
                "isDefault": default,
                "isInitial": initial,
                "isRoot": name != "mail.contoso.example",
                "isVerified": True,
                "supportedServices": ["Email", "OfficeCommunicationsOnline"],
                "passwordValidityPeriodInDays": 2147483647,
                "passwordNotificationWindowInDays": 14,
            },
        )
        for name, default, initial in _NAMES
    ]


def _skus(store: Store, options: Options, tenant_id: str) -> list[tuple[str, dict[str, Any]]]:
    found = []
    for sku, part, seats, plans in SKUS:
        like = f'%"skuId":"{sku}"%'
        used = store.db.execute("SELECT count(*) FROM docs WHERE CAST(doc AS TEXT) LIKE ? AND seq < ?", (
            like, FIRST_SEQ["group"])).fetchone()[0]  # fmt: skip
        enabled = max(int(options.users * seats), used) + (5 if part != "SPE_E5" else 0)
        if part == "EMS":
            enabled = used
        found.append((
            "subscribedSku",
            {
                "id": f"{tenant_id}_{sku}",
                "accountId": tenant_id,
                "accountName": "Contoso",
                "appliesTo": "User",
                "capabilityStatus": "Enabled",
                "consumedUnits": used,
                "prepaidUnits": {"enabled": enabled, "suspended": 0, "warning": 0, "lockedOut": 0},
                "servicePlans": [
                    {"servicePlanId": plan, "servicePlanName": name,
                     "provisioningStatus": "PendingActivation" if plan in FOR_COMPANY else "Success",
                     "appliesTo": "Company" if plan in FOR_COMPANY else "User"} for plan, name, _ in plans
                ],
                "skuId": sku,
                "skuPartNumber": part,
                "subscriptionIds": [],
            },
        ))  # fmt: skip
    return found


def _roles(store: Store, options: Options, guid: Guid) -> None:
    for place, (template, name, holder) in enumerate(_ROLES):
        document = {
            "id": guid(options.seed, "role", place),
            "displayName": name,
            "description": f"Members of this role hold {name}.",
            "roleTemplateId": template,
        }
        _insert(store, "directoryRole", FIRST_SEQ["directoryRole"] + place, document, holder, options)
    unit = {
        "id": guid(options.seed, "unit", 0),
        "displayName": "Seattle Campus",
        "description": "People and groups of the Seattle campus",
        "visibility": "Public",
    }
    _insert(store, "administrativeUnit", FIRST_SEQ["administrativeUnit"], unit, 2, options)


def _insert(
    store: Store, kind: str, seq: int, document: dict[str, Any], holder: int, options: Options
) -> None:
    store.db.execute(INSERT_OBJECT, (seq, *columns(kind, document, 0, 0)))
    store.db.execute(INSERT_DOC, (seq, stored(document)))
    if holder <= options.users:
        store.db.execute("INSERT INTO links VALUES (?,?,?)", (MEMBER, seq, holder))
