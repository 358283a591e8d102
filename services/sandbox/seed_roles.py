"""Directory roles of the tenant: what is defined, who holds what at which scope, who is eligible."""

import base64
import hashlib
from collections.abc import Callable
from typing import Any

from services.sandbox import role_management
from services.sandbox.answers import ENCODE
from services.sandbox.options import FUNCTIONAL_ROLES, Options
from services.sandbox.store import FIRST_SEQ, INSERT_DOC, INSERT_OBJECT, MEMBER, Store, columns, stored

Guid = Callable[[int, str, int], str]
_GROUP = FIRST_SEQ["group"]
_UNIT = FIRST_SEQ["administrativeUnit"]
_ADELE, _ADMIN, _ALEX, _MEGAN = 1, 2, 3, 4

BUILT_IN = (
    ("62e90394-69f5-4237-9190-012177145e10", "Global Administrator"),
    ("f2ef992c-3afb-46b9-b7cf-a126ee74c451", "Global Reader"),
    ("729827e3-9c14-49f7-bb1b-9608f156bbb8", "Helpdesk Administrator"),
    ("fe930be7-5e62-47db-91af-98c3a49a38b1", "User Administrator"),
    ("e8611ab8-c189-46e8-94e1-60213ab1f814", "Privileged Role Administrator"),
    ("7be44c8a-adaf-4e2a-84d6-ab2649e08a13", "Privileged Authentication Administrator"),
    ("c4e39bd9-1100-46d3-8c65-fb160da0071f", "Authentication Administrator"),
    ("194ae4cb-b126-40b2-bd5b-6091b380977d", "Security Administrator"),
    ("5d6b6bb7-de71-4623-b4af-96380a352509", "Security Reader"),
    ("5f2222b1-57c3-48ba-8ad5-d4759f1fde6f", "Security Operator"),
    ("29232cdf-9323-42fd-ade2-1d097af3e4de", "Exchange Administrator"),
    ("31392ffb-586c-42d1-9346-e59415a2cc4e", "Exchange Recipient Administrator"),
    ("f28a1f50-f6e7-4571-818b-6a12f2af6b6c", "SharePoint Administrator"),
    ("69091246-20e8-4a56-aa4d-066075b2a7a8", "Teams Administrator"),
    ("3a2c62db-5318-420d-8d74-23affee5d9d5", "Intune Administrator"),
    ("9b895d92-2cd3-44c7-9d02-a6ac2d5ea5c3", "Application Administrator"),
    ("158c047a-c907-4556-b7ef-446551a6b5f7", "Cloud Application Administrator"),
    ("b1be1c3e-b65d-4f19-8427-f6fa0d97feb9", "Conditional Access Administrator"),
    ("b0f54661-2d74-4c50-afa3-1ec803f12efe", "Billing Administrator"),
    ("4d6ac14f-3453-41d0-bef9-a3e0c569773a", "License Administrator"),
    ("fdd7a751-b60b-444a-984c-02652fe8fa1c", "Groups Administrator"),
    ("966707d0-3269-4727-9be2-8c3a10f19b9d", "Password Administrator"),
    ("4a5d8f65-41da-4de4-8968-e035b65339cf", "Reports Reader"),
    ("790c1fb9-7f7d-4f88-86a1-ef1f95c05c1b", "Message Center Reader"),
    ("88d8e3e3-8f55-4a1e-953a-9b9898b8876b", "Directory Readers"),
    ("9360feb5-f418-4baa-8175-e2a00bac4301", "Directory Writers"),
    ("95e79109-95c0-4d8e-aee3-d01accf2d47b", "Guest Inviter"),
    ("f023fd81-a637-4b56-95fd-791ac0226033", "Service Support Administrator"),
    ("17315797-102d-40b4-93e0-432062caca18", "Compliance Administrator"),
)
"""Published ids of built-in roles; the definition's id is its template's."""

_IDS = {name: identity for identity, name in BUILT_IN}
_FUNCTIONAL = (0, 1, 4, 5, 6, 7, 11)
_HELD = (
    # role, place of the holder, place of the administrative unit (None: the whole directory)
    ("Global Administrator", _ADMIN, None),
    ("Global Reader", _ADMIN, None),
    ("Helpdesk Administrator", _ALEX, None),
    ("Reports Reader", _MEGAN, None),
    ("License Administrator", _MEGAN, None),
    ("User Administrator", _MEGAN, None),
    ("Helpdesk Administrator", _ADELE, 0),
    ("Password Administrator", _GROUP + 6, None),
)
_ELIGIBLE = (
    ("User Administrator", _ADELE),
    ("User Administrator", _MEGAN),
    ("Exchange Administrator", _ALEX),
)

