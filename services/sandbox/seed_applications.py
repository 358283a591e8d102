"""Enterprise applications of the tenant, their roles, and who is assigned to them."""

from collections.abc import Callable
from datetime import datetime
from typing import Any

from services.sandbox import applications
from services.sandbox.answers import ENCODE
from services.sandbox.options import OPERATOR_ROLES, PORTAL_APP_ID, Options
from services.sandbox.seed_hostile import HOSTILE
from services.sandbox.seed_roles import identifier
from services.sandbox.store import FIRST_SEQ, Store

Guid = Callable[[int, str, int], str]
_GROUP = FIRST_SEQ["group"]
_USER = ("User",)
Role = tuple[str, tuple[str, ...], bool]
"""Name, allowed member types, whether it is enabled."""

_FIRST: tuple[tuple[str, tuple[Role, ...]], ...] = (
    ("Expenses", (("User", _USER, True),)),
    ("Travel Desk", ()),
    ("Warehouse", (("Picker", _USER, True), ("Planner", _USER, True), ("Manager", ("User", "Application"), True),
                   ("Auditor", _USER, False))),
    ("Atlas Wiki", (("Reader", _USER, True), ("Editor", _USER, True))),
    ("Vendor Portal", ()),
    ("Telemetry Collector", (("Ingest.Write", ("Application",), True),)),
    ("Rollcall", tuple((role, _USER, True) for role in OPERATOR_ROLES)),
    ("Legacy Intranet", (("User", _USER, True),)),
)  # fmt: skip
_MORE = ("Payroll", "Timesheets", "Benefits", "Facilities", "Visitor Desk", "Fleet", "Learning", "Surveys",
         "Service Desk", "Status Page", "Code Review", "Build Farm", "Design Library", "Press Room", "Contracts",
         "Invoicing", "Treasury", "Forecast", "Campaigns", "Field Notes", "Lab Bench", "Quality", "Safety",
         "Catering", "Parking", "Badge Office", "Archive", "Translation", "Print Room", "Maps")  # fmt: skip
_ASSIGNED = ((0, 1, 0), (1, 6, None), (2, 1, 0), (6, 1, 3), (7, 3, 0), (38, 1, None))
"""Place of the application, place of the user, number of the role (None: the application declares none)."""
_GROUPS_ASSIGNED = ((3, 0, 0), (3, 3, 1), (4, 11, None), (2, 1, 1), (1, 4, None))
"""Place of the application, number of the group, number of the role."""


def fill(store: Store, options: Options, guid: Guid, epoch: datetime) -> None:
    """Writes the applications and the assignments."""
    created = epoch.strftime("%Y-%m-%dT%H:%M:%SZ")
    found = [_application(options, guid, place, *facts) for place, facts in enumerate(_FIRST)]
    for place, name in enumerate(HOSTILE if options.hostile else _MORE, len(_FIRST)):
        roles: tuple[Role, ...] = (("User", _USER, True), ("Manager", _USER, True))[: place % 3]
        found.append(_application(options, guid, place, name, roles))
    found.append(_application(options, guid, len(found), "Background Sync", (), tags=("HideApp",)))
    found[7]["accountEnabled"] = False
    wanted = [(app, seq, role) for app, seq, role in _ASSIGNED if seq <= options.users]
    if options.operator_role and options.users > 1:
        wanted.append((6, 2, OPERATOR_ROLES.index(options.operator_role)))
    wanted += [(app, _GROUP + group, role) for app, group, role in _GROUPS_ASSIGNED if group < options.groups]
    for seq in range(5, min(options.users, 500) + 1):
        place = seq % len(found[:-1])
        if place != 6 and any("User" in r["allowedMemberTypes"] for r in found[place]["appRoles"]):
            wanted.append((place, seq, 0))
    held = []
    for place, seq, role in dict.fromkeys(wanted):
        principal, app = store.by_seq(seq), found[place]
        if principal is not None:
            role_id = app["appRoles"][role]["id"] if role is not None else applications.NO_ROLE
            identity = identifier("app", app["id"], principal.id, role_id).removesuffix("-1")
            held.append(applications.assignment(identity, role_id, principal, app, created))
    rows = [(applications.PRINCIPAL, place, app["id"], ENCODE(app)) for place, app in enumerate(found)]
    rows += [(applications.ASSIGNMENT, place, doc["id"], ENCODE(doc)) for place, doc in enumerate(held)]
    store.db.executemany("INSERT INTO documents VALUES (?,?,?,?)", rows)


def _application(
    options: Options,
    guid: Guid,
    place: int,
    name: str,
    roles: tuple[Role, ...],
    tags: tuple[str, ...] = (applications.ENTERPRISE,),
) -> dict[str, Any]:
    identity = guid(options.seed, "application", place)
    app_id = PORTAL_APP_ID if name == "Rollcall" else guid(options.seed, "appId", place)
    return {
        "id": identity,
        "accountEnabled": True,
        "appDisplayName": name,
        "appId": app_id,
        "appRoleAssignmentRequired": bool(roles),
        "appRoles": [
            {
                "allowedMemberTypes": list(types),
                "description": f"{role} of {name}",
                "displayName": role,
                "id": guid(options.seed, f"appRole/{place}", number),
                "isEnabled": enabled,
                "origin": "Application",
                "value": role.replace(" ", ""),
            }
            for number, (role, types, enabled) in enumerate(roles)
        ],
        "displayName": name,
        "servicePrincipalNames": [app_id],
        "servicePrincipalType": "Application",
        "signInAudience": "AzureADMyOrg",
        "tags": list(tags),
    }
