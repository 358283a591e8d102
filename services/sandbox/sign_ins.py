"""GET /auditLogs/signIns: thirty days of interactive sign-ins, drawn anew from each user's id when asked."""

import zlib
from collections.abc import Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from services.sandbox import odata_query
from services.sandbox.answers import DECODE, ENCODE, Call, Json, Reply, unsupported
from services.sandbox.listing import Scope, context, next_link
from services.sandbox.odata_filter import AnyOf, Compare, Node, OneOf, Text, conjuncts
from services.sandbox.odata_match import matches
from services.sandbox.shapes import DEFAULTS, known, projection
from services.sandbox.store import Store

_OPTIONS = frozenset({"$select", "$filter", "$orderby", "$top", "$skiptoken", "$format"})
_MAX_TOP = 1000
_DAYS = 30
_SCOPE = Scope("signIn", context="auditLogs/signIns")
_FILTERABLE = frozenset({
    "id", "appDisplayName", "appId", "clientAppUsed", "conditionalAccessStatus", "correlationId",
    "createdDateTime", "deviceDetail", "ipAddress", "location", "resourceDisplayName", "resourceId",
    "riskDetail", "riskEventTypes_v2", "riskLevelAggregated", "riskLevelDuringSignIn", "riskState", "status",
    "userDisplayName", "userId", "userPrincipalName",
})  # fmt: skip
_APPS = (
    ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    ("Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264"),
    ("Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000"),
    ("Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"),
)
_CLIENTS = ("Browser", "Mobile Apps and Desktop clients", "Exchange ActiveSync")
_SYSTEMS = (
    ("Windows 11", "Edge 131"),
    ("MacOs", "Safari 18"),
    ("Ios 18", "Mobile Safari"),
    ("Linux", "Firefox"),
)
_PLACES = (
    ("Seattle", "Washington", "US", 47.6, -122.3), ("Berlin", "Berlin", "DE", 52.5, 13.4),
    ("Lisbon", "Lisboa", "PT", 38.7, -9.1), ("Osaka", "Osaka", "JP", 34.7, 135.5),
)  # fmt: skip
_FAILURES = (
    (50126, "Error validating credentials due to invalid username or password."),
    (50074, "Strong Authentication is required."),
    (53003, "Access has been blocked by Conditional Access policies."),
    (50057, "The user account is disabled."),
)


def sign_ins(store: Store, call: Call) -> Reply:
    """One page, newest first."""
    query = odata_query.read(call, _OPTIONS, _MAX_TOP)
    known("signIn", query.select or ())
    parts = conjuncts(query.filter) if query.filter is not None else []
    for node in parts:
        if isinstance(node, Compare | Text | AnyOf | OneOf) and node.path[0] not in _FILTERABLE:
            raise unsupported(f"Invalid filter clause: the property '{node.path[0]}' is not filterable.")
    newest_first = True
    if query.orderby:
        if query.orderby[0][0] != "createdDateTime" or len(query.orderby) > 1:
            raise unsupported("Sorting is only supported on createdDateTime.")
        newest_first = query.orderby[0][1]
    found = [d for d in _documents(store, parts) if all(matches(node, d) for node in parts)]
    found.sort(key=_place, reverse=newest_first)
    if query.skip is not None:
        after = tuple(query.skip)
        found = [d for d in found if (_place(d) < after if newest_first else _place(d) > after)]
    size = query.top or _MAX_TOP
    answer: dict[str, Json] = {"@odata.context": context(call, _SCOPE, query)}
    if len(found) > size:
        answer["@odata.nextLink"] = next_link(call, list(_place(found[size - 1])))
    shape = projection("signIn", query.select or DEFAULTS["signIn"], False)
    answer["value"] = [shape(ENCODE(d)) for d in found[:size]]
    return Reply(200, ENCODE(answer))


def _place(document: dict[str, Json]) -> tuple[str, str]:
    return document["createdDateTime"], document["id"]


