"""What sign-ins tell: from where, how often in vain, by which client, with which device, at what time."""

import math
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from datetime import timedelta
from itertools import pairwise

from services.risk.facts import Facts, SignIn
from services.risk.rule import Category, Match, Rule, Severity, Source, counted, level
from services.risk.thresholds import Thresholds

WRONG_PASSWORD = frozenset({50126, 50053, 50055, 50056, 50064, 50144})
"""Error codes of a password that was tried in vain."""

_DENIED = frozenset({500121})
_BLOCKED = 50057
_LEGACY = (
    *("authenticated smtp", "autodiscover", "exchange activesync", "exchange online powershell"),
    *("exchange web services", "imap", "mapi over http", "offline address book", "other clients"),
    *("outlook anywhere", "pop", "reporting web services", "smtp", "universal outlook"),
)
"""How clients that know no second factor are called in the report (the start of their names)."""

_EARTH = 6371.0
"""Kilometres."""


def new_country(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """A success from a country that the user never came from before."""
    known = {s.country for s in facts.earlier if s.country}
    if len(facts.earlier) < limits.known_sign_ins or not known:
        return
    for country, some in _by(_successes(facts), lambda s: s.country).items():
        if country and country not in known:
            yield _match(some, country=_where(some[-1]), before=", ".join(sorted(known)))


def impossible_travel(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """Two successes too far apart for the time between them."""
    placed = [s for s in (*facts.earlier[-1:], *_successes(facts)) if s.place]
    for one, two in pairwise(placed):
        if one.place is None or two.place is None or one.address == two.address:
            continue
        distance = _kilometres(one.place, two.place)
        hours = max((two.at - one.at).total_seconds() / 3600, 1 / 60)
        if distance >= limits.travel_distance and distance / hours > limits.travel_speed:
            minutes = max(1, round(hours * 60))
            yield _match(
                [one, two], here=_where(one), there=_where(two), km=f"{distance:,.0f}", after=_span(minutes)
            )


def many_countries(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """Successes from several countries on one day."""
    for day, some in _by(_successes(facts), lambda s: f"{s.at:%Y-%m-%d}").items():
        countries = sorted({s.country for s in some if s.country})
        if len(countries) >= limits.countries:
            yield _match(some, day=day, number=str(len(countries)), countries=", ".join(countries))


def failed_addresses(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """Passwords tried in vain from many addresses."""
    failed = [s for s in facts.recent if s.code in WRONG_PASSWORD]
    addresses = {s.address for s in failed if s.address}
    if len(addresses) >= limits.failed_addresses:
        yield _match(failed, times=counted(len(failed), "time"), addresses=str(len(addresses)))


def failures_then_success(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """Many wrong passwords, and then the right one."""
    failed: list[SignIn] = []
    span = timedelta(minutes=limits.failure_minutes)
    for sign_in in facts.recent:
        if sign_in.code in WRONG_PASSWORD:
            failed.append(sign_in)
        elif sign_in.ok:
            near = [s for s in failed if sign_in.at - s.at <= span]
            if len(near) >= limits.failures:
                yield _match([*near, sign_in], number=str(len(near)), where=_from(sign_in), app=sign_in.app)
            failed = []


def risky_sign_in(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """A sign-in that the service itself calls risky; those that a detection tells more of are left out."""
    told = {d.sign_in for d in facts.detections}
    for sign_in in facts.recent:
        found = level(sign_in.level)
        if found is not None and sign_in.id not in told:
            words = {"app": sign_in.app, "where": _from(sign_in), "level": sign_in.level}
            yield _match([sign_in], found, **words)


def unusual_hour(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """A success at a time of day at which the user never signs in."""
    known = {s.at.hour for s in facts.earlier}
    if len(facts.earlier) < limits.quiet_sign_ins:
        return
    odd = [s for s in _successes(facts) if min(_apart(s.at.hour, h) for h in known) >= limits.quiet_hours]
    for some in _by(odd, lambda s: f"{s.at:%Y-%m-%d}").values():
        yield _match(some, time=f"{some[0].at.astimezone():%H:%M}", app=some[0].app, where=_from(some[0]))


def no_second_factor(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """A success without a second factor where the user's other sign-ins need one."""
    if sum(s.mfa is True for s in facts.sign_ins) < limits.known_sign_ins:
        return
    bare = [s for s in _successes(facts) if s.mfa is False]
    for app, some in _by(bare, lambda s: s.app).items():
        yield _match(some, app=app, times=counted(len(some), "time"), where=_from(some[-1]))


def denied(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """Requests for a second factor that were denied or not answered, several on one day."""
    refused = [s for s in facts.recent if s.code in _DENIED]
    for day, some in _by(refused, lambda s: f"{s.at:%Y-%m-%d}").items():
        if len(some) >= limits.denials:
            yield _match(some, times=counted(len(some), "time"), day=day, where=_from(some[-1]))


def blocked_account(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """Tries to sign in to an account that is blocked."""
    some = [s for s in facts.recent if s.code == _BLOCKED]
    if len(some) >= limits.blocked_attempts:
        yield _match(some, times=counted(len(some), "time"), where=_from(some[-1]))


def legacy_protocol(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """A success by a protocol that knows no second factor."""
    old = [s for s in _successes(facts) if s.client.casefold().startswith(_LEGACY)]
    for client, some in _by(old, lambda s: s.client).items():
        yield _match(some, client=client, times=counted(len(some), "time"), where=_from(some[-1]))


def unmanaged_device(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """A success from a device that nobody manages, by a user who has managed ones."""
    if not any(s.managed for s in facts.sign_ins):
        return
    strange = [s for s in _successes(facts) if s.managed is False]
    for system, some in _by(strange, lambda s: s.system or "an unknown system").items():
        yield _match(some, system=system, times=counted(len(some), "time"), where=_from(some[-1]))


def noncompliant_device(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """A success from a managed device that does not meet the organisation's rules."""
    bad = [s for s in _successes(facts) if s.managed and s.compliant is False]
    for system, some in _by(bad, lambda s: s.system or "an unknown system").items():
        yield _match(some, system=system, times=counted(len(some), "time"), where=_from(some[-1]))


def _successes(facts: Facts) -> list[SignIn]:
    return [s for s in facts.recent if s.ok]


def _by(some: Sequence[SignIn], key: Callable[[SignIn], str]) -> dict[str, list[SignIn]]:
    found: dict[str, list[SignIn]] = defaultdict(list)
    for sign_in in some:
        found[key(sign_in)].append(sign_in)
    return found


def _match(some: Sequence[SignIn], severity: Severity | None = None, **values: str) -> Match:
    return Match(
        at=some[-1].at,
        values=values,
        actions=tuple(s.id for s in some),
        records=tuple(s.raw for s in reversed(some)),
        severity=severity,
    )


def _where(sign_in: SignIn) -> str:
    return ", ".join(filter(None, (sign_in.city, sign_in.country))) or sign_in.address or "an unknown place"


def _from(sign_in: SignIn) -> str:
    place = ", ".join(filter(None, (sign_in.city, sign_in.country)))
    return f"{sign_in.address} ({place})" if sign_in.address and place else sign_in.address or _where(sign_in)


def _apart(one: int, two: int) -> int:
    """Hours between two times of day."""
    return min((one - two) % 24, (two - one) % 24)


def _span(minutes: int) -> str:
    return counted(minutes, "minute") if minutes < 120 else f"{minutes / 60:.1f} hours"


def _kilometres(one: tuple[float, float], two: tuple[float, float]) -> float:
    """Along the great circle, by the haversine formula."""
    a, b, c, d = (math.radians(x) for x in (*one, *two))
    half = math.sin((c - a) / 2) ** 2 + math.cos(a) * math.cos(c) * math.sin((d - b) / 2) ** 2
    return 2 * _EARTH * math.asin(min(1.0, math.sqrt(half)))


_ASK = "Ask the user whether it was they; if not, revoke the sessions and reset the password."

RULES = (
    Rule(
        id="new-country", category=Category.NETWORK, source=Source.SIGN_INS, severity=Severity.HIGH,
        condition=new_country, thresholds=("known_sign_ins",),
        sentence="Signed in from {country}, a country never seen before (known: {before})", hint=_ASK,
    ),
    Rule(
        id="impossible-travel", category=Category.NETWORK, source=Source.SIGN_INS, severity=Severity.HIGH,
        condition=impossible_travel, thresholds=("travel_speed", "travel_distance"),
        sentence="Signed in from {here}, and {after} later from {there}, {km} km away",
        hint="Either a VPN stands in between, or two people use the account. " + _ASK,
    ),
    Rule(
        id="many-countries", category=Category.NETWORK, source=Source.SIGN_INS, severity=Severity.MEDIUM,
        condition=many_countries, thresholds=("countries",),
        sentence="Signed in from {number} countries on {day}: {countries}", hint=_ASK,
    ),
    Rule(
        id="failed-addresses", category=Category.NETWORK, source=Source.SIGN_INS, severity=Severity.MEDIUM,
        condition=failed_addresses, thresholds=("failed_addresses",),
        sentence="A wrong password was tried {times} from {addresses} addresses",
        hint="Somebody guesses. See that a second factor is registered, and block what is not needed abroad.",
    ),
    Rule(
        id="failures-then-success", category=Category.IDENTITY, source=Source.SIGN_INS, severity=Severity.HIGH,
        condition=failures_then_success, thresholds=("failures", "failure_minutes"),
        sentence="{number} wrong passwords, then a sign-in to {app} from {where}",
        hint="A guessed password looks like this. " + _ASK,
    ),
    Rule(
        id="risky-sign-in", category=Category.IDENTITY, source=Source.SIGN_INS, severity=Severity.MEDIUM,
        condition=risky_sign_in,
        sentence="Entra ID calls a sign-in to {app} from {where} a {level} risk", hint=_ASK,
    ),
    Rule(
        id="unusual-hour", category=Category.IDENTITY, source=Source.SIGN_INS, severity=Severity.LOW,
        condition=unusual_hour, thresholds=("quiet_hours", "quiet_sign_ins"),
        sentence="Signed in to {app} at {time}, when this user never does, from {where}",
        hint="Look at what was done then in Audit Logs. " + _ASK,
    ),
    Rule(
        id="no-second-factor", category=Category.IDENTITY, source=Source.SIGN_INS, severity=Severity.MEDIUM,
        condition=no_second_factor, thresholds=("known_sign_ins",),
        sentence="Signed in to {app} {times} without a second factor, last from {where}",
        hint="No policy asked for one here, though others do: see which conditional access policy leaves {app} out.",
    ),
    Rule(
        id="second-factor-denied", category=Category.IDENTITY, source=Source.SIGN_INS, severity=Severity.HIGH,
        condition=denied, thresholds=("denials",),
        sentence="The second factor was denied or not answered {times} on {day}, last from {where}",
        hint="The password is known to whoever asked: reset it, and revoke the sessions.",
    ),
    Rule(
        id="blocked-account", category=Category.IDENTITY, source=Source.SIGN_INS, severity=Severity.MEDIUM,
        condition=blocked_account, thresholds=("blocked_attempts",),
        sentence="Somebody tried {times} to sign in to this blocked account, last from {where}",
        hint="A device or a service still holds the password: find it by the address and the application.",
    ),
    Rule(
        id="legacy-protocol", category=Category.CONFIGURATION, source=Source.SIGN_INS, severity=Severity.MEDIUM,
        condition=legacy_protocol,
        sentence="{client} was used {times}, which knows no second factor, last from {where}",
        hint="Close the protocol on the tab Mail, or block legacy authentication by a policy.",
    ),
    Rule(
        id="unmanaged-device", category=Category.ENDPOINT, source=Source.SIGN_INS, severity=Severity.LOW,
        condition=unmanaged_device,
        sentence="Signed in {times} from a device that is not managed ({system}), last from {where}",
        hint="Have the device enrolled, or demand a managed device by a policy.",
    ),
    Rule(
        id="noncompliant-device-used", category=Category.ENDPOINT, source=Source.SIGN_INS,
        severity=Severity.MEDIUM, condition=noncompliant_device,
        sentence="Signed in {times} from a device that does not meet the rules ({system}), last from {where}",
        hint="See on the tab Devices what it lacks, and demand compliance by a policy.",
    ),
)  # fmt: skip
