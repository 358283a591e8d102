"""Sign-ins: where, with what and how successfully a user signed in during the last seven days."""

from collections.abc import AsyncIterator
from functools import partial

import msgspec

from services.columns import Column
from services.operation import Json, Service
from services.record import Record
from services.reports import report_pages, sign_ins_of
from services.tabs.details import details, shown_moment
from services.tabs.fields import text_of
from services.tabs.tab import Chosen, Facet, Ground, Page, RecordTab, always
from services.tenant import Tenant
from services.user import User

LABELS = {
    "createdDateTime": "Time",
    "appDisplayName": "Application",
    "resourceDisplayName": "Resource",
    "status/errorCode": "Error code",
    "status/failureReason": "Reason",
    "status/additionalDetails": "More about the result",
    "ipAddress": "IP address",
    "location/city": "City",
    "location/state": "State or province",
    "location/countryOrRegion": "Country",
    "clientAppUsed": "Client",
    "deviceDetail/displayName": "Device",
    "deviceDetail/operatingSystem": "Operating system",
    "deviceDetail/browser": "Browser",
    "deviceDetail/isManaged": "Managed device",
    "deviceDetail/isCompliant": "Compliant device",
    "deviceDetail/trustType": "Device trust",
    "conditionalAccessStatus": "Conditional access",
    "riskLevelDuringSignIn": "Risk during sign-in",
    "riskLevelAggregated": "Risk in all",
    "riskState": "Risk state",
    "riskDetail": "Risk detail",
    "isInteractive": "Interactive",
    "correlationId": "Correlation id",
    "id": "Request id",
}


_FACETS = (
    Facet("days", "Time", (("7", "last 7 days"), ("1", "last 24 hours"), ("30", "last 30 days"))),
    Facet("result", "Result", (("", "all"), ("failed", "failed only"), ("ok", "successful only"))),
    Facet("kind", "Kind", (("", "interactive"), ("nonInteractiveUser", "non-interactive"))),
)


async def load(tenant: Tenant, user: User, chosen: Chosen | None = None) -> AsyncIterator[Page]:
    """The newest first, page by page as they are asked for. Raises `RollcallError`.

    What failed cannot be asked for: the report knows no "not equal". Of successes only those are sent.
    """
    chosen = chosen or {}
    result, kind, days = chosen.get("result"), chosen.get("kind"), int(chosen.get("days") or 7)
    more = ["status/errorCode eq 0"] if result == "ok" else []
    more += [f"signInEventTypes/any(t:t eq '{kind}')"] if kind else []
    request = sign_ins_of(user, tenant.clock.now(), days, *more)
    if kind:
        # v1.0 only has those that a person made
        request = msgspec.structs.replace(request, service=Service.GRAPH_BETA)
    first, note = True, dict(_FACETS[0].options).get(str(days), "")
    async for found in report_pages(tenant, request, "sign-ins"):
        rows = [_record(sign_in) for sign_in in found if result != "failed" or _failed(sign_in)]
        yield Page(rows, replace=first, note=note if days == 7 else "")
        first = False


def _failed(sign_in: dict[str, Json]) -> bool:
    return bool((sign_in.get("status") or {}).get("errorCode"))


def _record(sign_in: dict[str, Json]) -> Record:
    place = sign_in.get("location") or {}
    cells = (
        shown_moment(sign_in.get("createdDateTime")),
        text_of(sign_in.get("appDisplayName")),
        _result(sign_in.get("status") or {}),
        text_of(sign_in.get("ipAddress")),
        ", ".join(filter(None, (text_of(place.get("city")), text_of(place.get("countryOrRegion"))))),
        text_of(sign_in.get("clientAppUsed")),
        text_of(sign_in.get("riskLevelDuringSignIn")),
    )
    return Record(str(sign_in.get("id")), cells, details(sign_in, LABELS))


def _result(status: dict[str, Json]) -> str:
    code = status.get("errorCode")
    return "signed in" if not code else f"failed {code}"


TAB = RecordTab(
    id="sign-ins",
    title="Sign-ins",
    about="The user's sign-ins of the last 7 days (f: other ones), newest first. Enter shows everything about one.",
    columns=(
        Column("time", "Time", width=19),
        Column("application", "Application", least=12),
        Column("result", "Result", width=13),
        Column("ipAddress", "IP address", least=11),
        Column("location", "Location", least=8),
        Column("client", "Client", least=12, wide=True),
        Column("risk", "Risk", width=7, wide=True),
    ),
    load=load,
    facets=_FACETS,
    narrow=lambda chosen: partial(load, chosen=dict(chosen)),
    ground=Ground.PREMIUM,
    export=True,
    # reports tell of who is in the recycle bin, too
    visible=always,
)
