"""GET /users/{id}/drive: the OneDrive of who has SharePoint and came by, drawn from the user's id."""

import zlib
from datetime import timedelta

from services.sandbox import odata_query
from services.sandbox.answers import ENCODE, Call, Json, Refusal, Reply, ok
from services.sandbox.directory_reads import user_of
from services.sandbox.options import TENANT_DOMAIN
from services.sandbox.shapes import DEFAULTS, known, whole
from services.sandbox.sign_in_days import first_day
from services.sandbox.store import Store, Thing

_TERABYTE = 1024**4
_HOST = f"https://{TENANT_DOMAIN.split('.')[0]}-my.sharepoint.example"


def drive(store: Store, call: Call, key: str) -> Reply:
    """The drive. Raises Refusal 404 for who has none."""
    query = odata_query.read(call, frozenset({"$select", "$format"}))
    known("drive", query.select or ())
    user = user_of(store, key)
    document = user.read()
    dice = zlib.crc32(f"drive{user.id}".encode())
    if not _has_sharepoint(document) or (dice % 10 == 0 and user.seq > 1):
        raise Refusal(404, "ResourceNotFound", "User's mysite not found.")
    found = _drive(store, user, document, dice)
    shown = whole("drive", ENCODE(found), query.select or DEFAULTS["drive"])
    return ok({"@odata.context": f"{call.root}/$metadata#drives/$entity", **shown})


def _has_sharepoint(document: dict[str, Json]) -> bool:
    return any(
        plan["service"] == "SharePoint" and plan["capabilityStatus"] == "Enabled"
        for plan in document.get("assignedPlans") or ()
    )


def _drive(store: Store, user: Thing, document: dict[str, Json], dice: int) -> dict[str, Json]:
    upn = str(document["userPrincipalName"])
    site = "".join(c if c.isalnum() else "_" for c in upn.lower())
    used = dice * 997 % (_TERABYTE + _TERABYTE // 50)
    share = used / _TERABYTE
    state = (
        "exceeded" if share > 1 else "critical" if share > 0.98 else "nearing" if share > 0.9 else "normal"
    )
    touched = first_day(store) - timedelta(minutes=dice % 40_000)
    owner = {"user": {"id": user.id, "displayName": document.get("displayName")}}
    return {
        "id": f"b!{user.id.replace('-', '')}",
        "createdDateTime": document["createdDateTime"],
        "description": "",
        "driveType": "business",
        "lastModifiedDateTime": touched.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "name": "OneDrive",
        "owner": owner,
        "quota": {
            "deleted": dice % (2 * 1024**3),
            "remaining": max(0, _TERABYTE - used),
            "state": state,
            "total": _TERABYTE,
            "used": used,
        },
        "webUrl": f"{_HOST}/personal/{site}/Documents",
    }
