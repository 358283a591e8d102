"""How much is under way: as much as the line brings within a moment, on a clock that the test turns."""

import pytest

from tui.terminal.pace import Pace


class Line:
    """A line of so many bytes a second, which answers the questions that it is asked."""

    def __init__(self, rate: float, latency: float) -> None:
        self.now = 0.0
        self.pace = Pace(lambda: self.now)
        self.rate, self._latency = rate, latency
        self._free = 0.0
        self._answers: list[float] = []
        self._put(100, self.pace.ask())

    def write(self, count: int) -> None:
        """Writes so much at once."""
        self._put(count, self.pace.wrote(count))

    def ask(self) -> None:
        """Asks with nothing before it."""
        self._put(4, self.pace.ask())

    def wait(self, seconds: float) -> None:
        """Lets time go by."""
        self.now += seconds
        while self._answers and self._answers[0] <= self.now:
            self._answers.pop(0)
            self.pace.answered()

    @property
    def behind(self) -> float:
        """Seconds until all that was written is shown."""
        return self._free - self.now

    def _put(self, count: int, question: str) -> None:
        self._free = max(self.now, self._free) + count / self.rate
        if question:
            self._answers.append(self._free + self._latency)


def held(line: Line, *, frame: int, seconds: float) -> int:
    """A key is held: a frame as often as there is room for it. How many there were."""
    frames = 0
    for _ in range(round(seconds / 0.01)):
        line.wait(0.01)
        if line.pace.room >= 1:
            line.write(frame)
            frames += 1
        elif line.pace.stuck:
            line.ask()
    return frames


@pytest.mark.parametrize("latency", [0.0, 0.15, 0.6])
def test_on_9600_baud_it_is_never_long_ahead_once_the_first_screen_is_through(latency: float) -> None:
    line = Line(960, latency)
    line.wait(1)
    line.write(2_000)
    line.wait(4)
    for _ in range(20):
        held(line, frame=100, seconds=0.5)
        assert line.behind < latency + 1.0


@pytest.mark.parametrize("latency", [0.0, 0.15, 0.6])
def test_on_a_fast_line_of_any_latency_frames_never_wait_for_answers(latency: float) -> None:
    line = Line(10_000_000, latency)
    line.wait(1)
    assert held(line, frame=110, seconds=5) == 500


def test_a_slow_line_that_becomes_fast_is_used_again() -> None:
    line = Line(960, 0.15)
    line.wait(1)
    line.write(2_000)
    line.wait(4)
    held(line, frame=100, seconds=3)
    line.rate = 10_000_000
    held(line, frame=100, seconds=3)
    assert held(line, frame=100, seconds=1) > 60


def test_a_terminal_that_does_not_answer_is_never_waited_for() -> None:
    pace = Pace(lambda: 0.0)
    pace.ask()
    for _ in range(100):
        assert pace.wrote(10_000) == ""
        assert pace.room > 10_000


def test_answers_that_stop_coming_stop_it_for_seconds_only() -> None:
    now = [0.0]
    pace = Pace(lambda: now[0])
    pace.ask()
    pace.answered()
    assert pace.wrote(20_000)
    assert not pace.room
    for _ in range(3):
        assert pace.wait == 5.0
        now[0] += 5.0
        assert pace.wait == 0.0
        pace.missed()
        pace.wrote(20_000)
    assert pace.room
    assert not pace.expected
