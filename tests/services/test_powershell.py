"""PowerShell lines: whatever a directory sends, a quoted text is one string and nothing in it runs."""

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services import powershell

SINGLE = "'\u2018\u2019\u201a\u201b"
TEXTS = st.text(st.one_of(st.sampled_from(SINGLE + '"`$;|&()@{}\n\\'), st.characters()))


def read(text: str) -> tuple[str, str]:
    """The string that begins the text, and what follows it, as PowerShell's tokenizer reads single quotes."""
    assert text[0] in SINGLE
    found, place = "", 1
    while place < len(text):
        if text[place] not in SINGLE:
            found += text[place]
        elif text[place + 1 : place + 2] and text[place + 1] in SINGLE:
            found += text[place]
            place += 1
        else:
            return found, text[place + 1 :]
        place += 1
    raise AssertionError("the string does not end")


@given(TEXTS)
def test_what_is_quoted_is_one_string_and_the_same(text: str) -> None:
    assert read(powershell.quote(text)) == (text, "")


@given(st.lists(TEXTS, min_size=1))
def test_each_parameter_is_one_argument(texts: list[str]) -> None:
    line = powershell.line("Set-It", {f"P{n}": text for n, text in enumerate(texts)})
    rest = line.removeprefix("Set-It")
    for number, text in enumerate(texts):
        assert rest.startswith(f" -P{number} ")
        found, rest = read(rest.removeprefix(f" -P{number} "))
        assert found == text
    assert rest == ""


@pytest.mark.parametrize(
    ("value", "literal"),
    [
        (None, "$null"),
        (True, "$true"),
        (False, "$false"),
        (3, "3"),
        ([], "@()"),
        (["a", None], "@('a', $null)"),
        ({"it's": {"b": 1}}, "@{'it''s' = @{'b' = 1}}"),
    ],
)
def test_literals(value: Any, literal: str) -> None:
    assert powershell.literal(value) == literal
