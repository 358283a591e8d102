"""Identity Protection: who is at risk, how that came about, and what was detected, drawn from the users."""

from collections.abc import Iterator
from datetime import datetime, timedelta

from services.sandbox import odata_query
from services.sandbox.answers import DECODE, ENCODE, Call, Json, Reply, not_found, unsupported
from services.sandbox.listing import Scope, context, next_link
from services.sandbox.odata_filter import AnyOf, Compare, Node, OneOf, Text, conjuncts
from services.sandbox.odata_match import matches
from services.sandbox.reports import dice, report, single
from services.sandbox.shapes import DEFAULTS, known, projection
from services.sandbox.sign_in_days import documents, last_moment
from services.sandbox.store import Store

_OPTIONS = frozenset({"$select", "$filter", "$top", "$skiptoken", "$format"})
_PAGE = 500
_FILTERABLE = frozenset({
    "id", "userId", "userPrincipalName", "detectedDateTime", "activityDateTime", "lastUpdatedDateTime",
    "riskEventType", "riskLevel", "riskState", "riskDetail", "ipAddress", "correlationId", "requestId",
    "detectionTimingType", "activity", "source", "tokenIssuerType", "userDisplayName",
})  # fmt: skip
_GUESSED = "alexw@contoso.example"
"""Whose password was guessed, and who is at risk for that."""

_KINDS = {
    "low": ("unfamiliarFeatures",),
    "medium": ("anonymizedIPAddress", "unfamiliarFeatures"),
    "high": ("leakedCredentials", "maliciousIPAddress"),
    "none": ("unfamiliarFeatures",),
}
"""What was detected, by the level of risk that it led to; the last one holds no more."""


def risky_users(store: Store, call: Call) -> Reply:
    """GET /identityProtection/riskyUsers."""
    end = last_moment(store)
    derive = lambda document: _risk(document, end)  # noqa: E731
    return report(store, call, "riskyUser", "identityProtection/riskyUsers", derive, _PAGE)


def risky_user(store: Store, call: Call, key: str) -> Reply:
    """GET /identityProtection/riskyUsers/{id}: 404 for who never was at risk."""
    end = last_moment(store)
    return single(store, call, key, "identityProtection/riskyUsers", lambda document: _risk(document, end))


def history(store: Store, call: Call, key: str) -> Reply:
    """GET /identityProtection/riskyUsers/{id}/history: the newest opinion last."""
    query = odata_query.read(call, frozenset({"$select", "$top", "$format"}))
    known("riskyUserHistoryItem", query.select or ())
    thing = store.find(key, "user")
    now = _risk(thing.read(), last_moment(store)) if thing else None
    if now is None:
        raise not_found(key)
    shape = projection("riskyUserHistoryItem", query.select or DEFAULTS["riskyUserHistoryItem"], False)
    name = f"identityProtection/riskyUsers('{now['id']}')/history"
    value = [shape(ENCODE(item)) for item in _items(now)]
    scope = Scope("riskyUserHistoryItem", context=name)
    return Reply(200, ENCODE({"@odata.context": context(call, scope, query), "value": value}))


def detections(store: Store, call: Call) -> Reply:
    """GET /identityProtection/riskDetections."""
    query = odata_query.read(call, _OPTIONS, _PAGE)
    known("riskDetection", query.select or ())
    parts = conjuncts(query.filter) if query.filter is not None else []
    for node in parts:
        if isinstance(node, Compare | Text | AnyOf | OneOf) and node.path[0] not in _FILTERABLE:
            raise unsupported(f"Invalid filter clause: the property '{node.path[0]}' is not filterable.")
    found = [d for d in _all(store, parts) if all(matches(node, d) for node in parts)]
    start = int(query.skip[0]) if isinstance(query.skip, list) and query.skip else 0
    size = query.top or _PAGE
    scope = Scope("riskDetection", context="identityProtection/riskDetections")
    answer: dict[str, Json] = {"@odata.context": context(call, scope, query)}
    if len(found) > start + size:
        answer["@odata.nextLink"] = next_link(call, [start + size])
    shape = projection("riskDetection", query.select or DEFAULTS["riskDetection"], False)
    answer["value"] = [shape(ENCODE(d)) for d in found[start : start + size]]
    return Reply(200, ENCODE(answer))


