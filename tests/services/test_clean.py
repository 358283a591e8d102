"""Cleaning: nothing that acts on a terminal comes through, and nothing people write is lost."""

import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.clean import LIMIT, clean, clean_json

NORMAL = [
    "",
    "Ann O'Neil-Smith [Sales] <a@b.com> 100%",
    "Zoë Müller-Þórsson Łukasz",
    "Nguyễn Thị Hồng Hạnh",
    "Nguye\u0302\u0303n",
    "Ελένη Παπαδοπούλου",
    "Дмитрий Щёголев",
    "山田 太郎・김철수・王小明",
    "محمد بن عبد الله",
    "مُحَمَّدٌ",
    "می\u200cخواهم",
    "דָּוִד בֶּן־גּוּרִיוֹן",
    "श्री कृष्ण क्\u200dष",
    "ശ്രീ ന്\u200d",
    "ผู้ใช้ที่นี่",
    "བོད་སྐད་ ཧཱུྃ",
    "မြန်မာ",
    "👩\u200d💻 👨\u200d👩\u200d👧\u200d👦 ❤\ufe0f\u200d🔥 🇩🇪",
    "🏴\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "a\u00a0b — “c” … €",
    "————————————————",
    "😀😀😀😀😀😀😀😀😀😀",
    "═══════════",
]


@pytest.mark.parametrize("text", NORMAL)
def test_what_people_write_stays(text: str) -> None:
    assert clean(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("a\x1b]52;c;ZXZpbA==\x07b", "a␛]52;c;ZXZpbA==␇b"),
        ("a\x00\x7fb", "a␀␡b"),
        ("\x9b2J\x90x\x9c", "�2J�x�"),
        ("one\r\ntwo\tthree\u2028four\nfive\rsix", "one two three four five six"),
        ("abc\u202egpj.exe\u2066x\u2069\u200e\u061c", "abcgpj.exex"),
        ("\ufeffa\u200bb\u2060c\u00add", "abcd"),
        ("a\ud800b\udfff", "a�b�"),
        ("a\uffffb\ufdd0", "a�b�"),
        ("ad\u200dmin \u200cx", "admin x"),
        ("क्\u200d\u200d\u200d\u200d", "क्\u200d"),
        ("A\U000e0041\U000e0042", "A"),
        ("🏴" + "\U000e0061" * 50, "🏴"),
        ("z" + "\u0301" * 500 + "y", "z" + "\u0301" * 6 + "y"),
        ("ก" + "\u0e49" * 100, "ก" + "\u0e49" * 6),
        ("é" + "\u0301\u200d" * 50, "é" + "\u0301\u200d" * 3),
        ("x" * (LIMIT + 1), "x" * (LIMIT - 1) + "…"),
    ],
)
def test_what_acts_on_a_terminal_or_hides_does_not(text: str, shown: str) -> None:
    assert clean(text) == shown


NASTY = st.text(
    st.one_of(
        st.characters(),
        st.sampled_from(
            "\x1b\x9b\x00\r\n\u202e\u2066\u200b\u200c\u200d\u0301\u0e49🏴\U000e0061\U000e007f\ud800é "
        ),
    ),
    max_size=80,
)


@given(NASTY)
def test_the_result_is_harmless_and_final(text: str) -> None:
    once = clean(text)
    assert clean(once) == once
    for char in once:
        assert unicodedata.category(char) not in ("Cc", "Cs", "Zl", "Zp")
        assert unicodedata.bidirectional(char) not in (
            "LRE",
            "RLE",
            "LRO",
            "RLO",
            "PDF",
            "LRI",
            "RLI",
            "FSI",
            "PDI",
        )
        assert char not in "\u200b\u200e\u200f\u061c\u2060\ufeff"
    run = 0
    for char in once:
        run = run + 1 if unicodedata.combining(char) else 0
        assert run <= 6
    once.encode()


def test_json_is_cleaned_through_and_through() -> None:
    value = {"na\x1bme": ["a\x07", {"b": "\u202ec"}], "n": 5, "t": True, "x": None, "f": 1.5}
    shown = {"na␛me": ["a␇", {"b": "c"}], "n": 5, "t": True, "x": None, "f": 1.5}
    assert clean_json(value) == shown


def test_depth_is_bounded() -> None:
    value: object = "x"
    for _ in range(200):
        value = [value]
    with pytest.raises(ValueError, match="deep"):
        clean_json(value)


def test_what_is_never_shown_is_not_cut() -> None:
    long = "x" * (LIMIT + 1)
    found = clean_json({"body": long, "value": [{"@odata.nextLink": long, "name": long}]})
    assert found["body"] == found["value"][0]["@odata.nextLink"] == long
    assert len(found["value"][0]["name"]) == LIMIT
