"""Where keys stand, also when many of them have one hash."""

from collections.abc import Callable

import pytest
from hypothesis import given
from hypothesis import strategies as st

from services.positions import Positions

COUNT = 3_000


@pytest.mark.parametrize("hashed", [hash, lambda key: len(key), lambda key: -(hash(key) % 50), lambda key: 0])
def test_every_key_is_found_and_no_other(hashed: Callable[[str], int]) -> None:
    keys = [f"key {number}" for number in range(COUNT if hashed is hash else 300)]
    positions = Positions(keys.__getitem__, hashed)
    assert [positions.setdefault(key, at) for at, key in enumerate(keys)] == list(range(len(keys)))
    assert len(positions) == len(keys)
    assert [positions.find(key) for key in keys] == list(range(len(keys)))
    assert [positions.setdefault(key, COUNT) for key in keys] == list(range(len(keys)))
    assert positions.find("key") is None
    assert [positions.find(key.upper()) for key in keys] == [None] * len(keys)
    positions.clear()
    assert (len(positions), positions.find(keys[0]), positions.guess(keys[0])) == (0, None, -1)


@given(st.lists(st.text("ab", max_size=4)))
def test_what_the_bytes_of_two_entries_spell_together_is_no_entry(names: list[str]) -> None:
    """Hashes of which each half is that of another, beside indexes that look like such a half."""
    halves = (0, 1, 1 << 32, 1 | 1 << 32, 2 << 32)
    keys = list(dict.fromkeys(names))
    positions = Positions(keys.__getitem__, lambda key: halves[len(key)])
    model: dict[str, int] = {}
    for at, key in enumerate(keys):
        positions.setdefault(key, at)
        model[key] = at
        assert all(positions.find(name) == model.get(name) for name in names)


def test_a_guess_is_right_where_the_hash_is_of_one_key_only() -> None:
    keys = [f"key {number}" for number in range(COUNT)]
    positions = Positions(keys.__getitem__)
    for at, key in enumerate(keys):
        positions.setdefault(key, at)
    assert [positions.guess(key) for key in keys] == list(range(COUNT))
