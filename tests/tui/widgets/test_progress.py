"""Rate and time left, from samples and a clock that are given."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from tui.widgets.progress import Sample, bar_cells, rate, seconds_left, short_rate, short_time


@st.composite
def histories(draw: st.DrawFn) -> list[Sample]:
    """Samples in order, with counts that never fall."""
    steps = draw(st.lists(st.tuples(st.floats(0, 30), st.integers(0, 500)), max_size=20))
    found: list[Sample] = []
    at, ended = 0.0, 0
    for seconds, more in steps:
        at, ended = at + seconds, ended + more
        found.append((at, ended))
    return found


@given(histories(), st.floats(0, 60), st.integers(0, 10_000))
def test_rate_and_time_left_make_sense(samples: list[Sample], later: float, total: int) -> None:
    now = (samples[-1][0] if samples else 0.0) + later
    speed = rate(samples, now)
    assert speed is None or speed >= 0
    left = seconds_left(total, min(total, samples[-1][1] if samples else 0), speed)
    assert left is None or left >= 0
    assert len(short_rate(speed)) <= 12
    assert len(short_time(left)) <= 8


def test_a_steady_process() -> None:
    samples = [(float(second), 6 * second) for second in range(11)]
    assert rate(samples, 10.0) == pytest.approx(6.0)
    assert seconds_left(90, 60, 6.0) == pytest.approx(5.0)


def test_a_stalled_process_slows_down() -> None:
    samples = [(0.0, 0), (1.0, 10)]
    speeds = [rate(samples, now) or 0 for now in (1.0, 5.0, 10.0, 16.5)]
    assert speeds == sorted(speeds, reverse=True)
    assert speeds[-1] == 0


def test_nobody_knows_at_first() -> None:
    assert rate([(0.0, 0)], 0.1) is None
    assert seconds_left(20, 0, None) is None
    assert short_rate(None) == short_time(None) == ""


def test_words() -> None:
    assert short_rate(6.12) == "6.1/s"
    assert short_rate(1234.5) == "1234/s"
    assert [short_time(s) for s in (0.2, 99, 100, 3600, 7200)] == [
        "~1 s",
        "~99 s",
        "~2 min",
        "~60 min",
        "~2 h",
    ]


@given(st.integers(1, 60), st.integers(0, 100_000), st.integers(0, 100_000))
def test_a_bar_is_full_only_at_the_end(width: int, total: int, ended: int) -> None:
    ended = min(total, ended)
    cells = bar_cells(width, total, ended)
    assert 0 <= cells <= width
    if total and width > 1:
        assert (cells == width) == (ended == total)
        assert (cells == 0) == (ended == 0)
