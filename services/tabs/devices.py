"""Devices: what Intune manages for a user, computers first, with the primary user of each."""

from collections.abc import AsyncIterator, Mapping, Sequence

from services.columns import Column
from services.errors import NotPermitted
from services.operation import Json, Request, Service
from services.record import Record
from services.tabs import device
from services.tabs.details import details, shown_moment
from services.tabs.fields import text_of
from services.tabs.tab import Opening, Page, RecordTab
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User

_FIELDS = (
    "id,deviceName,manufacturer,model,serialNumber,operatingSystem,osVersion,complianceState,"
    "lastSyncDateTime,enrolledDateTime,isEncrypted,managedDeviceOwnerType,managementAgent,"
    "deviceEnrollmentType,azureADDeviceId,totalStorageSpaceInBytes,freeStorageSpaceInBytes,"
    "userPrincipalName,userId"
)
_LABELS = {
    "deviceName": "Device",
    "manufacturer": "Manufacturer",
    "model": "Model",
    "serialNumber": "Serial number",
    "operatingSystem": "Operating system",
    "osVersion": "Version",
    "complianceState": "Compliance",
    "lastSyncDateTime": "Last sync",
    "enrolledDateTime": "Enrolled",
    "userPrincipalName": "Enrolled for",
    "isEncrypted": "Encrypted",
    "managedDeviceOwnerType": "Belongs to",
    "managementAgent": "Managed by",
    "deviceEnrollmentType": "Way of enrolment",
    "totalStorageSpaceInBytes": "Storage in bytes",
    "freeStorageSpaceInBytes": "Free storage in bytes",
    "azureADDeviceId": "Entra device id",
    "id": "Intune device id",
}
_COMPUTERS = frozenset({"windows", "macos", "linux", "chromeos", "chrome os"})
"""Intune does not say what is a laptop; these systems run on laptops and desktops, the others on neither."""


async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
    """The devices, each with its primary user. Raises `RollcallError`."""
    request = Request(
        Service.GRAPH,
        path=f"/users/{segment(user.id)}/managedDevices",
        query=(("$select", _FIELDS),),
    )
    found: list[dict[str, Json]] = []
    try:
        async for page in tenant.pages(request):
            found += page
    except NotPermitted as error:
        raise device.without_intune(error) from None
    found.sort(key=lambda d: (_kind(d) != "Computer", text_of(d.get("deviceName")).casefold()))
    primary = await _primary_users(tenant, found)
    yield Page([_record(d, primary) for d in found], replace=True)


async def _primary_users(tenant: Tenant, devices: Sequence[dict[str, Json]]) -> dict[str, str]:
    """Device id -> the primary user, which only the beta knows; or why it cannot be told."""
    ids = [str(d["id"]) for d in devices if d.get("id")]
    answers = await tenant.ask([device.users_of(d) for d in ids])
    return {d: device.primary_of(answer) for d, answer in zip(ids, answers, strict=True)}


def _open(user: User, record: Record) -> Opening:
    return device.opening(user, record.key, record.cells[1])


def _kind(held: Mapping[str, Json]) -> str:
    return "Computer" if text_of(held.get("operatingSystem")).casefold() in _COMPUTERS else "Mobile"


def _record(held: dict[str, Json], primary: Mapping[str, str]) -> Record:
    owner = primary.get(str(held.get("id")), "")
    pairs = details(held, _LABELS)
    cells = (
        _kind(held),
        text_of(held.get("deviceName")),
        text_of(held.get("complianceState")),
        shown_moment(held.get("lastSyncDateTime"))[:16],
        owner,
        text_of(held.get("operatingSystem")),
        " ".join(filter(None, (text_of(held.get("manufacturer")), text_of(held.get("model"))))),
        text_of(held.get("serialNumber")),
    )
    return Record(str(held.get("id")), cells, (pairs[0], ("Primary user", owner), *pairs[1:]))


TAB = RecordTab(
    id="devices",
    title="Devices",
    about="The devices that Intune manages for the user, computers first. Enter opens the page of one.",
    columns=(
        Column("kind", "Kind", width=8),
        Column("deviceName", "Device", least=12),
        Column("complianceState", "Compliance", width=13),
        Column("lastSync", "Last sync", width=16),
        Column("primaryUser", "Primary user", least=12),
        Column("operatingSystem", "System", width=8, wide=True),
        Column("model", "Model", least=12, wide=True),
        Column("serialNumber", "Serial number", least=10, wide=True),
    ),
    load=load,
    opens=_open,
)
