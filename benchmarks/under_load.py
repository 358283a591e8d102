"""From a key to its paint in a table of switches while a process of 5,000 steps runs in the same program.

The cursor is moved at the pace of a person, and each move is timed until the terminal has its new place: while the
steps go as fast as they can, and when the directory's quota is spent. The baseline is the same move before the
process starts, on the same table with the same 5,000 changes staged.
"""

import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figure import emit
from benchmarks.groups import p95
from benchmarks.lab import tenant
from benchmarks.tabs import move
from tests.journeys.desk import ADELE, operator, switch_on_all
from tests.journeys.served import Served
from tests.journeys.terminal import Terminal

GROUPS = 11_900
"""Of so many, the user may be put into about 5,000."""
LATENCY = 100
MOVES = 30
"""At a time: as many as fit into the seconds that the first 3,000 steps take."""
BUCKET = 3_000
"""Steps that the directory's quota lets through at once; from then on there are 20 a second."""
RUNS = 3
TARGET = "ratio ≤ 1.5"
Moves = dict[str, list[float]]
"""When the moves were made → milliseconds of each."""
PAGE = ("--user", ADELE, "--tab", "security-groups")


def staged(terminal: Terminal) -> int:
    """Switches on every membership there can be; how many changes that are."""
    terminal.wait_for("member of ")
    terminal.wait_for(lambda t: not t.shows("loading") and not t.shows("refreshing"))
    terminal.settle(1.0)
    count = switch_on_all(terminal)
    terminal.settle(1.0)
    return count


def measure(endpoint: Served, folder: Path) -> Moves:
    """One process, left while it runs."""
    with operator(endpoint, folder, *PAGE) as terminal:
        count = staged(terminal)
        found: dict[str, list[float]] = {"at rest": moves(terminal)}
        terminal.press("f2")
        terminal.wait_for("ready")
        terminal.press("enter")
        terminal.wait_for(f"/{count} ")
        found["at full pace"] = moves(terminal)
        terminal.wait_for(lambda t: done(t, count) > BUCKET + 100)
        found["at the quota's pace"] = moves(terminal)
        if not terminal.shows(f"/{count} "):
            raise RuntimeError("the process ended before the last move")
    return found


def moves(terminal: Terminal) -> list[float]:
    """Milliseconds of moves down and up again."""
    return [move(terminal, number) for number in range(MOVES)]


def done(terminal: Terminal, count: int) -> int:
    """How many steps of the process are done, by the pane below the table."""
    words = next((line.split() for line in terminal.screen if f"/{count} " in line), [])
    return int(next((word for word in words if word.endswith(f"/{count}")), "0/").partition("/")[0])


def main() -> None:
    """A tenant of its own for each run, as every one puts the user into all groups."""
    every: Moves = {}
    for _ in range(RUNS):
        flags = ("--users", "60", "--groups", str(GROUPS), "--latency-ms", str(LATENCY))
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            tenant(*flags) as endpoint,
        ):
            for when, took in measure(endpoint, Path(folder)).items():
                every.setdefault(when, []).extend(took)
    resting = every.pop("at rest")
    for when, took in every.items():
        facts: dict[str, Any] = {"latency_ms": LATENCY, "moves": len(took)}
        emit(f"under load, {when}: median move", median(took), "ms", baseline=median(resting), **facts)
        emit(
            f"under load, {when}: move", p95(took), "ms", baseline=p95(resting), target=TARGET, p=95, **facts
        )


if __name__ == "__main__":
    main()
