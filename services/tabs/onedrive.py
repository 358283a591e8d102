"""OneDrive: where a user's drive is, how full it is, and when something was last changed in it."""

from collections.abc import AsyncIterator, Mapping

from services.columns import Column
from services.errors import NotFound, NotPermitted, Rejected
from services.operation import Json, Request, Service
from services.record import Record
from services.summary import Bar, Chart, Summary
from services.tabs.details import details, shown_moment
from services.tabs.fields import text_of
from services.tabs.sizes import short_size, size
from services.tabs.tab import Page, RecordTab
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User

NOT_PROVISIONED = (
    "This user has no OneDrive (yet): it comes with a licence that holds SharePoint and is set up on the "
    "first visit."
)
NOT_SHOWN = (
    "OneDrive does not show this drive to you: it needs a sign-in of the program's own (a certificate), or "
    "you as an administrator of the user's site."
)
_NO_LICENCE = "spo license"
"""What Graph says (status 400) where the whole tenant has no SharePoint."""

_LEVELS = {"nearing": "warning", "critical": "error", "exceeded": "error"}
"""Graph's own judgement of a quota; every other state is as it should be."""

_LABELS = {
    "webUrl": "Address",
    "owner/user/displayName": "Owner",
    "driveType": "Type",
    "lastModifiedDateTime": "Last activity",
    "quota/state": "State",
    "quota/used": "Used",
    "quota/remaining": "Free",
    "quota/total": "Quota",
    "quota/deleted": "In the recycle bin",
}


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The drive, live; nothing but a sentence for a user who has none. Raises `RollcallError`."""
    request = Request(
        Service.GRAPH,
        path=f"/users/{segment(user.id)}/drive",
        query=(("$select", "id,webUrl,driveType,quota,lastModifiedDateTime,owner"),),
    )
    try:
        drive = await tenant.read(request)
    except (NotFound, Rejected) as error:
        missing = isinstance(error, NotFound) or _NO_LICENCE in error.sentence.casefold()
        if error.code == "Request_ResourceNotFound" or not missing:  # the user, not the drive
            raise
        yield Page([], replace=True, note="not set up", summary=Summary(notes=(NOT_PROVISIONED,)))
        return
    except NotPermitted as error:
        raise NotPermitted(
            NOT_SHOWN, request_id=error.request_id, status=error.status, code=error.code
        ) from None
    shown = [(path, label, _shown(drive, path)) for path, label in _LABELS.items()]
    pairs = (*((label, text) for _, label, text in shown), *details(drive, _LABELS)[len(_LABELS) :])
    rows = [Record(path, (label, text), pairs, name=f"OneDrive: {label}") for path, label, text in shown]
    yield Page(rows, replace=True, summary=_usage(drive))


def _shown(drive: dict[str, Json], path: str) -> str:
    value = _at(drive, path)
    if path.startswith("quota/") and isinstance(value, int):
        return size(value)
    return shown_moment(value) if path.endswith("DateTime") and value else text_of(value)


def _at(drive: Mapping[str, Json], path: str) -> Json:
    found: Json = drive
    for step in path.split("/"):
        found = found.get(step) if isinstance(found, dict) else None
    return found


def _usage(drive: dict[str, Json]) -> Summary:
    used, total, state = (_at(drive, f"quota/{name}") for name in ("used", "total", "state"))
    if not isinstance(used, int) or not isinstance(total, int) or total <= 0:
        return Summary()
    share = f"{used / total:.0%}".replace("%", " %")
    words = ", ".join(filter(None, (f"{short_size(used)} of {short_size(total)}", share, text_of(state))))
    # what is over the quota is full, and the words say by how much
    bar = Bar("Used", min(used, total), total, total, words, _LEVELS.get(text_of(state), ""))
    return Summary((Chart("Storage", (bar,), ("used", "free")),))


TAB = RecordTab(
    id="onedrive",
    title="OneDrive",
    about="The user's OneDrive: address, quota, how much of it is used, last activity.",
    columns=(Column("field", "Property", width=20), Column("value", "Value", least=24)),
    load=load,
    empty="There is no drive",
)