def _all(store: Store, parts: list[Node]) -> Iterator[dict[str, Json]]:
    """Everybody's detections; only one user's where the filter names one."""
    end = last_moment(store)
    for node in parts:
        match node:
            case Compare(("userId" | "userPrincipalName",), "eq", str() as key):
                thing = store.find_user(key)
                if thing is not None:
                    yield from _of(store, thing.read(), end)
                return
            case _:
                continue
    for row in store.db.execute(
        "SELECT doc FROM objects JOIN docs USING (seq) WHERE type='user' AND deleted=0"
    ):
        yield from _of(store, DECODE(row[0]), end)


def _of(store: Store, user: dict[str, Json], end: datetime) -> Iterator[dict[str, Json]]:
    risk = _risk(user, end)
    if risk is None:
        return
    signed_in = [d for d in documents(store, user["id"], True) if d["status"]["errorCode"] == 0]
    newest = max(signed_in, key=lambda d: str(d["createdDateTime"]), default=None)
    for number, kind in enumerate(_KINDS[risk["riskLevel"]]):
        # leaked passwords are found elsewhere, without any sign-in
        about = newest if kind != "leakedCredentials" else None
        at = about["createdDateTime"] if about else risk["riskLastUpdatedDateTime"]
        yield {
            "id": f"{user['id'].replace('-', '')}{number}",
            "activity": "signin" if about else "user",
            "activityDateTime": at,
            "additionalInfo": '[{"Key":"userAgent","Value":"Mozilla/5.0"}]' if about else None,
            "correlationId": about["correlationId"] if about else None,
            "detectedDateTime": risk["riskLastUpdatedDateTime"],
            "detectionTimingType": "realtime" if about else "offline",
            "ipAddress": about["ipAddress"] if about else None,
            "lastUpdatedDateTime": risk["riskLastUpdatedDateTime"],
            "location": about["location"] if about else None,
            "requestId": about["id"] if about else None,
            "riskDetail": risk["riskDetail"],
            "riskEventType": kind,
            "riskLevel": risk["riskLevel"] if risk["riskState"] == "atRisk" else "low",
            "riskState": risk["riskState"],
            "source": "IdentityProtection",
            "tokenIssuerType": "AzureAD",
            "userDisplayName": user["displayName"],
            "userId": user["id"],
            "userPrincipalName": user["userPrincipalName"],
        }


def _items(now: dict[str, Json]) -> Iterator[dict[str, Json]]:
    """It began with a detection; where it is over, somebody said so a day later."""
    over = now["riskState"] != "atRisk"
    at = datetime.fromisoformat(now["riskLastUpdatedDateTime"])
    kinds = list(_KINDS[now["riskLevel"]])
    for number in range(1 + over):
        last = number == over
        yield {
            **now,
            "id": f"{now['id']}{number}",
            "userId": now["id"],
            "riskDetail": now["riskDetail"] if last else "none",
            "riskState": now["riskState"] if last else "atRisk",
            "riskLevel": now["riskLevel"] if last else "low",
            "riskLastUpdatedDateTime": _text(at if last else at - timedelta(days=1)),
            "initiatedBy": None if not over or not last else "admin@contoso.example",
            "activity": {"detail": now["riskDetail"] if last else "none", "riskEventTypes": kinds},
        }


def _risk(document: dict[str, Json], end: datetime) -> dict[str, Json] | None:
    number = 1 if document["userPrincipalName"] == _GUESSED else dice(document, "risk", 100)
    if number >= 4:
        return None
    back = timedelta(days=dice(document, "riskDay", 6), hours=1 + dice(document, "riskHour", 20))
    return {
        "id": document["id"],
        "isDeleted": False,
        "isProcessing": False,
        "riskDetail": "none" if number < 3 else "adminDismissedAllRiskForUser",
        "riskLastUpdatedDateTime": _text(end - back),
        "riskLevel": ("low", "medium", "high", "none")[number],
        "riskState": "atRisk" if number < 3 else "dismissed",
        "userDisplayName": document["displayName"],
        "userPrincipalName": document["userPrincipalName"],
    }


def _text(at: datetime) -> str:
    return at.strftime("%Y-%m-%dT%H:%M:%SZ")
