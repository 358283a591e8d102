"""Limits of the job runner: how often, how long, how many."""

import msgspec

LONGEST_WAIT = 60.0


class Limits(msgspec.Struct, frozen=True):
    """`attempts`: sendings of one step at most. `processes`: how many are run side by side.

    Seconds: `lease` a process is held, `renew` between renewals, `stop` an orderly stop waits for answers,
    `poll` between looks for processes that others started or left, `pause` after nothing could be sent;
    what the journal refuses is tried again at the next `poll`.
    """

    attempts: int = 8
    processes: int = 4
    lease: float = 30.0
    renew: float = 10.0
    stop: float = 20.0
    poll: float = 5.0
    pause: float = 30.0


def backoff(attempts: int) -> float:
    """Seconds to wait after this many sendings where the service names none: 1, 2, 4, … 60."""
    return min(LONGEST_WAIT, 2.0 ** max(0, attempts - 1))
