"""Rate and time left of a running process, from samples of how many steps had ended when."""

from collections.abc import Sequence
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from services.jobs.finishing import Finish

Sample = tuple[float, int]
"""Seconds on a monotonic clock, steps ended."""

WINDOW = 15.0
"""Seconds that the rate looks back."""


def rate(samples: Sequence[Sample], now: float, window: float = WINDOW) -> float | None:
    """Steps a second over the last `window` seconds; None until two samples lie half a second apart.

    Time without progress counts, so a throttled process gets slower instead of keeping its last rate.
    """
    old = [sample for sample in samples if sample[0] <= now - window]
    recent = [*old[-1:], *(sample for sample in samples if now - window < sample[0] <= now)]
    if not recent or now - recent[0][0] < 0.5:
        return None
    start = max(recent[0][0], now - window)
    return max(0, recent[-1][1] - recent[0][1]) / (now - start)


def seconds_left(total: int, ended: int, speed: float | None) -> float | None:
    """Seconds until all steps have ended at this speed; None when nobody can tell."""
    left = total - ended
    if left <= 0:
        return 0.0
    if not speed:
        return None
    return left / speed


def short_rate(speed: float | None) -> str:
    """Such as "6.1/s"; "" when unknown."""
    if speed is None:
        return ""
    return f"{speed:.1f}/s" if speed < 100 else f"{speed:.0f}/s"


def short_time(seconds: float | None) -> str:
    """Such as "~5 s", "~3 min", "~2 h"; "" when unknown. Rounded up: better early than late."""
    if seconds is None:
        return ""
    whole = int(-(-seconds // 1))
    if whole < 100:
        return f"~{whole} s"
    if whole < 100 * 60:
        return f"~{-(-whole // 60)} min"
    return f"~{min(999, -(-whole // 3600))} h"


def left_by_quota(finish: "Finish") -> str:
    """How long it takes, and by what: "about 6 min left, by the quota of 3,000 writes in 150 s"."""
    about = "at least" if finish.least else "about"
    return f"{about} {short_time(finish.seconds).removeprefix('~')} left, by the quota of {finish.quota}"


def bar_cells(width: int, total: int, ended: int) -> int:
    """Filled cells of a bar: full only at the end, empty only before the first step ended."""
    if total <= 0 or ended <= 0:
        return 0
    if ended >= total:
        return width
    return min(width - 1, max(1, width * ended // total))
