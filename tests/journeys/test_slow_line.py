"""9,600 baud with the latency of another continent: the program stays usable, and a key is never behind a repaint."""

import time
from pathlib import Path

from tests.journeys.desk import ADELE, command_of
from tests.journeys.served import served
from tests.journeys.slow_line import BAUD_9600, SlowLine

ROUND_TRIP = 0.15
REPEAT = 1 / 30
"""Seconds between the keys of a keyboard that is held down."""

PAGE = 2_000 / BAUD_9600
"""Seconds that all rows of the list take at the most."""


def test_keys_on_a_slow_line(tmp_path: Path) -> None:
    with served("--users", "60", "--groups", "900", "--ephemeral") as tenant:
        command = command_of(tenant, tmp_path, "--user", ADELE, "--tab", "security-groups")
        with SlowLine(command) as terminal:
            terminal.wait_for("member of ")
            terminal.settle(0.3)
            terminal.rate, terminal.latency = BAUD_9600, ROUND_TRIP
            # the program finds out how slow the line is by what it writes
            terminal.press("pagedown")
            terminal.settle(0.3)
            key_held_down(terminal)
            keys_in_one(terminal)


def key_held_down(terminal: SlowLine) -> None:
    """It moves while it is held, and stops when what was under way and one page of the list are there."""
    places: set[str] = set()

    def down() -> None:
        places.add(marked(terminal))
        terminal.press("down")

    terminal.run(2.0, down, every=REPEAT)
    assert len(places) > 4, places
    assert terminal.settle(0.4) < PAGE + 1.0


def keys_in_one(terminal: SlowLine) -> None:
    """Forty moves that come together are few repaints, and the key behind them is answered as soon as they."""
    before = len(terminal.output)
    pressed = time.monotonic()
    terminal.press(*["up"] * 40, "/")
    terminal.wait_for(lambda t: any(line.startswith("/") for line in t.screen), timeout=20)
    assert time.monotonic() - pressed < 2 * PAGE
    assert len(terminal.output) - before < 40 * 60


def marked(terminal: SlowLine) -> str:
    """The row that the mark stands on."""
    return next((line for line in terminal.screen if line.startswith("▸")), "")
