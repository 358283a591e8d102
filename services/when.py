"""When: a date, a time and a zone as they are typed, and the one instant they mean."""

import difflib
import re
from datetime import UTC, date, datetime, time, timedelta
from functools import cache
from zoneinfo import ZoneInfo, available_timezones

from services.errors import InvalidInput

FIRST, SECOND = "first", "second"
"""What is typed behind a time that a night has twice, as clocks go back in it."""

_DAY = re.compile(r"\d{4}-\d\d-\d\d", re.ASCII)
_TIME = re.compile(r"(\d{1,2}):(\d{2})(?:\s+(first|second))?", re.IGNORECASE)
_NEVER = "A schedule more than ten years ahead is not kept: choose an earlier date."
_LONGEST = timedelta(days=3653)
_UTC = frozenset({"Etc/UTC", "Etc/UCT", "Etc/Universal", "Etc/Zulu", "UCT", "Universal", "Zulu"})


def check_day(typed: str) -> str:
    """A date typed as YYYY-MM-DD. Raises `InvalidInput`."""
    text = typed.strip()
    try:
        return date.fromisoformat(text).isoformat()
    except ValueError:
        if _DAY.fullmatch(text):
            raise InvalidInput(f"There is no {text}.") from None
        raise InvalidInput("A date is written as 2026-12-31 (year, month, day).") from None


def check_time(typed: str) -> str:
    """A time typed as HH:MM; `first` or `second` may follow. Raises `InvalidInput`."""
    found = _TIME.fullmatch(typed.strip())
    if not found or int(found[1]) > 23 or int(found[2]) > 59:
        raise InvalidInput("A time is written as 09:30 (hours and minutes, 00:00 to 23:59).")
    return f"{int(found[1]):02}:{found[2]}" + (f" {found[3].lower()}" if found[3] else "")


def check_zone(typed: str) -> str:
    """The IANA name of a zone, in capitals or not, or the city alone. Raises `InvalidInput` with the nearest."""
    text = typed.strip().replace(" ", "_").casefold()
    names = _names()
    if text in names:
        return names[text]
    cities = [name for name in names.values() if name.rpartition("/")[2].casefold() == text]
    if len(cities) == 1:
        return cities[0]
    near = difflib.get_close_matches(text, names, n=2)
    near = near or [name for name in names if len(text) > 2 and text in name][:2]
    hint = "; did you mean " + " or ".join(names[n] for n in near) + "?" if near else "."
    raise InvalidInput(f"A time zone is a name such as Europe/Berlin or UTC{hint}")


def instant(day: str, at: str, zone: str, now: datetime) -> datetime:
    """The instant in UTC that these checked texts mean.

    Raises `InvalidInput` for a time that clocks skip, for one that they go through twice unless `first` or
    `second` says which, and for one that is not to come after `now`.
    """
    clock, _, which = at.partition(" ")
    local = datetime.combine(date.fromisoformat(day), time.fromisoformat(clock))
    one, two = (local.replace(tzinfo=ZoneInfo(zone), fold=fold) for fold in (0, 1))
    twice = one.utcoffset() != two.utcoffset()
    if twice and one.astimezone(UTC) > two.astimezone(UTC):
        raise InvalidInput(_skipped(local, zone))
    if twice and not which:
        raise InvalidInput(
            f"Clocks go back that night and show {clock} twice in {zone}: write {clock} {FIRST} "
            f"({_offset(one)}) or {clock} {SECOND} ({_offset(two)})."
        )
    if which and not twice:
        raise InvalidInput(f"{clock} comes once on {day} in {zone}: leave out {which}.")
    found = (two if which == SECOND else one).astimezone(UTC)
    if found <= now:
        raise InvalidInput(f"{day} {at} in {zone} is over: choose a time to come.")
    if found - now > _LONGEST:
        raise InvalidInput(_NEVER)
    return found


def in_zone(at: datetime, zone: str) -> datetime:
    """The instant as the zone's clocks show it; in UTC where this machine does not know the zone."""
    try:
        return at.astimezone(ZoneInfo(zone))
    except (KeyError, ValueError, OSError):
        return at.astimezone(UTC)


def shown(at: datetime, zone: str) -> str:
    """The instant in a zone: "2026-12-01 09:00 Europe/Berlin"."""
    return f"{in_zone(at, zone):%Y-%m-%d %H:%M} {zone}"


def shown_both(at: datetime, zone: str, own: str) -> str:
    """The instant in its zone and, where that is another one, in the operator's."""
    there = shown(at, zone)
    if in_zone(at, zone).utcoffset() == in_zone(at, own).utcoffset():
        return there
    return f"{there} = {shown(at, own)}"


def own_zone() -> str:
    """The IANA name of this machine's zone, which is the operator's; "UTC" where it has none."""
    import tzlocal

    try:
        name = tzlocal.get_localzone_name()
    except (LookupError, ValueError, OSError):
        return "UTC"
    known = bool(name) and name.casefold() in _names() and name not in _UTC
    return name if known else "UTC"


@cache
def _names() -> dict[str, str]:
    return {name.casefold(): name for name in sorted(available_timezones())}


def _skipped(local: datetime, zone: str) -> str:
    """Says from when to when the clocks jump over this local time."""
    there = ZoneInfo(zone)
    before = local.replace(tzinfo=there, fold=1).utcoffset() or timedelta()
    after = local.replace(tzinfo=there, fold=0).utcoffset() or timedelta()
    gap = abs(before - after)
    shape = "%H:%M" if gap < timedelta(days=1) else "%Y-%m-%d %H:%M"
    first = local
    while _is_skipped(first - timedelta(minutes=1), there):
        first -= timedelta(minutes=1)
    return (
        f"There is no {local:%H:%M} on {local:%Y-%m-%d} in {zone}: clocks go from {first:{shape}} to "
        f"{first + gap:{shape}}. Choose another time."
    )


def _is_skipped(local: datetime, zone: ZoneInfo) -> bool:
    one, two = (local.replace(tzinfo=zone, fold=fold).astimezone(UTC) for fold in (0, 1))
    return one > two


def _offset(at: datetime) -> str:
    seconds = int((at.utcoffset() or timedelta()).total_seconds())
    sign = "+" if seconds >= 0 else "-"
    hours, rest = divmod(abs(seconds), 3600)
    return f"UTC{sign}{hours:02}:{rest // 60:02}"