_OPERATOR = (
    *("User Administrator", "Groups Administrator", "License Administrator", "Exchange Administrator"),
    *("Authentication Administrator", "Privileged Role Administrator", "Reports Reader"),
)
"""What the operator may activate where it holds nothing."""


def fill(store: Store, options: Options, guid: Guid) -> None:
    """Writes the definitions, who holds them, and the unit of functional roles."""
    _keep(store, role_management.DEFINITION, [*map(_built_in, BUILT_IN), *_custom(options, guid)])
    unit = {
        "id": guid(options.seed, "unit", 1),
        "displayName": FUNCTIONAL_ROLES,
        "description": "Groups that hand their members licences and permissions",
        "visibility": "Public",
    }
    store.db.execute(INSERT_OBJECT, (_UNIT + 1, *columns("administrativeUnit", unit, 0, 0)))
    store.db.execute(INSERT_DOC, (_UNIT + 1, stored(unit)))
    links = [(_UNIT + 1, _GROUP + number) for number in _FUNCTIONAL if number < options.groups]
    if options.groups > 6 and options.users >= _ALEX:
        links.append((_GROUP + 6, _ALEX))
    store.db.executemany(
        "INSERT OR IGNORE INTO links VALUES (?,?,?)", [(MEMBER, source, target) for source, target in links]
    )
    _assignments(store, options, guid)


def identifier(*parts: str) -> str:
    """An id of the shape that assignments have, the same for the same parts."""
    digest = hashlib.sha256("/".join(parts).encode()).digest()
    return base64.urlsafe_b64encode(digest).decode().rstrip("=") + "-1"


def _built_in(role: tuple[str, str]) -> dict[str, Any]:
    identity, name = role
    return _definition(identity, name, f"What Microsoft grants to {name}.", built_in=True, enabled=True)


def _custom(options: Options, guid: Guid) -> list[dict[str, Any]]:
    return [
        _definition(guid(options.seed, "custom role", place), name, about, built_in=False, enabled=enabled)
        for place, (name, about, enabled) in enumerate(
            (
                ("Contoso Desk Operator", "Reads users and resets passwords of the front desk.", True),
                ("Contoso Migration", "Was needed for the migration.", False),
            )
        )
    ]


def _definition(identity: str, name: str, about: str, *, built_in: bool, enabled: bool) -> dict[str, Any]:
    return {
        "id": identity,
        "displayName": name,
        "description": about,
        "isBuiltIn": built_in,
        "isEnabled": enabled,
        "resourceScopes": ["/"],
        "rolePermissions": [],
        "templateId": identity,
        "version": "1",
    }


def _keep(store: Store, collection: str, documents: list[dict[str, Any]]) -> None:
    rows = [(collection, place, doc["id"], ENCODE(doc)) for place, doc in enumerate(documents)]
    store.db.executemany("INSERT INTO documents VALUES (?,?,?,?)", rows)


def _assignments(store: Store, options: Options, guid: Guid) -> None:
    held, eligible, seed = [], [], options.seed
    for role, place, unit in _HELD:
        if place == _ADMIN and options.eligible_only:
            continue
        holder, within = store.by_seq(place), store.by_seq(_UNIT + unit) if unit is not None else None
        if holder is None:
            continue
        scope = f"/administrativeUnits/{within.id}" if within else "/"
        identity = identifier(_IDS[role], holder.id, scope)
        held.append(role_management.assignment(identity, _IDS[role], holder.id, scope))
        if not within:
            definition = _built_in((_IDS[role], role))
            active = role_management.activated(store, definition, guid(seed, "activated", len(held)))
            store.db.execute("INSERT OR IGNORE INTO links VALUES (?,?,?)", (MEMBER, active.seq, holder.seq))
    own = tuple((role, _ADMIN) for role in _OPERATOR) if options.eligible_only else ()
    for role, place in (*_ELIGIBLE, *own):
        holder = store.by_seq(place)
        if holder is not None:
            eligible.append(_instance(_IDS[role], holder.id))
    _keep(store, role_management.ASSIGNMENT, held)
    _keep(store, role_management.ELIGIBILITY, eligible)


def _instance(role: str, principal: str) -> dict[str, Any]:
    identity = identifier("eligible", role, principal).removesuffix("-1") + "-e"
    return {
        "id": identity,
        "principalId": principal,
        "roleDefinitionId": role,
        "directoryScopeId": "/",
        "appScopeId": None,
        "startDateTime": "2025-09-01T08:00:00Z",
        "endDateTime": None,
        "memberType": "Direct",
        "roleEligibilityScheduleId": identity,
    }
