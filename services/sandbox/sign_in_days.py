"""Thirty days of everybody's sign-ins, each day drawn anew from the user's id and its date whenever it is asked."""

import zlib
from collections.abc import Callable, Iterator
from datetime import UTC, date, datetime, timedelta
from random import Random
from typing import Any, NamedTuple
from uuid import UUID

from services.sandbox.answers import DECODE, Json
from services.sandbox.store import Store

_DAYS = 30
_APPS = (
    ("Office 365 Exchange Online", "00000002-0000-0ff1-ce00-000000000000"),
    ("Microsoft Teams", "1fec8e78-bce4-4aaf-ab1b-5451cc387264"),
    ("Office 365 SharePoint Online", "00000003-0000-0ff1-ce00-000000000000"),
    ("Azure Portal", "c44b4083-3bb0-49c1-b47d-974e53cbdf3c"),
)
_BROWSER, _DESKTOP = "Browser", "Mobile Apps and Desktop clients"
_SYSTEMS = (("Windows 11", "Edge 131"), ("MacOs", "Safari 18"), ("Ios 18", "Mobile Safari"))
_STRANGE = ("Linux", "Firefox 133")


class Place(NamedTuple):
    """Where somebody signs in."""

    city: str
    state: str
    country: str
    latitude: float
    longitude: float


_HOMES = (
    Place("Seattle", "Washington", "US", 47.6, -122.3), Place("Berlin", "Berlin", "DE", 52.5, 13.4),
    Place("Lisbon", "Lisboa", "PT", 38.7, -9.1), Place("Osaka", "Osaka", "JP", 34.7, 135.5),
)  # fmt: skip
_ABROAD = (
    Place("Lagos", "Lagos", "NG", 6.5, 3.4), Place("São Paulo", "São Paulo", "BR", -23.6, -46.6),
    Place("Perth", "Western Australia", "AU", -31.9, 115.9), Place("Almaty", "Almaty", "KZ", 43.2, 76.9),
    Place("Cape Town", "Western Cape", "ZA", -33.9, 18.4), Place("Lima", "Lima", "PE", -12.0, -77.0),
    Place("Hanoi", "Hanoi", "VN", 21.0, 105.8),
)  # fmt: skip
_WRONG = (50126, "Error validating credentials due to invalid username or password.")
_FAILURES = (
    _WRONG,
    (50074, "Strong Authentication is required."),
    (53003, "Access has been blocked by Conditional Access policies."),
)
_DISABLED = (50057, "The user account is disabled.")
_DENIED = (500121, "Authentication failed during strong authentication request.")
_EVERY = 5
"""Days from one odd event of a user to the next, so that a week has one or two."""


_FIRST = (40, 4, 4, 4)
"""Sign-ins a day of the first users of the tenant: of the very first so many that a week takes several pages."""


class Habits(NamedTuple):
    """What is the same on all days of a user."""

    user: dict[str, Json]
    seq: int
    home: Place
    addresses: tuple[str, ...]
    systems: tuple[tuple[str, str], ...]
    a_day: int


def documents(store: Store, key: str | None, interactive: bool) -> Iterator[dict[str, Json]]:
    """One user's sign-ins of the last thirty days, or everybody's."""
    end = last_moment(store)
    if key is not None:
        thing = store.find_user(key)
        if thing is not None:
            yield from _of(thing.seq, thing.read(), end, interactive)
        return
    sql = "SELECT seq, doc FROM objects JOIN docs USING (seq) WHERE type='user' AND deleted=0"
    for seq, doc in store.db.execute(sql):
        yield from _of(seq, DECODE(doc), end, interactive)


def first_day(store: Store) -> datetime:
    """The tenant's first day: what was seeded lies before it."""
    row = store.db.execute("SELECT doc FROM documents WHERE collection='organization'").fetchone()
    return datetime.fromisoformat(DECODE(row[0])["onPremisesLastSyncDateTime"])


def last_moment(store: Store) -> datetime:
    """Where the drawn history ends: now, or at the start of the day that the tenant was asked to live on."""
    fixed = store.db.execute("SELECT value FROM tenant WHERE key='epoch'").fetchone()
    return datetime.now(UTC) if fixed and not fixed[0] else first_day(store)


