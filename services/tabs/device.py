"""The device page: one device as Intune knows it: what it is, compliance, sync, storage, and whose it is."""

from collections.abc import AsyncIterator, Mapping
from datetime import datetime
from functools import partial

from services.columns import Column
from services.errors import NotPermitted
from services.operation import Answer, Json, Request, Service
from services.record import Record
from services.summary import Bar, Chart, Summary
from services.tabs.details import shown_moment
from services.tabs.fields import text_of
from services.tabs.mailbox_fields import flag_shown
from services.tabs.sizes import short_size, size
from services.tabs.tab import Opening, Page, RecordTab
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User

NO_INTUNE = "This tenant has no Intune licence, so no device is managed."
_NO_INTUNE = "AppLifecycle_2210"
_UNSET = ("0001-", "9999-")
"""How Intune writes a moment that nobody set, and one that never comes."""


_PARTS: Mapping[str, Mapping[str, str]] = {
    "Device": {
        "deviceName": "Name", "managedDeviceName": "Name in Intune", "manufacturer": "Manufacturer",
        "model": "Model", "serialNumber": "Serial number", "operatingSystem": "System", "osVersion": "Version",
        "deviceCategoryDisplayName": "Category", "managedDeviceOwnerType": "Belongs to", "notes": "Notes",
    },
    "Users": {
        "primaryUser": "Primary user", "userDisplayName": "Enrolled for", "userPrincipalName": "User name",
        "emailAddress": "Mail", "phoneNumber": "Phone",
    },
    "Compliance": {
        "complianceState": "Compliance", "complianceGracePeriodExpirationDateTime": "Grace period ends",
        "isEncrypted": "Encrypted", "jailBroken": "Jailbroken", "isSupervised": "Supervised",
        "partnerReportedThreatState": "Threat state",
    },
    "Sync": {
        "lastSyncDateTime": "Last sync", "enrolledDateTime": "Enrolled",
        "deviceEnrollmentType": "Way of enrolment", "enrollmentProfileName": "Enrolment profile",
        "deviceRegistrationState": "Registration", "managementAgent": "Managed by",
        "managementState": "State", "managementCertificateExpirationDate": "Certificate ends",
    },
    "Hardware": {
        "totalStorageSpaceInBytes": "Storage", "freeStorageSpaceInBytes": "Free storage",
        "physicalMemoryInBytes": "Memory", "wiFiMacAddress": "Wi-Fi address",
        "ethernetMacAddress": "Ethernet address", "imei": "IMEI",
    },
    "Ids": {"azureADDeviceId": "Entra device id", "id": "Intune device id"},
}  # fmt: skip
"""What is told of a device, part by part, with the titles of Intune's fields."""

_PRIMARY = "primaryUser"
"""The one field that is not the device's own."""

_ALWAYS = ("deviceName", "complianceState", "lastSyncDateTime", _PRIMARY)
"""What is on the page also where it is empty."""

_FIELDS = tuple(field for part in _PARTS.values() for field in part if field != _PRIMARY)
_WORDS = {
    "compliant": "compliant",
    "noncompliant": "not compliant",
    "inGracePeriod": "in grace period: not compliant, but let in until it ends",
    "configManager": "told by Configuration Manager",
    "unknown": "unknown",
    "company": "the company",
    "personal": "the user",
}
"""States in words; one that is not here is shown as Intune calls it."""


def opening(user: User, device: str, name: str) -> Opening:
    """The page of one device, by its id in Intune."""
    title = f"Device {name}"
    tab = RecordTab(
        id="device",
        title=title,
        about="One device as Intune knows it: compliance, last sync, storage, and its primary user.",
        columns=(
            Column("part", "Part", width=10),
            Column("field", "Property", width=18),
            Column("value", "Value", least=24),
        ),
        load=partial(_load, device),
    )
    return Opening(title=title, subject=user, tabs=(tab,))


def without_intune(error: NotPermitted) -> NotPermitted:
    """The error in words of its own where the tenant has no Intune at all."""
    if _NO_INTUNE not in f"{error.code} {error.sentence}":
        return error
    return NotPermitted(NO_INTUNE, request_id=error.request_id, status=error.status, code=error.code)


def users_of(device: str) -> Request:
    """The read of a device's primary user, which only the beta knows."""
    return Request(
        Service.GRAPH_BETA,
        path=f"/deviceManagement/managedDevices/{segment(device)}/users",
        query=(("$select", "id,displayName,userPrincipalName"),),
    )


def primary_of(answer: Answer) -> str:
    """The primary user in an answer to `users_of`; why it cannot be told where it cannot."""
    if not answer.ok or not isinstance(answer.body, dict):
        return f"not readable: {answer.message or answer.status}"
    people = answer.body.get("value") or ()
    return ", ".join(_called(person) for person in people) or "nobody"


async def _load(device: str, tenant: Tenant, _: User) -> AsyncIterator[Page]:
    """The device and its primary user, live. Raises `RollcallError` where the device cannot be read."""
    path = f"/deviceManagement/managedDevices/{segment(device)}"
    request = Request(Service.GRAPH, path=path, query=(("$select", ",".join(_FIELDS)),))
    try:
        found = await tenant.read(request)
    except NotPermitted as error:
        raise without_intune(error) from None
    (answer,) = await tenant.ask([users_of(device)])
    told = {field: field_text(field, found, tenant.clock.now()) for field in _FIELDS}
    yield Page(_records(told | {_PRIMARY: primary_of(answer)}), replace=True, summary=_storage(found))


def _records(shown: Mapping[str, str]) -> list[Record]:
    return [
        Record(field, (part, title, shown[field]), ((title, shown[field]),))
        for part, titles in _PARTS.items()
        for field, title in titles.items()
        if shown[field] or field in _ALWAYS
    ]


def _called(person: Mapping[str, Json]) -> str:
    return text_of(person.get("displayName") or person.get("userPrincipalName") or person.get("id"))


def _storage(found: Mapping[str, Json]) -> Summary:
    """How full the device is; nothing where Intune does not know."""
    free, total = found.get("freeStorageSpaceInBytes"), found.get("totalStorageSpaceInBytes")
    if not isinstance(free, int) or not isinstance(total, int) or not 0 <= free <= total or not total:
        return Summary()
    words = f"{short_size(total - free)} of {short_size(total)}, {short_size(free)} free"
    level = "warning" if free * 20 < total else ""
    return Summary(
        (Chart("Storage", (Bar("Used", total - free, total, total, words, level),), ("used", "free")),)
    )


def field_text(field: str, found: Mapping[str, Json], now: datetime) -> str:
    """One field as a person reads it; "" where Intune does not know."""
    value = found.get(field)
    if field.endswith(("DateTime", "Date")):
        if str(value).startswith(_UNSET):
            return "never" if field == "lastSyncDateTime" else ""
        return f"{shown_moment(value)[:16]}{_ago(value, now)}" if value else ""
    if field.endswith("InBytes"):
        return size(value) if isinstance(value, int) and value > 0 else ""
    if isinstance(value, bool):
        return flag_shown(value)
    return _WORDS.get(value, value) if isinstance(value, str) else text_of(value)


def _ago(value: Json, now: datetime) -> str:
    """How far away a moment is, in whole days; "" for what is no moment."""
    try:
        away = (datetime.fromisoformat(str(value)) - now).total_seconds() / 86_400
    except (ValueError, TypeError):
        return ""
    days = int(abs(away))
    if days == 0:
        return " (today)"
    words = f"{days:,} day{'s' if days > 1 else ''}"
    return f" ({words} ago)" if away < 0 else f" (in {words})"
