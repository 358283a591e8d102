"""Facts: what the services said about one user, as typed values; what is missing or odd becomes None."""

from collections.abc import Iterable, Mapping
from datetime import UTC, datetime, timedelta

import msgspec

from services.operation import Json

DAYS = 7
"""The days that the tab is about; what is older is only compared with."""


_UNKNOWN = -1
"""The code of a sign-in whose result the report does not tell: neither a success nor a known failure."""


class SignIn(msgspec.Struct, frozen=True):
    """One sign-in; `code` 0 is a success. `mfa` tells whether a second factor was asked for, where one knows."""

    id: str
    at: datetime
    code: int
    app: str
    client: str
    address: str
    country: str
    city: str
    place: tuple[float, float] | None
    mfa: bool | None
    level: str
    system: str
    managed: bool | None
    compliant: bool | None
    raw: Json

    @property
    def ok(self) -> bool:
        """Whether the user got in."""
        return self.code == 0


class Detection(msgspec.Struct, frozen=True):
    """One detection of Identity Protection; `sign_in` is the id of the sign-in it is about."""

    id: str
    at: datetime
    kind: str
    level: str
    state: str
    sign_in: str
    address: str
    where: str
    raw: Json


class Audit(msgspec.Struct, frozen=True):
    """One entry of the directory's audit log; `by` is the id of the person who did it."""

    id: str
    at: datetime
    activity: str
    result: str
    by: str
    who: str
    targets: tuple[str, ...]
    names: tuple[str, ...]
    raw: Json


class Device(msgspec.Struct, frozen=True):
    """One managed device."""

    id: str
    name: str
    system: str
    version: str
    compliance: str
    encrypted: bool | None
    jailbroken: bool
    threat: str
    synced: datetime | None
    raw: Json


class Facts(msgspec.Struct, frozen=True, kw_only=True):
    """Everything that was read about one user; what could not be read is empty or None.

    `sign_ins` reach further back than the seven days. `account`, `mailbox`, `risky` and `registration` are the
    services' own objects; `history` is that of the user's risk.
    """

    user: str
    now: datetime
    account: Mapping[str, Json] = {}
    sign_ins: tuple[SignIn, ...] = ()
    detections: tuple[Detection, ...] = ()
    audits: tuple[Audit, ...] = ()
    devices: tuple[Device, ...] = ()
    mailbox: Mapping[str, Json] | None = None
    risky: Mapping[str, Json] | None = None
    history: tuple[Mapping[str, Json], ...] = ()
    registration: Mapping[str, Json] | None = None

    @property
    def since(self) -> datetime:
        """Where the seven days begin: at midnight, as today is one of them."""
        today = self.now.astimezone().replace(hour=0, minute=0, second=0, microsecond=0)
        return today - timedelta(days=DAYS - 1)

    @property
    def recent(self) -> list[SignIn]:
        """The sign-ins of the seven days, oldest first."""
        return sorted((s for s in self.sign_ins if s.at >= self.since), key=_time)

    @property
    def earlier(self) -> list[SignIn]:
        """The successful ones before them."""
        return sorted((s for s in self.sign_ins if s.at < self.since and s.ok), key=_time)


def _time(sign_in: SignIn) -> datetime:
    return sign_in.at


def moment(value: Json) -> datetime | None:
    """An instant of a service, in UTC; None for what is none, or is the services' "never"."""
    try:
        at = datetime.fromisoformat(str(value))
    except ValueError:
        return None
    at = at if at.tzinfo else at.replace(tzinfo=UTC)
    return at.astimezone(UTC) if at.year > 1 else None


def sign_ins(records: Iterable[Json]) -> tuple[SignIn, ...]:
    """The sign-ins that have a time, each once."""
    found = {str(r.get("id")): made for r in records if (made := _sign_in(r)) is not None}
    return tuple(found.values())


def detections(records: Iterable[Json]) -> tuple[Detection, ...]:
    """The detections that have a time."""
    found = []
    for record in records:
        at = moment(record.get("activityDateTime")) or moment(record.get("detectedDateTime"))
        if at is None:
            continue
        place = _dict(record.get("location"))
        where = ", ".join(filter(None, (_text(place.get("city")), _text(place.get("countryOrRegion")))))
        fields = ("riskEventType", "riskLevel", "riskState", "requestId", "ipAddress")
        kind, level, state, sign_in, address = (_text(record.get(name)) for name in fields)
        identity = _text(record.get("id"))
        found.append(Detection(identity, at, kind, level, state, sign_in, address, where, record))
    return tuple(found)


