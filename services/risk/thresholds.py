"""Thresholds: the numbers that decide when something becomes a finding, and the rules that are off."""

import msgspec


class Thresholds(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """What `[tenants.NAME.risk]` of the profile may say. Versions are numbers with dots between them."""

    off: tuple[str, ...] = ()
    """Ids of rules that find nothing."""
    known_sign_ins: int = 5
    """Sign-ins that must be known before another one is compared with them."""
    travel_speed: int = 900
    """Kilometres an hour that nobody travels faster than."""
    travel_distance: int = 500
    """Kilometres that an address may be wrong by."""
    countries: int = 3
    """Countries in one day."""
    failed_addresses: int = 5
    """Addresses from which passwords were tried in vain."""
    failures: int = 5
    """Wrong passwords before a right one."""
    failure_minutes: int = 60
    """Minutes in which they were tried."""
    quiet_hours: int = 3
    """Hours between a sign-in and the time of day at which the user signs in otherwise."""
    quiet_sign_ins: int = 20
    """Sign-ins that must be known before a time of day is judged."""
    denials: int = 3
    """Requests for a second factor that the user denied or did not answer."""
    blocked_attempts: int = 3
    """Tries to sign in to an account that is blocked."""
    stale_days: int = 14
    """Days without a sync after which nothing is known of a device."""
    oldest_windows: str = "10.0.19045"
    oldest_macos: str = "13"
    oldest_ios: str = "16"
    oldest_android: str = "12"


def version(text: str) -> tuple[int, ...]:
    """The numbers a version begins with: "15.1.1 (24B91)" is (15, 1, 1); nothing for what is no version."""
    found = []
    for part in text.strip().split(" ")[0].split("."):
        if not part.isdecimal():
            break
        found.append(int(part))
    return tuple(found)
