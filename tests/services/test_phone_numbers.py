"""Telephone numbers as people type them, as Graph takes them, and what is told of those that are none."""

import pytest

from services.errors import InvalidInput
from services.phone_numbers import read, region, shown


@pytest.mark.parametrize(
    ("typed", "country", "sent", "told"),
    [
        ("+49 1512 3456789", "", "+49 15123456789", "+49 1512 3456789 (Germany)"),
        ("01512 3456789", "DE", "+49 15123456789", "+49 1512 3456789 (Germany)"),
        ("(01512) 345 67-89", "de", "+49 15123456789", "+49 1512 3456789 (Germany)"),
        ("206 555 0100", "US", "+1 2065550100", "+1 206-555-0100 (United States)"),
        ("+1 425 555 0100 ext. 123", "", "+1 4255550100x123", "+1 425-555-0100 ext. 123 (United States)"),
        ("+1 416 555 0100", "US", "+1 4165550100", "+1 416-555-0100 (Canada)"),
        ("+39 06 1234 5678", "", "+39 0612345678", "+39 06 1234 5678 (Italy)"),
        ("+44 20 7946 0018", "DE", "+44 2079460018", "+44 20 7946 0018 (United Kingdom)"),
        ("+800 1234 5678", "", "+800 12345678", "+800 1234 5678 (no single country)"),
        ("٠١٥١٢ ٣٤٥٦٧٨٩", "DE", "+49 15123456789", "+49 1512 3456789 (Germany)"),
        (
            "+1 200 000 0000",
            "",
            "+1 2000000000",
            "+1 200-000-0000 (United States, not a known range: check it)",
        ),
    ],
)
def test_a_number_is_read_as_people_write_it(typed: str, country: str, sent: str, told: str) -> None:
    number = read(typed, country)
    assert (number.sent, number.told) == (sent, told)


@pytest.mark.parametrize(
    ("typed", "country", "words"),
    [
        ("", "DE", "Type a telephone number"),
        ("01512 3456789", "", "Begin with the country code"),
        ("+999 123456", "DE", "No country has this code"),
        ("12", "DE", "too short"),
        ("+49 1", "", "too short"),
        ("+49 " + "1" * 16, "", "too long"),
        ("1" * 300, "DE", "too long"),
        ("555 0100", "US", "area code"),
        ("hello", "DE", "no telephone number"),
        ("[/x", "", "no telephone number"),
    ],
)
def test_what_is_no_number_says_why(typed: str, country: str, words: str) -> None:
    with pytest.raises(InvalidInput) as refused:
        read(typed, country)
    assert words in refused.value.sentence


def test_what_the_tenant_holds_is_shown_whatever_it_is() -> None:
    assert (shown("+49 15123456789"), region("+49 15123456789")) == ("+49 1512 3456789", "Germany")
    for stored in ("", "extension 7", "[/x", "0" * 500):
        assert (shown(stored), region(stored)) == (stored, "")
