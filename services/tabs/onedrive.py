"""OneDrive: where a user's drive is, how full it is, and when something was last changed in it."""

from collections.abc import Sequence

from services.errors import NotFound, NotPermitted
from services.operation import Json, Operation, Request, Service
from services.tabs.details import shown_moment
from services.tabs.fields import text_of
from services.tabs.sizes import bar, size
from services.tabs.tab import FieldValue, Property, PropertyTab
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User
from state.values import Change

NOT_PROVISIONED = (
    "This user has no OneDrive (yet): it comes with a licence that holds SharePoint and is set up on the "
    "first visit."
)
NOT_SHOWN = (
    "OneDrive does not show this drive to you: it needs a sign-in of the program's own (a certificate), or "
    "you as an administrator of the user's site."
)
_LOCK = "Set by OneDrive"

_PROPERTIES = (
    Property("webUrl", "Address", "Drive", kind="fixed"),
    Property("owner", "Owner", "Drive", kind="fixed"),
    Property("driveType", "Type", "Drive", kind="fixed"),
    Property("lastModifiedDateTime", "Last activity", "Drive", kind="fixed"),
    Property("usage", "Usage", "Storage", kind="fixed"),
    Property("used", "Used", "Storage", kind="fixed"),
    Property("remaining", "Free", "Storage", kind="fixed"),
    Property("total", "Quota", "Storage", kind="fixed"),
    Property("deleted", "In the recycle bin", "Storage", kind="fixed"),
    Property("state", "State", "Storage", kind="fixed"),
)
_SIZES = ("used", "remaining", "total", "deleted")


async def load(tenant: Tenant, user: User) -> list[FieldValue]:
    """The drive, live. Raises `RollcallError`; `NotFound` for a user who has none."""
    request = Request(
        Service.GRAPH,
        path=f"/users/{segment(user.id)}/drive",
        query=(("$select", "id,webUrl,driveType,quota,lastModifiedDateTime,owner"),),
    )
    try:
        drive = await tenant.read(request)
    except NotFound as error:
        if error.code == "Request_ResourceNotFound":  # the user, not the drive
            raise
        raise NotFound(
            NOT_PROVISIONED, request_id=error.request_id, status=error.status, code=error.code
        ) from None
    except NotPermitted as error:
        raise NotPermitted(
            NOT_SHOWN, request_id=error.request_id, status=error.status, code=error.code
        ) from None
    return [FieldValue(p.id, *_value(p.id, drive), _LOCK) for p in _PROPERTIES]


def plan(changes: Sequence[Change]) -> list[Operation]:
    """Nothing here can be changed."""
    return []


def _value(field: str, drive: dict[str, Json]) -> tuple[Json, str]:
    """The value and how it is shown."""
    quota = drive.get("quota") or {}
    if field == "usage":
        used, total = quota.get("used"), quota.get("total")
        return None, bar(used, total) if used is not None and total else ""
    if field in _SIZES:
        value = quota.get(field)
        return value, "" if value is None else size(int(value))
    if field == "state":
        return quota.get("state"), text_of(quota.get("state"))
    if field == "owner":
        owner = (drive.get("owner") or {}).get("user") or {}
        return owner.get("id"), text_of(owner.get("displayName") or owner.get("email") or owner.get("id"))
    value = drive.get(field)
    return value, shown_moment(value) if field.endswith("DateTime") and value else text_of(value)


TAB = PropertyTab(
    id="onedrive",
    title="OneDrive",
    about="The user's OneDrive: address, quota, how much of it is used, last activity.",
    properties=_PROPERTIES,
    load=load,
    plan=plan,
)
