"""The published quotas (api-map §7.1) as token buckets."""

import math
import time
from collections.abc import Callable

from services.sandbox.answers import Call, Refusal

_WINDOWS = {
    "units": (8000.0, 10.0),
    "writes": (3000.0, 150.0),
    "tenant-writes": (18000.0, 300.0),
    "reports": (5.0, 10.0),
    "usage": (14.0, 600.0),
    "risk": (1.0, 1.0),
    "invitations": (150.0, 5.0),
    "intune": (2000.0, 20.0),
    "intune-writes": (200.0, 20.0),
    "outlook": (10000.0, 600.0),
}
"""Bucket -> (capacity, seconds in which it fills). Each mailbox has an `outlook` of its own."""

_SIZES = ((50, 3500.0), (500, 5000.0))
"""Users up to which a tenant has so many units."""

_OUTLOOK = frozenset({"photo", "photos", "mailboxsettings", "calendar", "calendars"})


class Quotas:
    """Charges every call; `scale` makes the quotas' time run that many times faster.

    Retry-After counts the quotas' own seconds: who comes with a clock that runs as fast waits as long as with
    the real service; whoever does not waits too long, never too short.
    """

    def __init__(
        self, scale: float = 1.0, monotonic: Callable[[], float] = time.monotonic, users: int = 2000
    ) -> None:
        self._scale = scale
        self._monotonic = monotonic
        self._units = next((units for most, units in _SIZES if users <= most), _WINDOWS["units"][0])
        self._level: dict[str, tuple[float, float]] = {}

    def charge(self, call: Call, units: int) -> float:
        """Takes what the call costs; how much of the quota is used, 0 to 1. Raises Refusal 429."""
        costs = _costs(call, units)
        used = [self._check(name, amount) for name, amount in costs.items()]
        for name, amount in costs.items():
            level, since = self._level[name]
            self._level[name] = (level - amount, since)
        return max(used)

    def _check(self, name: str, amount: float) -> float:
        kind = name.partition(" ")[0]
        capacity, seconds = _WINDOWS[kind]
        if kind == "units":
            capacity = self._units
        pace = capacity / seconds
        now = self._monotonic() * self._scale
        level, since = self._level.get(name, (capacity, now))
        level = min(capacity, level + (now - since) * pace)
        self._level[name] = (level, now)
        if level < amount:
            headers: tuple[tuple[str, str], ...] = (
                ("x-ms-throttle-scope", "Tenant_Application/ReadWrite"),
                ("x-ms-throttle-information", kind),
            )
            if kind != "risk":
                headers = (("Retry-After", str(math.ceil((amount - level) / pace))), *headers)
            raise Refusal(429, "TooManyRequests", "Too many requests: the quota is used up.", headers)
        return 1 - (level - amount) / capacity


def _costs(call: Call, units: int) -> dict[str, int]:
    parts = [part.lower() for part in call.segments]
    first, write = parts[0] if parts else "", call.method != "GET"
    of_user = parts[2] if first == "users" and len(parts) > 2 else ""
    if first == "identityprotection":
        return {"risk": 1}
    if first == "reports" and len(parts) > 1 and parts[1].startswith("get"):
        return {"usage": 1}
    if first in ("auditlogs", "reports"):
        return {"reports": 1}
    if first == "invitations":
        return {"invitations": 1}
    if first == "devicemanagement" or of_user == "manageddevices":
        return {"intune": 1} | ({"intune-writes": 1} if write else {})
    if of_user in _OUTLOOK:
        return {f"outlook {parts[1]}": 1}
    return {"units": units} | ({"writes": 1, "tenant-writes": 1} if write else {})
