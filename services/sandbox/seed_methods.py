"""Sign-in methods for those whom the report calls registered: a number, a device or several of them.

Adele: primary mobile (her default), three devices. Alex: an office number alone. Joni, Lee: nothing.
"""

import base64
import hashlib
from datetime import datetime, timedelta
from random import Random
from typing import Any

from services.sandbox.answers import DECODE, ENCODE, Json
from services.sandbox.authentication_methods import AUTHENTICATORS, COLLECTION, DEFAULT, IDS, PHONES
from services.sandbox.options import Options
from services.sandbox.reports import registered_methods
from services.sandbox.seed_hostile import HOSTILE
from services.sandbox.store import Store

_ADELE, _ALEX, _LEE, _JONI = 0, 2, 4, 9
_NAMES = ("iPhone 16", "Pixel 9", "SM-S928B", "iPad Air", "Fairphone 5", "iPhone SE")
_CODES = {"DE": "+49 15123", "US": "+1 2065", "GB": "+44 7400", "FR": "+33 612", "JP": "+81 9012"}


def fill(store: Store, options: Options, epoch: datetime) -> None:
    """Writes one document for each user who has any method."""
    random = Random(options.seed + 7)  # noqa: S311 - a fixture, nothing secret
    rows = []
    sql = "SELECT seq, doc FROM objects JOIN docs USING (seq) WHERE type='user' AND deleted=0 ORDER BY seq"
    for seq, doc in store.db.execute(sql).fetchall():
        user = DECODE(doc)
        held = _of(seq - 1, user, random, epoch, options)
        if held[PHONES] or held[AUTHENTICATORS]:
            rows.append((COLLECTION, seq, user["id"], ENCODE(held)))
    store.db.executemany("INSERT INTO documents VALUES (?,?,?,?)", rows)


def _of(
    number: int, user: dict[str, Json], random: Random, epoch: datetime, options: Options
) -> dict[str, Any]:
    types, devices = _counts(number, user, random)
    names = list(_NAMES)
    if options.hostile and number == _ADELE:
        names, devices = list(HOSTILE), len(HOSTILE)
    code = _CODES.get(str(user.get("usageLocation")), _CODES["US"])
    phones = [
        {
            "id": IDS[kind],
            "phoneNumber": f"{code}{random.randrange(10**6):06d}",
            "phoneType": kind,
            "smsSignInState": "notAllowedByPolicy" if kind == "mobile" else "notSupported",
        }
        for kind in types
    ]
    found = [_device(user, each, names, random, epoch) for each in range(devices)]
    first = next(iter((*phones, *found)), None)
    return {
        "id": user["id"],
        PHONES: phones,
        AUTHENTICATORS: found,
        DEFAULT: first["id"] if first else "",
    }


def _counts(number: int, user: dict[str, Json], random: Random) -> tuple[tuple[str, ...], int]:
    """The types of the user's numbers, and how many devices."""
    fixed = {_ADELE: (("mobile",), 3), _ALEX: (("office",), 0), _LEE: ((), 0), _JONI: ((), 0)}
    drawn, more = random.random(), random.random()
    if number in fixed:
        return fixed[number]
    methods = registered_methods(user)
    types: tuple[str, ...] = ()
    if "mobilePhone" in methods:
        types = ("mobile", "alternateMobile") if drawn < 0.2 else ("mobile",)
    if methods and drawn > 0.8:
        types = (*types, "office")
    return types, (1 + int(more < 0.2)) if "microsoftAuthenticatorPush" in methods else 0


def _device(
    user: dict[str, Json], number: int, names: list[str], random: Random, epoch: datetime
) -> dict[str, Json]:
    digest = hashlib.md5(f"{user['id']}/{number}".encode(), usedforsecurity=False).digest()
    created = epoch - timedelta(days=random.randrange(900), seconds=random.randrange(86_400))
    return {
        "id": "_" + base64.urlsafe_b64encode(digest).decode().rstrip("=") + "2",
        "createdDateTime": created.strftime("%Y-%m-%dT%H:%M:%SZ"),
        "deviceTag": "SoftwareTokenActivated",
        "displayName": names[number % len(names)],
        "phoneAppVersion": f"6.{2401 + random.randrange(30)}.{random.randrange(9999)}",
    }
