"""The device page: one device as Intune knows it: what it is, compliance, sync, storage, and whose it is."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from functools import partial

from services.errors import NotPermitted
from services.operation import Answer, Json, Operation, Request, Service
from services.tabs.details import shown_moment
from services.tabs.fields import text_of
from services.tabs.mailbox_fields import flag_shown
from services.tabs.sizes import bar, size
from services.tabs.tab import FieldValue, Opening, Property, PropertyTab
from services.tenant import Tenant
from services.transport.urls import segment
from services.user import User
from state.values import Change

NO_INTUNE = "This tenant has no Intune licence, so no device is managed."
_NO_INTUNE = "AppLifecycle_2210"
_LOCK = "Kept by Intune"
_UNSET = ("0001-", "9999-")
"""How Intune writes a moment that nobody set, and one that never comes."""


def _fixed(section: str, **titles: str) -> tuple[Property, ...]:
    return tuple(Property(id_, title, section, kind="fixed") for id_, title in titles.items())


PROPERTIES = (
    *_fixed("Device", deviceName="Name", managedDeviceName="Name in Intune", manufacturer="Manufacturer",
            model="Model", serialNumber="Serial number", operatingSystem="System", osVersion="Version",
            deviceCategoryDisplayName="Category", managedDeviceOwnerType="Belongs to", notes="Notes"),
    *_fixed("Compliance", complianceState="Compliance", complianceGracePeriodExpirationDateTime="Grace period ends",
            isEncrypted="Encrypted", jailBroken="Jailbroken", isSupervised="Supervised",
            partnerReportedThreatState="Threat state"),
    *_fixed("Sync and enrolment", lastSyncDateTime="Last sync", enrolledDateTime="Enrolled",
            deviceEnrollmentType="Way of enrolment", enrollmentProfileName="Enrolment profile",
            deviceRegistrationState="Registration", managementAgent="Managed by",
            managementState="State", managementCertificateExpirationDate="Certificate ends"),
    *_fixed("Users", primaryUser="Primary user", userDisplayName="Enrolled for", userPrincipalName="User name",
            emailAddress="Mail", phoneNumber="Phone"),
    *_fixed("Storage", usage="Usage", freeStorageSpaceInBytes="Free", totalStorageSpaceInBytes="Size",
            physicalMemoryInBytes="Memory"),
    *_fixed("Network and ids", wiFiMacAddress="Wi-Fi address", ethernetMacAddress="Ethernet address",
            imei="IMEI", azureADDeviceId="Entra device id", id="Intune device id"),
)  # fmt: skip

_ALWAYS = ("deviceName", "complianceState", "lastSyncDateTime", "primaryUser")
"""What is on the page also where it is empty."""

_MADE_HERE = frozenset({"primaryUser", "usage"})
_FIELDS = tuple(p.id for p in PROPERTIES if p.id not in _MADE_HERE)
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
    tab = PropertyTab(
        id="device",
        title=title,
        about="One device as Intune knows it: compliance, last sync, storage, and its primary user.",
        properties=PROPERTIES,
        load=partial(_load, device),
        plan=_plan,
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


async def _load(device: str, tenant: Tenant, _: User) -> list[FieldValue]:
    """The device and its primary user, live. Raises `RollcallError` where the device cannot be read."""
    path = f"/deviceManagement/managedDevices/{segment(device)}"
    request = Request(Service.GRAPH, path=path, query=(("$select", ",".join(_FIELDS)),))
    try:
        found = await tenant.read(request)
    except NotPermitted as error:
        raise without_intune(error) from None
    (answer,) = await tenant.ask([users_of(device)])
    made = {"primaryUser": primary_of(answer), "usage": _usage(found)}
    now = tenant.clock.now()
    shown = {p.id: made.get(p.id) or _shown(p.id, found, now) for p in PROPERTIES}
    return [
        FieldValue(field, found.get(field), text, _LOCK)
        for field, text in shown.items()
        if text or field in _ALWAYS
    ]


def _plan(_: Sequence[Change]) -> list[Operation]:
    """Nothing here can be staged."""
    return []


def _called(person: Mapping[str, Json]) -> str:
    return text_of(person.get("displayName") or person.get("userPrincipalName") or person.get("id"))


def _usage(found: Mapping[str, Json]) -> str:
    free, total = found.get("freeStorageSpaceInBytes"), found.get("totalStorageSpaceInBytes")
    return bar(total - free, total) if isinstance(free, int) and isinstance(total, int) else ""


def _shown(field: str, found: Mapping[str, Json], now: datetime) -> str:
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