def audits(records: Iterable[Json]) -> tuple[Audit, ...]:
    """The entries that have a time, each once: one on the user by the user comes from both lists."""
    found: dict[str, Audit] = {}
    for record in records:
        at = moment(record.get("activityDateTime"))
        if at is None:
            continue
        by = _dict(record.get("initiatedBy"))
        user, app = _dict(by.get("user")), _dict(by.get("app"))
        who = user.get("userPrincipalName") or user.get("displayName") or app.get("displayName")
        targets = [t for t in record.get("targetResources") or () if isinstance(t, dict)]
        identity = _text(record.get("id"))
        found[identity] = Audit(
            identity,
            at,
            _text(record.get("activityDisplayName")),
            _text(record.get("result")),
            _text(user.get("id")),
            _text(who),
            tuple(_text(t.get("id")) for t in targets),
            tuple(n for t in targets if (n := _text(t.get("displayName") or t.get("userPrincipalName")))),
            record,
        )
    return tuple(found.values())


def devices(records: Iterable[Json]) -> tuple[Device, ...]:
    """The managed devices."""
    fields = ("id", "deviceName", "operatingSystem", "osVersion", "complianceState")
    found = []
    for record in records:
        identity, name, system, release, compliance = (_text(record.get(field)) for field in fields)
        found.append(
            Device(
                identity,
                name or identity,
                system,
                release,
                compliance,
                _flag(record.get("isEncrypted")),
                _text(record.get("jailBroken")).casefold() == "true",
                _text(record.get("partnerReportedThreatState")),
                moment(record.get("lastSyncDateTime")),
                record,
            )
        )
    return tuple(found)


def _sign_in(record: Json) -> SignIn | None:
    at = moment(record.get("createdDateTime"))
    if at is None:
        return None
    status, place = _dict(record.get("status")), _dict(record.get("location"))
    device = _dict(record.get("deviceDetail"))
    code = status.get("errorCode")
    return SignIn(
        id=_text(record.get("id")),
        at=at,
        code=code if isinstance(code, int) else _UNKNOWN,
        app=_text(record.get("appDisplayName")) or "an application",
        client=_text(record.get("clientAppUsed")),
        address=_text(record.get("ipAddress")),
        country=_text(place.get("countryOrRegion")).upper(),
        city=_text(place.get("city")),
        place=_coordinates(_dict(place.get("geoCoordinates"))),
        mfa=_second_factor(record, status),
        level=_text(record.get("riskLevelDuringSignIn")),
        system=_text(device.get("operatingSystem")),
        managed=_flag(device.get("isManaged")),
        compliant=_flag(device.get("isCompliant")),
        raw=record,
    )


def _second_factor(record: Json, status: Mapping[str, Json]) -> bool | None:
    """The report does not say it in one field: a policy that demanded it, or what is said of the result."""
    if _text(status.get("additionalDetails")).casefold().startswith("mfa"):
        return True
    policies = record.get("appliedConditionalAccessPolicies") or ()
    for policy in (_dict(p) for p in policies):
        controls = policy.get("enforcedGrantControls") or ()
        if policy.get("result") == "success" and any("mfa" in str(c).casefold() for c in controls):
            return True
    return False if record.get("conditionalAccessStatus") == "notApplied" else None


def _coordinates(place: Mapping[str, Json]) -> tuple[float, float] | None:
    latitude, longitude = place.get("latitude"), place.get("longitude")
    if not isinstance(latitude, int | float) or not isinstance(longitude, int | float):
        return None
    # nobody signs in from the null island: the service writes zeros for what it does not know
    return (float(latitude), float(longitude)) if latitude or longitude else None


def _dict(value: Json) -> Mapping[str, Json]:
    return value if isinstance(value, dict) else {}


def _text(value: Json) -> str:
    return "" if value is None else str(value)


def _flag(value: Json) -> bool | None:
    return value if isinstance(value, bool) else None
