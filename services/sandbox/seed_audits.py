"""Thirty days of directory history before the tenant's first day."""

from collections.abc import Callable
from datetime import datetime, timedelta
from random import Random

from services.sandbox import audit_trail
from services.sandbox.answers import Json
from services.sandbox.options import Options
from services.sandbox.seed_licences import SKUS
from services.sandbox.store import Store

Guid = Callable[[int, str, int], str]
_SKU, _PART = SKUS[0][:2]
_UPDATES = (
    ("Department", "Sales", "Marketing"), ("JobTitle", "Analyst", "Manager"), ("OfficeLocation", "HQ 2",
    "Remote"),
    ("MobilePhone", "+1 206 555 0100", "+1 206 555 0101"),
)  # fmt: skip


def fill(store: Store, options: Options, guid: Guid, epoch: datetime) -> None:
    """About one record for every five users, at most 5,000; some are Adele's, so that her log has some."""
    random = Random(options.seed + 3)  # noqa: S311 - a fixture, nothing secret
    people = [
        r[0] for r in store.db.execute("SELECT seq FROM objects WHERE type='user' AND deleted=0 LIMIT 5000")
    ]
    if not people:
        return
    actor = {
        "id": store.fact("admin_id"),
        "displayName": store.fact("admin_name"),
        "userPrincipalName": store.fact("admin_upn"),
        "ipAddress": "203.0.113.7",
    }
    count = min(5000, 12 + options.users // 5)
    moments = sorted(epoch - timedelta(seconds=random.randrange(30 * 86400)) for _ in range(count))
    for number, at in enumerate(moments):
        person = store.by_seq(people[0] if number % (count // 12 or 1) == 0 else random.choice(people))
        if person is None:
            continue
        activity, changes = _what(random, store.fact("tenant_id"))
        document = audit_trail.record(
            activity, "UserManagement", "Update", [audit_trail.target(person, changes)], actor,
            at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"), guid(options.seed, "audit", number),
        )  # fmt: skip
        audit_trail.insert(store, document)
    _risky(store, options, guid, epoch, actor)


_ODD = (
    # activity, category, operation, place of who did it (None: the administrator), of whom it was done to, target
    ("User registered security info", "UserManagement", "Update", 0, 0, None),
    ("Consent to application", "ApplicationManagement", "Assign", 0, None, "Mail Merge Pro"),
    ("User deleted security info", "UserManagement", "Update", 2, 2, None),
    ("Add member to role", "RoleManagement", "Assign", None, 3, "Reports Reader"),
    ("Update conditional access policy", "Policy", "Update", 3, None, "Require MFA for everybody"),
    ("Add service principal credentials", "ApplicationManagement", "Update", 2, None, "Atlas Wiki"),
    ("Reset user password", "UserManagement", "Update", None, 9, None),
)
"""What the week before the tenant's first day had beside the usual."""


def _risky(store: Store, options: Options, guid: Guid, epoch: datetime, actor: dict[str, str]) -> None:
    for number, (activity, category, operation, by, on, name) in enumerate(_ODD):
        people = [None if place is None else store.by_seq(place + 1) for place in (by, on)]
        if any(place is not None and thing is None for place, thing in zip((by, on), people, strict=True)):
            continue
        doer, target = people
        who = actor
        if doer is not None:
            facts = doer.read()
            names = {key: facts[key] for key in ("displayName", "userPrincipalName")}
            who = {"id": doer.id, **names, "ipAddress": "203.0.113.40"}
        changes: audit_trail.Changes = (
            [("Role.DisplayName", None, name)] if target is not None and name else []
        )
        targets = (
            [audit_trail.target(target, changes)] if target is not None else [_thing(options, guid, name)]
        )
        at = epoch - timedelta(hours=20 * (number + 1))
        document = audit_trail.record(
            activity, category, operation, targets, who, at.strftime("%Y-%m-%dT%H:%M:%S.%fZ"),
            guid(options.seed, "odd audit", number),
        )  # fmt: skip
        audit_trail.insert(store, document)


def _thing(options: Options, guid: Guid, name: str | None) -> dict[str, Json]:
    """A target that is no object of this tenant: an application or a policy."""
    return {
        "id": guid(options.seed, f"thing {name}", 0),
        "displayName": name,
        "type": "Other",
        "userPrincipalName": None,
        "groupType": None,
        "modifiedProperties": [],
    }


def _what(random: Random, account: str) -> tuple[str, audit_trail.Changes]:
    dice = random.random()
    if dice < 0.5:
        name, old, new = random.choice(_UPDATES)
        return "Update user", [(name, [old], [new]), ("Included Updated Properties", None, name)]
    if dice < 0.7:
        return "Change user license", [
            (
                "AssignedLicense",
                [],
                [f"[SkuName={_PART}, AccountId={account}, SkuId={_SKU}, DisabledPlans=[]]"],
            )
        ]
    if dice < 0.85:
        return "Reset user password", []
    return "Update StsRefreshTokenValidFrom Timestamp", []
