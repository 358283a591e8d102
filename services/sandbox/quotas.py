"""The published quotas (api-map §7.1) as token buckets."""

import time
from collections.abc import Callable

from services.sandbox.answers import Call, Refusal

_WINDOWS = {
    "units": (8000.0, 10.0),
    "writes": (3000.0, 150.0),
    "reports": (5.0, 10.0),
    "risk": (1.0, 1.0),
    "invitations": (150.0, 5.0),
}
"""Bucket -> (capacity, seconds in which it fills)."""


class Quotas:
    """Charges every call; `scale` makes time run that many times faster."""

    def __init__(self, scale: float = 1.0, monotonic: Callable[[], float] = time.monotonic) -> None:
        self._scale = scale
        self._monotonic = monotonic
        self._level = {name: (capacity, monotonic()) for name, (capacity, _) in _WINDOWS.items()}

    def charge(self, call: Call, units: int) -> float:
        """Takes what the call costs; how much of the quota is used, 0 to 1. Raises Refusal 429."""
        first = call.segments[0].lower() if call.segments else ""
        if first == "identityprotection":
            return self._take("risk", 1, retry_after=False)
        if first in ("auditlogs", "reports"):
            return self._take("reports", 1)
        if first == "invitations":
            return self._take("invitations", 1)
        used = self._take("units", units)
        return used if call.method == "GET" else max(used, self._take("writes", 1))

    def _take(self, name: str, amount: float, retry_after: bool = True) -> float:
        capacity, seconds = _WINDOWS[name]
        pace = capacity / seconds * self._scale
        level, since = self._level[name]
        now = self._monotonic()
        level = min(capacity, level + (now - since) * pace)
        if level < amount:
            self._level[name] = (level, now)
            wait = max(1, round((amount - level) / pace + 0.5))
            headers: tuple[tuple[str, str], ...] = (
                ("x-ms-throttle-scope", "Tenant_Application/ReadWrite"),
                ("x-ms-throttle-information", name),
            )
            if retry_after:
                headers = (("Retry-After", str(wait)), *headers)
            raise Refusal(429, "TooManyRequests", "Too many requests: the quota is used up.", headers)
        self._level[name] = (level - amount, now)
        return 1 - (level - amount) / capacity