def _documents(store: Store, parts: list[Node]) -> Iterator[dict[str, Json]]:
    """Everybody's sign-ins; only one user's where the filter names one."""
    epoch = first_day(store)
    for node in parts:
        match node:
            case Compare(("userId" | "userPrincipalName",), "eq", str() as key):
                thing = store.find_user(key)
                if thing is not None:
                    yield from _of(thing.seq, thing.read(), epoch)
                return
            case _:
                continue
    sql = "SELECT seq, doc FROM objects JOIN docs USING (seq) WHERE type='user' AND deleted=0"
    for seq, doc in store.db.execute(sql):
        yield from _of(seq, DECODE(doc), epoch)


def first_day(store: Store) -> datetime:
    """The tenant's first day: its history ends there."""
    row = store.db.execute("SELECT doc FROM documents WHERE collection='organization'").fetchone()
    return datetime.fromisoformat(DECODE(row[0])["onPremisesLastSyncDateTime"])


def _of(seq: int, user: dict[str, Json], epoch: datetime) -> Iterator[dict[str, Json]]:
    """One user's; the first user of the tenant signs in so often that a week takes several pages."""
    random = Random(zlib.crc32(user["id"].encode()))  # noqa: S311 - the same each time it is asked
    a_day = 40 if seq == 1 else random.choice((0, 1, 2, 4)) if user.get("accountEnabled") else 1
    home = random.randrange(len(_PLACES))
    for _ in range(_DAYS * a_day):
        at = epoch - timedelta(microseconds=random.randrange(1, _DAYS * 86_400 * 1_000_000))
        yield _sign_in(user, at, home, random)


def _sign_in(user: dict[str, Json], at: datetime, home: int, random: Random) -> dict[str, Json]:
    app, app_id = random.choice(_APPS)
    system, browser = random.choice(_SYSTEMS)
    abroad = random.random() < 0.04
    code, reason = random.choice(_FAILURES[:3]) if random.random() < 0.08 else (0, "")
    if not user.get("accountEnabled"):
        code, reason = _FAILURES[3]
    risk = random.choice(("low", "medium", "high")) if abroad else "none"
    identity = str(UUID(int=random.getrandbits(128), version=4))
    return {
        "id": identity,
        "createdDateTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "userId": user["id"],
        "userDisplayName": user.get("displayName"),
        "userPrincipalName": user.get("userPrincipalName"),
        "appDisplayName": app,
        "appId": app_id,
        "resourceDisplayName": "Microsoft Graph",
        "resourceId": "00000003-0000-0000-c000-000000000000",
        "clientAppUsed": random.choice(_CLIENTS),
        "correlationId": str(UUID(int=random.getrandbits(128), version=4)),
        "conditionalAccessStatus": "failure" if code == 53003 else "success",
        "appliedConditionalAccessPolicies": [_policy(code)],
        "isInteractive": True,
        "riskDetail": "none",
        "riskLevelAggregated": risk,
        "riskLevelDuringSignIn": risk,
        "riskState": "atRisk" if abroad else "none",
        "riskEventTypes_v2": ["unfamiliarFeatures"] if abroad else [],
        "userAgent": f"Mozilla/5.0 ({system}) {browser}",
        **_from(home, abroad, system, browser, random),
        "status": {"errorCode": code, "failureReason": reason or "Other.", "additionalDetails": None},
    }


def _policy(code: int) -> dict[str, Any]:
    return {
        "id": "5f4a2f0e-6b0e-4f53-9d4a-5a4d6a5f3d10",
        "displayName": "Require MFA for everybody",
        "enforcedGrantControls": ["Mfa"],
        "enforcedSessionControls": [],
        "result": "failure" if code == 53003 else "success",
    }


def _from(home: int, abroad: bool, system: str, browser: str, random: Random) -> dict[str, Any]:
    """Network, place and device."""
    city, state, country, latitude, longitude = _PLACES[(home + abroad) % len(_PLACES)]
    managed = system in ("Windows 11", "MacOs") and not abroad
    return {
        "ipAddress": f"{'198.51.100' if abroad else '203.0.113'}.{random.randrange(1, 255)}",
        "location": {
            "city": city,
            "state": state,
            "countryOrRegion": country,
            "geoCoordinates": {"altitude": None, "latitude": latitude, "longitude": longitude},
        },
        "deviceDetail": {
            "deviceId": "",
            "displayName": "",
            "operatingSystem": system,
            "browser": browser,
            "isCompliant": managed,
            "isManaged": managed,
            "trustType": "Azure AD joined" if managed else "",
        },
    }
