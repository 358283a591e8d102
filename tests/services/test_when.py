"""When: what is typed means one instant, and what means none or two is told."""

from datetime import UTC, datetime, timedelta

import pytest
import tzlocal
from hypothesis import given
from hypothesis import strategies as st

from services.errors import InvalidInput
from services.when import check_day, check_time, check_zone, in_zone, instant, own_zone, shown_both

NOW = datetime(2026, 1, 1, tzinfo=UTC)
BERLIN = "Europe/Berlin"


@pytest.mark.parametrize(
    ("day", "at", "zone", "utc"),
    [
        ("2026-12-01", "09:00", BERLIN, "2026-12-01 08:00"),
        ("2026-07-01", "09:00", BERLIN, "2026-07-01 07:00"),
        ("2026-10-25", "02:30 first", BERLIN, "2026-10-25 00:30"),
        ("2026-10-25", "02:30 second", BERLIN, "2026-10-25 01:30"),
        ("2026-03-29", "03:00", BERLIN, "2026-03-29 01:00"),
        ("2026-05-05", "09:00", "Asia/Kathmandu", "2026-05-05 03:15"),
    ],
)
def test_one_instant(day: str, at: str, zone: str, utc: str) -> None:
    assert f"{instant(day, at, zone, NOW):%Y-%m-%d %H:%M}" == utc


@pytest.mark.parametrize(
    ("day", "at", "zone", "said"),
    [
        ("2026-03-29", "02:30", BERLIN, "clocks go from 02:00 to 03:00"),
        ("2026-10-04", "02:15", "Australia/Lord_Howe", "clocks go from 02:00 to 02:30"),
        ("2026-10-25", "02:30", BERLIN, r"02:30 first \(UTC\+02:00\) or 02:30 second \(UTC\+01:00\)"),
        ("2026-11-01", "01:30", "America/New_York", r"first \(UTC-04:00\) or 01:30 second \(UTC-05:00\)"),
        ("2026-10-26", "02:30 first", BERLIN, "comes once"),
        ("2025-12-31", "23:59", "UTC", "is over"),
        ("2026-01-01", "00:59", BERLIN, "is over"),
        ("2126-01-01", "00:59", BERLIN, "ten years"),
    ],
)
def test_none_or_two_are_told(day: str, at: str, zone: str, said: str) -> None:
    with pytest.raises(InvalidInput, match=said):
        instant(day, at, zone, NOW)


@given(
    st.integers(1, 9 * 366 * 1440), st.sampled_from([BERLIN, "America/New_York", "Pacific/Chatham", "UTC"])
)
def test_every_instant_can_be_typed(minutes: int, zone: str) -> None:
    at = NOW + timedelta(minutes=minutes)
    local = in_zone(at, zone)
    typed = f"{local:%H:%M}"
    other = local.replace(fold=1 - local.fold).utcoffset()
    if other != local.utcoffset():
        with pytest.raises(InvalidInput, match="twice"):
            instant(f"{local:%Y-%m-%d}", typed, zone, NOW)
        typed += " second" if local.fold else " first"
    found = instant(f"{local:%Y-%m-%d}", typed, zone, NOW)
    assert found == at


def test_what_is_typed_is_read_kindly_or_refused_in_a_sentence() -> None:
    assert check_day(" 2026-12-01 ") == "2026-12-01"
    assert check_time("9:05") == "09:05"
    assert check_time("02:30  SECOND") == "02:30 second"
    assert check_zone("berlin") == check_zone("europe/berlin") == BERLIN
    assert check_zone("new york") == "America/New_York"
    assert check_zone("utc") == "UTC"
    for check, wrong in (
        (check_day, "1.12.2026"),
        (check_day, "2029-02-29"),
        (check_time, "24:00"),
        (check_time, "9"),
        (check_zone, "x"),
    ):
        with pytest.raises(InvalidInput, match=r"written as|is a name|There is no 2029-02-29"):
            check(wrong)
    with pytest.raises(InvalidInput, match="did you mean Europe/Berlin"):
        check_zone("Europe/Berln")


def test_both_zones_are_shown_where_they_differ() -> None:
    at = datetime(2026, 12, 1, 8, tzinfo=UTC)
    assert shown_both(at, BERLIN, "UTC") == "2026-12-01 09:00 Europe/Berlin = 2026-12-01 08:00 UTC"
    assert shown_both(at, BERLIN, "Europe/Paris") == "2026-12-01 09:00 Europe/Berlin"
    assert in_zone(at, "No/Where").utcoffset() == timedelta()


def test_the_operators_zone_is_the_machines() -> None:
    # the library reads the zone once for the whole process: what runs after this must find its own again
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("TZ", "Asia/Tokyo")
        tzlocal.reload_localzone()
        there = own_zone()
    tzlocal.reload_localzone()
    assert (there, own_zone()) == ("Asia/Tokyo", "UTC")
