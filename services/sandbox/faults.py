"""Faults that a tenant can be told to show: throttling, failures, cut connections, late visibility."""

from random import Random

import msgspec

GRAMMAR = """\
SPEC is NAME:key=value,key=value,... ; several may be given. Chances are drawn from the seed.

 throttle        429 with Retry-After for a whole request            retry_after=2 (none: no header)
 throttle-item   429 with Retry-After for an item of a $batch        retry_after=0.249
 applied-429     429 although the write (request or item) was applied  retry_after=1
 applied-504     504 although the write (request or item) was applied
 error           a 5xx with an error body (502 and 503: HTML)        status=503, retry_after=
 error-item      a 5xx for an item of a $batch                       status=503
 drop            the connection is cut                               when=before|after (the work is done)
 truncate        the answer stops half way
 foreign-link    a list's next page is on another host
 endless         a list has a next page, for ever
 gigantic        a list is larger than anybody wants                 megabytes=100
 deformed        objects of a list have wrong types, no fields, no id, the same id twice
 lag             membership writes are seen by reads later           seconds=5
 exchange-lag    an Exchange membership is seen by Graph later       seconds=5
 expire-delta    a delta token answers 410
 no-premium      sign-ins, registrations and risks answer 403, as without Entra ID P1
 no-premium-audits  the audit log answers 403 too, as some tenants without Entra ID P1 do
 no-p2           risks answer 403, as without Entra ID P2
 no-pim          eligible roles and activations answer 403, as without Entra ID P2
 no-intune       devices answer 403, as without Intune

Which calls: rate=0.05 (chance, default 1), path=TEXT (part of the path), method=POST, after=N (lets the
first N matching calls through), first=N (then hits N at most). A whole $batch is hit by applied-* only where
path=batch is given; else they hit its items. `throttle:first=1` hits exactly the first request."""

_KEYS: dict[str, frozenset[str]] = {
    "throttle": frozenset({"retry_after"}),
    "throttle-item": frozenset({"retry_after"}),
    "applied-429": frozenset({"retry_after"}),
    "applied-504": frozenset(),
    "error": frozenset({"status", "retry_after"}),
    "error-item": frozenset({"status", "retry_after"}),
    "drop": frozenset({"when"}),
    "truncate": frozenset(),
    "foreign-link": frozenset(),
    "endless": frozenset(),
    "gigantic": frozenset({"megabytes"}),
    "deformed": frozenset(),
    "lag": frozenset({"seconds"}),
    "exchange-lag": frozenset({"seconds"}),
    "expire-delta": frozenset(),
    "no-premium": frozenset(),
    "no-premium-audits": frozenset(),
    "no-p2": frozenset(),
    "no-pim": frozenset(),
    "no-intune": frozenset(),
}
_COMMON = frozenset({"rate", "path", "method", "after", "first"})
_NUMBERS = frozenset({"rate", "after", "first", "retry_after", "status", "seconds", "megabytes"})


class FaultError(ValueError):
    """The specification cannot be read; the message is one sentence."""


class Fault(msgspec.Struct):
    """One specification and how often it has matched."""

    name: str
    values: dict[str, str]
    random: Random
    matched: int = 0
    hit: int = 0

    def strikes(self, method: str, path: str) -> bool:
        """Whether this call is hit; counts it."""
        if self.values.get("path", "").lower() not in path.lower():
            return False
        if self.values.get("method", method).upper() != method:
            return False
        self.matched += 1
        if self.matched <= int(self.values.get("after", "0")) or self.hit >= int(
            self.values.get("first", "999999999")
        ):
            return False
        if self.random.random() >= float(self.values.get("rate", "1")):
            return False
        self.hit += 1
        return True

    def number(self, key: str, default: float) -> float:
        """A value as a number."""
        return float(self.values.get(key, default))


def read(specifications: tuple[str, ...], seed: int) -> list[Fault]:
    """The faults, each with its own seeded chance. Raises FaultError."""
    return [_one(text, seed * 1000 + place) for place, text in enumerate(specifications)]


def _one(text: str, seed: int) -> Fault:
    name, _, rest = text.partition(":")
    if name not in _KEYS:
        raise FaultError(f"Unknown fault '{name}': use one of {', '.join(sorted(_KEYS))}.")
    values = {}
    for part in filter(None, rest.split(",")):
        key, equals, value = part.partition("=")
        if not equals or key not in _KEYS[name] | _COMMON:
            raise FaultError(f"The fault '{name}' does not take '{part}'.")
        if key in _NUMBERS and not (key == "retry_after" and value == "none"):
            try:
                float(value)
            except ValueError:
                raise FaultError(f"'{value}' is no number: {text}.") from None
        values[key] = value
    if values.get("when", "before") not in ("before", "after"):
        raise FaultError(f"'when' is before or after: {text}.")
    return Fault(name, values, Random(seed))  # noqa: S311 - chance that a test can repeat
