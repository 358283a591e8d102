"""From bytes to JSON: cleaning the bytes and cleaning the values must come to the same."""

import json
from contextlib import suppress
from datetime import UTC, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.transport.answers import Undecodable, cleaned, decode, retry_after

NOW = datetime(2026, 3, 1, 9, 0, tzinfo=UTC)
JSON = st.recursive(
    st.none() | st.booleans() | st.integers(-(2**60), 2**60) | st.text(),
    lambda inner: st.lists(inner) | st.dictionaries(st.text(), inner),
    max_leaves=20,
)


@given(JSON, st.booleans())
def test_cleaned_bytes_hold_what_the_cleaned_values_are(value: object, escaped: bool) -> None:
    raw = json.dumps(value, ensure_ascii=escaped).encode(errors="surrogatepass")
    assert decode(cleaned(raw)) == decode(raw)
    assert json.loads(cleaned(raw)) == decode(raw)


@given(st.binary(max_size=300))
def test_any_bytes_are_json_or_undecodable(raw: bytes) -> None:
    for door in (decode, cleaned):
        with suppress(Undecodable):
            door(raw)


def test_a_long_text_is_cut_in_bytes_too_and_a_link_is_not() -> None:
    link = "https://graph.microsoft.com/" + "x" * 20_000
    raw = json.dumps({"name": "y" * 12_001, "@odata.nextLink": link}).encode()
    found = json.loads(cleaned(raw))
    assert (len(found["name"]), found["name"][-1]) == (10_000, "…")
    assert found["@odata.nextLink"] == link


def test_plain_pages_pass_untouched() -> None:
    raw = b'{ "value": [ {"id": "1", "displayName": "Zo\xc3\xab \\"Z\\" \xe5\xb1\xb1\xe7\x94\xb0"} ] }'
    assert cleaned(raw) is raw


@pytest.mark.parametrize(
    ("value", "seconds"),
    [
        ("12", 12),
        ("0.249", 0.249),
        (3, 3),
        ("0", 0),
        ("-1", 0),
        ("1e9", 86_400),
        ("inf", 86_400),
        ("nan", None),
        ("", None),
        (None, None),
        (True, None),
        ([], None),
        ("Sun, 01 Mar 2026 09:01:00 GMT", 60),
        ("Sun, 01 Mar 2026 08:00:00 GMT", 0),
        ("Sun, 01 Mar 2026 09:01:00 -0000", None),
        ("9" * 5000, 86_400),
    ],
)
def test_a_waiting_time_is_read_in_each_of_its_forms(value: object, seconds: float | None) -> None:
    assert retry_after(value, NOW) == seconds
