"""Sign-ins: where, with what and how successfully a user signed in during the last seven days."""

from collections.abc import AsyncIterator

from services.operation import Json
from services.record import Record
from services.reports import report_pages, sign_ins_of
from services.tabs.details import details, shown_moment
from services.tabs.fields import text_of
from services.tabs.tab import Column, Ground, Page, RecordTab
from services.tenant import Tenant
from services.user import User

_DAYS = 7

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


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The newest first, page by page as they are asked for. Raises `RollcallError`."""
    first = True
    async for found in report_pages(tenant, sign_ins_of(user, tenant.clock.now(), _DAYS), "sign-ins"):
        yield Page([_record(sign_in) for sign_in in found], replace=first, note=f"last {_DAYS} days")
        first = False


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
    about="The user's sign-ins of the last 7 days, newest first. Enter shows everything about one.",
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
    ground=Ground.PREMIUM,
    export=True,
)
