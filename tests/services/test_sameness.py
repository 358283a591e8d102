"""When two values of a property mean the same to a directory."""

from typing import Any

import pytest

from services.sameness import same, settled


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, ""),
        (None, []),
        (["a", "b"], ["b", "a"]),
        ("2026-01-02T00:00:00Z", "2026-01-02T00:00:00.0000000Z"),
        ("2026-01-02T00:00:00Z", "2026-01-02T01:00:00+01:00"),
        ("0001-01-01T00:00:00Z", None),
        (True, True),
    ],
)
def test_the_same(one: Any, other: Any) -> None:
    assert same(one, other)
    assert same(other, one)


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (None, False),
        (False, []),
        (True, 1),
        (0, False),
        ("a", "A"),
        (["a"], ["a", "a"]),
        ("2026-01-02T00:00:00Z", "2026-01-03T00:00:00Z"),
        ("2026-13-02T00:00:00Z", None),
    ],
)
def test_not_the_same(one: Any, other: Any) -> None:
    assert not same(one, other)
    assert not same(other, one)


def test_an_instant_is_settled_as_it_is_written() -> None:
    assert settled("2026-01-02T00:00:00.000Z") == "2026-01-02T00:00:00Z"
