"""Filters: words are looked for in what a row says, in its ids only when they can mean an id."""

from services.matching import matches, words_of

ROW = ("App 1", "Default access", "60487e15-580d-45ab-9c3e-0123456789ab")


def test_a_short_word_is_not_looked_for_in_ids() -> None:
    assert matches(words_of("app 1"), ROW)
    assert not matches(words_of("app 3"), ROW)
    assert not matches(words_of("45ab"), ROW)


def test_an_id_is_found_by_its_beginning_or_whole() -> None:
    assert matches(words_of("60487E15"), ROW)
    assert matches(words_of(ROW[2]), ROW)
    assert matches(words_of("default 580d-45ab"), ROW)
    assert not matches(words_of("60487e16"), ROW)
