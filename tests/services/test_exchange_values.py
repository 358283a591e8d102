"""Exchange's sizes, addresses, times and HTML: read, shown and typed without losing anything."""

from typing import Any

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from services.exchange_values import (
    Form,
    days,
    markup_of_text,
    read,
    same_text,
    sent_size,
    several,
    shown_instant,
    shown_size,
    size,
    text_of_markup,
)


@given(st.integers(min_value=0, max_value=1 << 50))
def test_what_is_shown_and_what_is_sent_mean_the_same_bytes(count: int) -> None:
    assert size(shown_size(count)) == count
    assert size(sent_size(count)) == count


@given(st.text(), st.sampled_from(Form))
@example(":", Form.ALIASES)
@example("smtp:a@x", Form.ALIASES)
def test_reading_twice_changes_nothing_more(text: str, form: Form) -> None:
    value: Any = [text, f"smtp:{text}"] if form is Form.ALIASES else text
    once = read(form, value)
    if form is not Form.MARKUP:
        assert read(form, once) == once


@pytest.mark.parametrize(
    ("written", "count"),
    [
        ("50 GB (53,687,091,200 bytes)", 53_687_091_200),
        ("1.2 GB (1.288.490.188 bytes)", 1_288_490_188),
        ("49.5GB", 53_150_220_288),
        ("1.2 GB", 1_288_491_008),
        ("  35 mb ", 36_700_160),
        ("1024", 1024),
        ("0 B (0 bytes)", 0),
        ("unlimited", "Unlimited"),
        ("a lot", None),
        ("-5 GB", None),
        ("5 GB or so", None),
    ],
)
def test_sizes(written: str, count: Any) -> None:
    assert size(written) == count


@pytest.mark.parametrize(
    ("count", "shown", "sent"),
    [
        (53_687_091_200, "50 GB", "50GB"),
        (53_150_220_288, "49.5 GB", "50688MB"),
        (1_288_490_188, "1.2 GB (1,288,490,188 bytes)", "1288490188B"),
        (0, "0 B", "0B"),
        ("Unlimited", "Unlimited", "Unlimited"),
        (None, "", None),
    ],
)
def test_shown_and_sent(count: Any, shown: str, sent: Any) -> None:
    assert (shown_size(count), sent_size(count)) == (shown, sent)


def test_addresses_times_and_spans() -> None:
    held = ["SMTP:Ann@x.example", "smtp:B@x.example", "smtp:a@x.example", "SIP:ann@x.example", "X500:/o=x"]
    assert read(Form.ALIASES, held) == ["a@x.example", "b@x.example"]
    assert read(Form.ALIASES, "smtp:B@x.example") == ["b@x.example"]
    assert [several(v) for v in (["a", "b"], "Lee, Ann", None, "", [])] == [
        ["a", "b"],
        ["Lee, Ann"],
        [],
        [],
        [],
    ]
    assert read(Form.SMTP, "SMTP:Ann@x.example") == "Ann@x.example"
    assert read(Form.INSTANT, "2026-01-15T09:00:00") == "2026-01-15T09:00:00Z"
    assert read(Form.INSTANT, "2026-01-15T11:00:00+02:00") == "2026-01-15T09:00:00Z"
    assert shown_instant("2026-01-15T09:00:00Z") == "2026-01-15 09:00"
    assert [days(v) for v in ("14.00:00:00", "00:00:00", "14.06:00:00", None)] == [14, 0, None, None]


@pytest.mark.parametrize(
    ("markup", "text"),
    [
        ("<html><body>Thank you.</body></html>", "Thank you."),
        ("<p>One</p>\r\n<p>two &amp; <b>three</b></p>", "One\ntwo & three"),
        ("<div>a</div><div><br></div><div>b</div>", "a\n\nb"),
        ("a<br>b<br/><br/>c", "a\nb\n\nc"),
        ("<head><style>p{}</style></head><p>seen</p><script>x</script>", "seen"),
        ("plain < text", "plain < text"),
        ("", ""),
    ],
)
def test_the_text_of_html(markup: str, text: str) -> None:
    assert text_of_markup(markup) == text
    assert same_text(markup, text)


@pytest.mark.parametrize("text", ["a", "a & b", "a\nb\n\nc", "1 < 2 > 0"])
def test_text_becomes_html_that_shows_it(text: str) -> None:
    assert text_of_markup(markup_of_text(text)) == text
    assert markup_of_text("<p>mine</p>") == "<p>mine</p>"
