"""The devices that Intune manages: Adele has four, everybody with an Intune plan up to three."""

from collections.abc import Callable, Iterator
from datetime import datetime, timedelta
from random import Random
from typing import Any

from services.sandbox.answers import DECODE, ENCODE, Json
from services.sandbox.devices import COLLECTION, PRIMARY
from services.sandbox.options import Options
from services.sandbox.seed_hostile import HOSTILE
from services.sandbox.seed_licences import INTUNE
from services.sandbox.store import Store

Guid = Callable[[int, str, int], str]
_ADELE, _ALEX = 0, 2
_MODELS = (
    ("Windows", "10.0.26100.2314", "Lenovo", "ThinkPad T14 Gen 5", "LAP"),
    ("macOS", "15.1.1 (24B91)", "Apple", "MacBook Pro 14", "MAC"),
    ("iOS", "18.1.1", "Apple", "iPhone 16", "PHONE"),
    ("Android", "15", "Google", "Pixel 9", "PIXEL"),
)
_NAMED = ("deviceName", "model", "manufacturer", "serialNumber", "osVersion")
"""What a hostile tenant fills with its own."""

_NEVER = "0001-01-01T00:00:00Z"
_UNSET = {
    "complianceGracePeriodExpirationDateTime": _NEVER,
    "easActivated": False,
    "easActivationDateTime": _NEVER,
    "exchangeAccessState": "none",
    "exchangeAccessStateReason": "none",
    "exchangeLastSuccessfulSyncDateTime": _NEVER,
    "isSupervised": False,
    "managementState": "managed",
    "managementCertificateExpirationDate": _NEVER,
    "partnerReportedThreatState": "unknown",
    "physicalMemoryInBytes": 0,
}
"""What Intune always answers, also where it knows nothing."""
_STATES = ("compliant",) * 7 + ("noncompliant", "inGracePeriod", "unknown")


def fill(store: Store, options: Options, guid: Guid, epoch: datetime) -> None:
    """Writes the devices; the place of a device is ten times its user's, so that more users change none."""
    random = Random(options.seed + 5)  # noqa: S311 - a fixture, nothing secret
    rows = []
    sql = "SELECT seq, doc FROM objects JOIN docs USING (seq) WHERE type='user' AND deleted=0 ORDER BY seq"
    for seq, doc in store.db.execute(sql):
        user = DECODE(doc)
        for number, model in enumerate(_models(seq, user, random)):
            place = seq * 10 + number
            device = _device(user, guid(options.seed, "device", place), place, model, random, epoch)
            if options.hostile:
                device |= {name: HOSTILE[(place + at) % len(HOSTILE)] for at, name in enumerate(_NAMED)}
            if seq - 1 == _ADELE and number == 1 and options.users > _ALEX:
                device[PRIMARY] = [guid(options.seed, "user", _ALEX)]
            rows.append((COLLECTION, place, device["id"], ENCODE(device)))
    store.db.executemany("INSERT INTO documents VALUES (?,?,?,?)", rows)


def _models(seq: int, user: dict[str, Json], random: Random) -> Iterator[int]:
    if seq - 1 == _ADELE:
        yield from (2, 0, 1, 3)
    elif any(plan["servicePlanId"] == INTUNE[0] for plan in user.get("assignedPlans") or ()):
        yield from (random.randrange(len(_MODELS)) for _ in range(random.randrange(4)))


def _device(
    user: dict[str, Json], identity: str, place: int, model: int, random: Random, epoch: datetime
) -> dict[str, Any]:
    system, version, maker, name, prefix = _MODELS[model]
    synced = epoch - timedelta(minutes=random.randrange(20_000))
    enrolled = epoch - timedelta(days=20 + random.randrange(700))
    storage = random.choice((128, 256, 512)) * 1024**3
    return {
        "id": identity,
        "deviceName": f"{prefix}-{place:06d}",
        "managedDeviceName": f"{user.get('mailNickname')}_{system}_{place}",
        "manufacturer": maker,
        "model": name,
        "serialNumber": f"SN{place:08d}",
        "operatingSystem": system,
        "osVersion": version,
        "complianceState": random.choice(_STATES),
        "lastSyncDateTime": synced.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "enrolledDateTime": enrolled.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "isEncrypted": random.random() < 0.9,
        "jailBroken": "True" if place % 97 == 31 else "False" if system in ("iOS", "Android") else "Unknown",
        "managedDeviceOwnerType": "company" if model < 3 else "personal",
        "managementAgent": "mdm",
        "deviceEnrollmentType": "windowsAzureADJoin" if system == "Windows" else "userEnrollment",
        "deviceRegistrationState": "registered",
        "azureADRegistered": True,
        "azureADDeviceId": identity[::-1].replace("-", "")[:8] + identity[8:],
        "totalStorageSpaceInBytes": storage,
        "freeStorageSpaceInBytes": random.randrange(storage),
        "userId": user["id"],
        "userPrincipalName": user.get("userPrincipalName"),
        "userDisplayName": user.get("displayName"),
        "emailAddress": user.get("mail") or "",
        **_UNSET,
        PRIMARY: [user["id"]],
    }
