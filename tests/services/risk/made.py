"""Facts made by hand, in the words that the services use."""

from datetime import UTC, datetime, timedelta
from itertools import count
from typing import Any

from services.risk import facts as typed
from services.risk.facts import Facts

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
ME, ADMIN = "me", "admin"
PLACES = {
    "US": ("Seattle", 47.6, -122.3),
    "DE": ("Berlin", 52.5, 13.4),
    "PT": ("Lisbon", 38.7, -9.1),
    "JP": ("Osaka", 34.7, 135.5),
}
_NUMBERS = count()


def ago(**span: float) -> str:
    """The moment so long before `NOW`, as a service writes it."""
    return (NOW - timedelta(**span)).strftime("%Y-%m-%dT%H:%M:%SZ")


def sign_in(at: str, country: str = "US", code: int = 0, **fields: Any) -> dict[str, Any]:
    """One sign-in as the report has it."""
    city, latitude, longitude = PLACES.get(country, ("", None, None))
    return {
        "id": f"s{next(_NUMBERS)}",
        "createdDateTime": at,
        "userId": ME,
        "appDisplayName": "Teams",
        "clientAppUsed": "Browser",
        "ipAddress": f"203.0.113.{list(PLACES).index(country) if country in PLACES else 9}",
        "conditionalAccessStatus": "success",
        "location": {
            "city": city,
            "countryOrRegion": country,
            "geoCoordinates": {"latitude": latitude, "longitude": longitude},
        },
        "deviceDetail": {"operatingSystem": "Windows 11", "isManaged": True, "isCompliant": True},
        "status": {"errorCode": code, "failureReason": "", "additionalDetails": None},
        "riskLevelDuringSignIn": "none",
        **fields,
    }


def habits(number: int = 30, country: str = "US", **fields: Any) -> list[dict[str, Any]]:
    """Sign-ins of the weeks before, all of them at nine in the morning or later."""
    return [sign_in(ago(days=8 + n % 20, hours=n % 4), country, **fields) for n in range(number)]


def detection(kind: str, **fields: Any) -> dict[str, Any]:
    """One detection."""
    return {
        "id": f"d{next(_NUMBERS)}",
        "riskEventType": kind,
        "riskLevel": "high",
        "riskState": "atRisk",
        "detectedDateTime": ago(hours=3),
        "activityDateTime": ago(hours=4),
        "requestId": "s-of-detection",
        "ipAddress": "198.51.100.9",
        "location": {"city": "Osaka", "countryOrRegion": "JP"},
        "userId": ME,
        **fields,
    }


def audit(activity: str, by: str = ADMIN, on: tuple[str, ...] = (ME,), **fields: Any) -> dict[str, Any]:
    """One entry of the audit log."""
    return {
        "id": f"a{next(_NUMBERS)}",
        "activityDateTime": ago(hours=5),
        "activityDisplayName": activity,
        "result": "success",
        "initiatedBy": {"user": {"id": by, "userPrincipalName": f"{by}@contoso.example"}, "app": None},
        "targetResources": [{"id": one, "displayName": f"name of {one}"} for one in on],
        **fields,
    }


def device(**fields: Any) -> dict[str, Any]:
    """One device that nothing is wrong with."""
    return {
        "id": f"v{next(_NUMBERS)}",
        "deviceName": "LAP-1",
        "operatingSystem": "Windows",
        "osVersion": "10.0.26100.1",
        "complianceState": "compliant",
        "isEncrypted": True,
        "jailBroken": "False",
        "partnerReportedThreatState": "secured",
        "lastSyncDateTime": ago(days=1),
        **fields,
    }


MAILBOX = {
    "PrimarySmtpAddress": "me@contoso.example",
    "EmailAddresses": ["SMTP:me@contoso.example", "smtp:me@mail.contoso.example"],
    "ForwardingSmtpAddress": None,
    "DeliverToMailboxAndForward": False,
    "HiddenFromAddressListsEnabled": False,
    "AuditEnabled": True,
    "ImapEnabled": False,
    "PopEnabled": False,
    "SmtpClientAuthenticationDisabled": None,
    "AutoReplyState": "Disabled",
    "ExternalAudience": "All",
}


def facts(
    sign_ins: list[Any] | None = None,
    detections: list[Any] | None = None,
    audits: list[Any] | None = None,
    devices: list[Any] | None = None,
    **others: Any,
) -> Facts:
    """Facts of these records."""
    return Facts(
        user=ME,
        now=NOW,
        sign_ins=typed.sign_ins(sign_ins or []),
        detections=typed.detections(detections or []),
        audits=typed.audits(audits or []),
        devices=typed.devices(devices or []),
        **others,
    )
