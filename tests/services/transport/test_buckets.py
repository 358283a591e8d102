"""Buckets and windows against what they promise: never more than the quota, never later than they say."""

from hypothesis import given, settings
from hypothesis import strategies as st

from services.transport.buckets import Bucket, Window

STEPS = st.lists(
    st.tuples(st.floats(0, 60), st.integers(1, 20), st.sampled_from(("ask", "ask", "ask", "drain", "back"))),
    max_size=80,
)


@settings(deadline=None)  # the time is virtual: how busy the machine is says nothing
@given(STEPS)
def test_a_bucket_never_gives_more_than_one_that_fills_as_published(
    steps: list[tuple[float, int, str]],
) -> None:
    now, bucket, level, last = 0.0, Bucket(100, 10, 0.0), 100.0, 0.0
    for passed, amount, what in steps:
        now += passed
        if what == "drain":
            bucket.drain(now)
        elif what == "back":
            bucket.take(amount, now)
            bucket.give_back(amount, now)
        else:
            now += bucket.wait(amount, now)
            # who waited as long as was said may go
            assert bucket.wait(amount, now) <= 0.001
            bucket.take(amount, now)
            level = min(100.0, level + (now - last) * 10) - amount
            last = now
            assert level >= -1e-3


@settings(deadline=None)  # the time is virtual: how busy the machine is says nothing
@given(STEPS)
def test_a_window_never_holds_more_than_it_may(steps: list[tuple[float, int, str]]) -> None:
    now, window, taken = 0.0, Window(5, 10.0), list[float]()
    for passed, amount, _ in steps:
        amount = min(amount, 5)
        now += passed / 10
        assert window.span(amount, now) == window.wait(amount, now)
        now += window.wait(amount, now)
        window.take(amount, now)
        taken += [now] * amount
        assert all(later - sooner >= 9.99 for sooner, later in zip(taken, taken[5:], strict=False))


def test_the_span_of_many_calls_is_whole_windows() -> None:
    window = Window(5, 10.0)
    assert window.span(5, 0.0) == 0
    assert window.span(12, 0.0) == 20
    window.take(3, 0.0)
    assert window.span(2, 4.0) == 0
    assert window.span(3, 4.0) == 6


def test_what_costs_more_than_the_whole_bucket_goes_when_it_is_full_and_leaves_a_debt() -> None:
    bucket = Bucket(10, 10, 0.0)
    assert bucket.wait(50, 0.0) == 0
    bucket.take(50, 0.0)
    assert 40 < bucket.wait(1, 0.0) < 43


def test_a_quota_that_turns_out_larger_keeps_what_was_taken() -> None:
    bucket = Bucket(100, 10, 0.0)
    bucket.take(98, 0.0)
    assert bucket.wait(1, 0.0) > 0
    bucket.resize(200, 0.0)
    assert bucket.wait(98, 0.0) == 0
    assert bucket.wait(99, 0.0) > 0
