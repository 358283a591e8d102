"""Generated passwords meet the profile and the service; typed ones are checked as Entra would."""

import string
from pathlib import Path

import pytest

from services.errors import InvalidInput
from services.password import PasswordShape, checked, generated, objections
from services.profile_file import load
from tests.services.test_profile import LOCAL, written

ALIKE = set("Il1|O0o") | set("'\"`.,:;")


@pytest.mark.parametrize(
    "shape",
    [
        PasswordShape(),
        PasswordShape(8, ("lower", "upper", "digits")),
        PasswordShape(24, ("lower", "digits", "symbols")),
        PasswordShape(256),
    ],
)
def test_every_generated_password_is_of_the_shape(shape: PasswordShape) -> None:
    kinds = {
        "lower": string.ascii_lowercase,
        "upper": string.ascii_uppercase,
        "digits": string.digits,
        "symbols": string.punctuation,
    }
    seen = set()
    for _ in range(300):
        text = generated(shape, "adelev@contoso.example").reveal()
        assert len(text) == shape.length
        assert text[0].isalpha(), "a spreadsheet takes what begins with = or + for a formula"
        assert not set(text) & ALIKE
        found = {name for name, kind in kinds.items() if set(text) & set(kind)}
        assert found == set(shape.classes)
        assert not objections(text, "adelev@contoso.example")
        seen.add(text)
    assert len(seen) == 300


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("", "0 of at least 8 characters"),
        ("Ab1!xyz", "7 of at least 8 characters"),
        ("Ab1!" * 65, "260 characters, and 256 are the most"),
        ("abcdefgh12", "three of these are needed"),
        ("ABCDEFGH!!", "three of these are needed"),
        ("Gr\u00fcner-Hafen-1", "\u00fc is not allowed"),
        ("Blue-Harbour-1 ", "a blank at its start or end"),
        ("my-AdeleV-2026", 'the user name "adelev" must not be part of it'),
    ],
)
def test_what_is_typed_is_told_what_it_lacks(text: str, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        checked(text, "adelev@contoso.example")
    assert words in error.value.sentence


def test_what_meets_all_rules_is_taken_as_it_is() -> None:
    for text in ("Blue Harbour 27", "abcDEF12", "~!@#$%^&Aa", "x" * 253 + "A1!"):
        assert checked(text, "adelev@contoso.example").reveal() == text
    assert checked("Al-Harbour-27", "al@contoso.example"), "names of two letters may be part of it"


def test_the_profile_says_how_they_are_generated(tmp_path: Path) -> None:
    more = '[tenants.lab.password]\nlength = 20\nclasses = ["lower", "upper", "digits"]\n'
    found = load(written(tmp_path, LOCAL + more)).tenants["lab"].password
    assert found == PasswordShape(20, ("lower", "upper", "digits"))
    assert load(written(tmp_path, LOCAL)).tenants["lab"].password == PasswordShape()


@pytest.mark.parametrize(
    ("line", "words"),
    [
        ("length = 7", "password.length is 7; it must be a whole number of characters, from 8 to 256"),
        ("length = 257", "password.length is 257"),
        ('length = "20"', "password.length has a wrong value"),
        ('classes = ["lower", "upper"]', "password.classes are too few; it must be a list of at least three"),
        ('classes = ["lower", "lower", "upper"]', "are too few"),
        ('classes = ["letters"]', "password.classes has a wrong value"),
        ("lenght = 12", "did you mean length?"),
    ],
)
def test_a_shape_that_is_none_is_refused(tmp_path: Path, line: str, words: str) -> None:
    with pytest.raises(InvalidInput) as error:
        load(written(tmp_path, f"{LOCAL}[tenants.lab.password]\n{line}\n"))
    assert words in error.value.sentence
