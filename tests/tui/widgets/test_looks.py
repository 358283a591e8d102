"""Lines of pieces: exact widths, and only what differs is repainted."""

from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.looks import changed_span, fit, width_of

PIECES = st.lists(st.tuples(st.text(max_size=12), st.sampled_from(["", "dim", "strong"])), max_size=5)


@given(PIECES, st.integers(0, 60))
def test_fitted_pieces_take_exactly_the_width(pieces: list[tuple[str, str]], width: int) -> None:
    fitted = fit(pieces, width)
    assert width_of(fitted) == width
    assert all(a[1] != b[1] for a, b in pairwise(fitted))


@given(PIECES, PIECES, st.integers(1, 40))
def test_the_changed_span_stays_inside_the_line(
    old: list[tuple[str, str]], new: list[tuple[str, str]], width: int
) -> None:
    before, after = fit(old, width), fit(new, width)
    assert changed_span(before, before) is None
    span = changed_span(before, after)
    if span is not None:
        assert span[0] >= 0
        assert span[1] > 0
        assert sum(span) <= width


def test_a_changed_digit_is_one_cell() -> None:
    assert changed_span([("14/20  6.1/s", "")], [("15/20  6.1/s", "")]) == (1, 1)


def test_a_wide_character_is_repainted_whole() -> None:
    assert changed_span([("山b", "")], [("川b", "")]) == (0, 2)


def test_a_joiner_does_not_take_hold_of_what_follows() -> None:
    assert width_of(fit([("\u200d", "dim"), ("0", ""), ("\ufe0f", "dim")], 8)) == 8