def _of(seq: int, user: dict[str, Json], end: datetime, interactive: bool) -> Iterator[dict[str, Json]]:
    random = Random(zlib.crc32(user["id"].encode()))  # noqa: S311 - the same each time it is asked
    a_day = random.choice((0, 1, 2, 4)) if user.get("accountEnabled") else 1
    if seq <= len(_FIRST):
        a_day = _FIRST[seq - 1]
    addresses = tuple(f"203.0.113.{random.randrange(1, 255)}" for _ in range(2))
    systems = (random.choice(_SYSTEMS[:2]), _SYSTEMS[2])
    habits = Habits(user, seq, random.choice(_HOMES), addresses, systems, a_day)
    for back in range(_DAYS + 1):
        day = (end - timedelta(days=back)).date()
        for document in _day(habits, day, interactive):
            at = datetime.fromisoformat(document["createdDateTime"])
            if end - timedelta(days=_DAYS) <= at < end:
                yield document


def _day(habits: Habits, day: date, interactive: bool) -> Iterator[dict[str, Json]]:
    kind = "" if interactive else "/token"
    random = Random(zlib.crc32(f"{habits.user['id']}/{day}{kind}".encode()))  # noqa: S311 - as above
    midnight = datetime(day.year, day.month, day.day, tzinfo=UTC)
    for _ in range(habits.a_day):
        at = midnight + timedelta(seconds=random.randrange(6 * 3600, 20 * 3600))
        if interactive:
            yield _usual(habits, at, random)
        else:
            yield sign_in(habits, at, random, client=_DESKTOP, interactive=False)
    story = _story(habits.seq - 1) if interactive else None
    if story is not None and (day.toordinal() + habits.seq) % _EVERY == 0:
        yield from story(habits, midnight, random)


def _usual(habits: Habits, at: datetime, random: Random) -> dict[str, Json]:
    failure = random.choice(_FAILURES) if random.random() < 0.08 else (0, "")
    if not habits.user.get("accountEnabled"):
        failure = _DISABLED
    return sign_in(habits, at, random, failure=failure, client=random.choice((_BROWSER, _DESKTOP)))


def sign_in(
    habits: Habits, at: datetime, random: Random, *, failure: tuple[int, str] = (0, ""), client: str = _BROWSER,
    place: Place | None = None, system: tuple[str, str] | None = None, level: str = "none", mfa: bool = True,
    interactive: bool = True,
) -> dict[str, Json]:  # fmt: skip
    """One sign-in, as usual but for what is said."""
    user, (app, app_id) = habits.user, random.choice(_APPS)
    where, address = place or habits.home, random.choice(habits.addresses)
    if place is not None:
        address = f"198.51.100.{random.randrange(1, 255)}"
    name, browser = system or random.choice((*habits.systems[:1] * 4, *habits.systems[1:]))
    managed, code = system is None, failure[0]
    return {
        "id": str(UUID(int=random.getrandbits(128), version=4)),
        "createdDateTime": at.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "userId": user["id"],
        "userDisplayName": user.get("displayName"),
        "userPrincipalName": user.get("userPrincipalName"),
        "appDisplayName": app,
        "appId": app_id,
        "resourceDisplayName": "Microsoft Graph",
        "resourceId": "00000003-0000-0000-c000-000000000000",
        "clientAppUsed": client,
        "correlationId": str(UUID(int=random.getrandbits(128), version=4)),
        "conditionalAccessStatus": ("failure" if code == 53003 else "success") if mfa else "notApplied",
        "appliedConditionalAccessPolicies": [_policy(code)] if mfa else [],
        "isInteractive": interactive,
        "riskDetail": "none" if level == "none" else "userPassedMFADrivenByRiskBasedPolicy",
        "riskLevelAggregated": level,
        "riskLevelDuringSignIn": level,
        "riskState": "none" if level == "none" else "remediated",
        "riskEventTypes_v2": [] if level == "none" else ["unlikelyTravel"],
        "userAgent": f"Mozilla/5.0 ({name}) {browser}",
        "ipAddress": address,
        "location": {
            "city": where.city,
            "state": where.state,
            "countryOrRegion": where.country,
            "geoCoordinates": {"altitude": None, "latitude": where.latitude, "longitude": where.longitude},
        },
        "deviceDetail": {
            "deviceId": "",
            "displayName": "",
            "operatingSystem": name,
            "browser": browser,
            "isCompliant": managed,
            "isManaged": managed,
            "trustType": "Azure AD joined" if managed else "",
        },
        "status": {"errorCode": code, "failureReason": failure[1] or "Other.", "additionalDetails": None},
        "signInEventTypes": ["interactiveUser" if interactive else "nonInteractiveUser"],
    }


