"""What Intune tells of a user's devices: rules they do not meet, encryption, age, and what attacks them."""

from collections.abc import Callable, Iterator
from datetime import timedelta

from services.risk.facts import Device, Facts
from services.risk.rule import Category, Condition, Match, Rule, Severity, Source
from services.risk.thresholds import Thresholds, version

_THREATS = {
    "lowSeverity": Severity.LOW,
    "mediumSeverity": Severity.MEDIUM,
    "highSeverity": Severity.HIGH,
    "compromised": Severity.HIGH,
}
_OLDEST = {
    "windows": "oldest_windows",
    "macos": "oldest_macos",
    "ios": "oldest_ios",
    "ipados": "oldest_ios",
    "android": "oldest_android",
}


def each(test: Callable[[Device], bool]) -> Condition:
    """The devices of which this is so."""

    def condition(facts: Facts, limits: Thresholds) -> Iterator[Match]:
        for device in facts.devices:
            if test(device):
                yield _match(device)

    return condition


def stale(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """Devices that have not been heard of for many days."""
    for device in facts.devices:
        if device.synced is not None and facts.now - device.synced > timedelta(days=limits.stale_days):
            yield _match(device, days=str((facts.now - device.synced).days))


def old_system(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """Devices whose system gets no more security updates, as far as the thresholds know."""
    for device in facts.devices:
        kind = device.system.casefold().split(" ")[0]
        oldest = getattr(limits, _OLDEST[kind]) if kind in _OLDEST else ""
        held = version(device.version)
        if oldest and held and held < version(oldest):
            yield _match(device, system=f"{device.system} {device.version}", oldest=oldest)


def threatened(facts: Facts, limits: Thresholds) -> Iterator[Match]:
    """Devices on which the defence reports a threat."""
    for device in facts.devices:
        if device.threat in _THREATS:
            yield _match(device, _THREATS[device.threat], threat=device.threat)


def _match(device: Device, severity: Severity | None = None, **values: str) -> Match:
    return Match(values={"device": device.name, **values}, records=(device.raw,), severity=severity)


RULES = (
    Rule(
        id="device-noncompliant", category=Category.ENDPOINT, source=Source.DEVICES, severity=Severity.HIGH,
        condition=each(lambda d: d.compliance == "noncompliant"),
        sentence="{device} does not meet the compliance rules",
        hint="See in Intune which setting is wrong; until then keep it from company data by a policy.",
    ),
    Rule(
        id="device-in-grace", category=Category.ENDPOINT, source=Source.DEVICES, severity=Severity.LOW,
        condition=each(lambda d: d.compliance == "inGracePeriod"),
        sentence="{device} does not meet the compliance rules, and has a grace period to",
        hint="Tell the user what is to be set right, and by when.",
    ),
    Rule(
        id="device-unencrypted", category=Category.ENDPOINT, source=Source.DEVICES, severity=Severity.MEDIUM,
        condition=each(lambda d: d.encrypted is False), sentence="{device} is not encrypted",
        hint="Who finds or steals it can read it: turn on BitLocker, FileVault or the device's own encryption.",
    ),
    Rule(
        id="device-stale", category=Category.ENDPOINT, source=Source.DEVICES, severity=Severity.LOW,
        condition=stale, thresholds=("stale_days",),
        sentence="{device} has not been heard of for {days} days",
        hint="Ask the user whether they still have it; retire it in Intune if not.",
    ),
    Rule(
        id="device-old-system", category=Category.ENDPOINT, source=Source.DEVICES, severity=Severity.MEDIUM,
        condition=old_system, thresholds=tuple(dict.fromkeys(_OLDEST.values())),
        sentence="{device} runs {system}, which is older than {oldest}",
        hint="Have the system updated, or the device replaced where it cannot be.",
    ),
    Rule(
        id="device-jailbroken", category=Category.ENDPOINT, source=Source.DEVICES, severity=Severity.HIGH,
        condition=each(lambda d: d.jailbroken), sentence="{device} is jailbroken or rooted",
        hint="Its own protection is off: wipe company data from it in Intune.",
    ),
    Rule(
        id="device-threat", category=Category.ENDPOINT, source=Source.DEVICES, severity=Severity.HIGH,
        condition=threatened, sentence="The defence on {device} reports a threat ({threat})",
        hint="Isolate the device in Defender, and have it examined.",
    ),
)  # fmt: skip
