"""Devices: what Intune manages for a user, computers first, with the primary user of each."""

from collections.abc import AsyncIterator, Mapping, Sequence

from services.errors import NotPermitted
from services.operation import Json, Request, Service
from services.record import Record
from services.tabs.details import details, shown_moment
from services.tabs.fields import text_of
from services.tabs.tab import Column, Page, RecordTab
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User

NO_INTUNE = "This tenant has no Intune licence, so no device is managed."
_NO_INTUNE = "AppLifecycle_2210"

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
        if _NO_INTUNE not in f"{error.code} {error.sentence}":
            raise
        raise NotPermitted(
            NO_INTUNE, request_id=error.request_id, status=error.status, code=error.code
        ) from None
    found.sort(key=lambda d: (_kind(d) != "Computer", text_of(d.get("deviceName")).casefold()))
    primary = await _primary_users(tenant, found)
    yield Page([_record(d, primary) for d in found], replace=True)


async def _primary_users(tenant: Tenant, devices: Sequence[dict[str, Json]]) -> dict[str, str]:
    """Device id -> the primary user, which only the beta knows; or why it cannot be told."""
    told: dict[str, str] = {}
    ids = [str(d["id"]) for d in devices if d.get("id")]
    for device, answer in zip(ids, await tenant.ask([_users_of(d) for d in ids]), strict=True):
        if answer.ok and isinstance(answer.body, dict):
            people = answer.body.get("value") or ()
            told[device] = ", ".join(_called(person) for person in people) or "nobody"
        else:
            told[device] = f"not readable: {answer.message or answer.status}"
    return told


def _users_of(device: str) -> Request:
    return Request(
        Service.GRAPH_BETA,
        path=f"/deviceManagement/managedDevices/{segment(device)}/users",
        query=(("$select", "id,displayName,userPrincipalName"),),
    )


def _called(person: Mapping[str, Json]) -> str:
    return text_of(person.get("displayName") or person.get("userPrincipalName") or person.get("id"))


def _kind(device: Mapping[str, Json]) -> str:
    return "Computer" if text_of(device.get("operatingSystem")).casefold() in _COMPUTERS else "Mobile"


def _record(device: dict[str, Json], primary: Mapping[str, str]) -> Record:
    owner = primary.get(str(device.get("id")), "")
    pairs = details(device, _LABELS)
    cells = (
        _kind(device),
        text_of(device.get("deviceName")),
        text_of(device.get("complianceState")),
        shown_moment(device.get("lastSyncDateTime"))[:16],
        owner,
        text_of(device.get("operatingSystem")),
        " ".join(filter(None, (text_of(device.get("manufacturer")), text_of(device.get("model"))))),
        text_of(device.get("serialNumber")),
    )
    return Record(str(device.get("id")), cells, (pairs[0], ("Primary user", owner), *pairs[1:]))


TAB = RecordTab(
    id="devices",
    title="Devices",
    about="The devices that Intune manages for the user, computers first. Enter shows everything about one.",
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
)