def _policy(code: int) -> dict[str, Any]:
    return {
        "id": "5f4a2f0e-6b0e-4f53-9d4a-5a4d6a5f3d10",
        "displayName": "Require MFA for everybody",
        "enforcedGrantControls": ["Mfa"],
        "enforcedSessionControls": [],
        "result": "failure" if code == 53003 else "success",
    }


Story = Callable[[Habits, datetime, Random], Iterator[dict[str, Json]]]
"""What a user's odd day has beside the usual."""


def _foreign(day: datetime) -> Place:
    return _ABROAD[day.toordinal() // _EVERY % len(_ABROAD)]


def _journey(habits: Habits, day: datetime, random: Random) -> Iterator[dict[str, Json]]:
    """At home, and an hour later far away, on a computer that nobody knows."""
    noon = day + timedelta(hours=12, minutes=random.randrange(60))
    yield sign_in(habits, noon, random, place=habits.home)
    far = _foreign(day)
    yield sign_in(habits, noon + timedelta(hours=1), random, place=far, system=_STRANGE, level="high")


def _guessed(habits: Habits, day: datetime, random: Random) -> Iterator[dict[str, Json]]:
    """Wrong passwords, second factors that nobody confirmed, and then somebody gets in."""
    start = day + timedelta(hours=14)
    for number in range(6):
        at = start + timedelta(minutes=2 * number)
        yield sign_in(habits, at, random, failure=_WRONG, place=_foreign(day))
    for number in range(3):
        yield sign_in(
            habits, start + timedelta(minutes=15 + number), random, failure=_DENIED, place=_foreign(day)
        )
    yield sign_in(habits, start + timedelta(minutes=20), random, level="medium")


def _by_old_client(habits: Habits, day: datetime, random: Random) -> Iterator[dict[str, Json]]:
    """A program that reads mail with the password alone."""
    for number in range(4):
        client = "IMAP4" if number % 2 else "Authenticated SMTP"
        yield sign_in(habits, day + timedelta(hours=7 + 3 * number), random, client=client, mfa=False)


def _at_night(habits: Habits, day: datetime, random: Random) -> Iterator[dict[str, Json]]:
    """Somebody who never works at night."""
    yield sign_in(habits, day + timedelta(hours=2, minutes=random.randrange(50)), random, mfa=False)


def _strange_device(habits: Habits, day: datetime, random: Random) -> Iterator[dict[str, Json]]:
    """A computer of one's own."""
    yield sign_in(habits, day + timedelta(hours=18, minutes=random.randrange(50)), random, system=_STRANGE)


def _knocking(habits: Habits, day: datetime, random: Random) -> Iterator[dict[str, Json]]:
    """A telephone that still holds the password of a blocked account."""
    for number in range(4):
        yield sign_in(habits, day + timedelta(hours=8 + number), random, failure=_DISABLED)


_STORIES: dict[int, Story] = {0: _journey, 2: _guessed, 3: _at_night, 5: _knocking, 7: _by_old_client}
_LATER: dict[int, Story] = {0: _journey, 3: _by_old_client, 5: _guessed, 7: _strange_device, 8: _at_night}
"""By the last digit, for the people behind the well-known ones."""


def _story(number: int) -> Story | None:
    return _STORIES.get(number) if number < 10 else _LATER.get(number % 10)
