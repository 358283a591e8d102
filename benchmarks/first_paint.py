"""From the command to the first whole frame and to the first rows, against the smallest possible Textual app."""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.figure import emit
from services.places import sandbox_dir
from services.sandbox.embedded import attach
from tests.journeys.terminal import Terminal, Wanted

RUNS = 9
SMALLEST = """
from textual.app import App
from textual.widgets import Static

class Smallest(App):
    def compose(self):
        yield Static("Hello")

Smallest().run()
"""


FRAME = "F1 Help"
"""Stands in the bottom line, the last of the first frame."""
USER = "Adele Vance"
"""Stands in a row of the users page."""


def moments(command: Sequence[str], home: Path, *wanted: Wanted) -> list[float]:
    """Milliseconds from the start of the process until the screen shows each of these."""
    started = time.perf_counter()
    found = []
    with Terminal(command, env={"HOME": str(home)}) as terminal:
        for shown in wanted:
            terminal.wait_for(shown, timeout=60)
            found.append((time.perf_counter() - started) * 1000)
    return found


def compare(sandbox: str, home: Path, state: Path) -> None:
    """Runs both in turn, so that a busy machine bears on both, and prints their medians."""
    smallest = [sys.executable, "-c", SMALLEST]
    rollcall = [sys.executable, "-m", "tui.cli", "--state", str(state)]
    # the first of each compiles and warms the disk's cache
    runs = [
        (*moments(smallest, home, "Hello"), *moments(rollcall, home, FRAME, USER)) for _ in range(RUNS + 1)
    ][1:]
    baseline, frame, usable = (median(side) for side in zip(*runs, strict=True))
    emit(f"first paint, {sandbox}", frame, "ms", baseline=baseline, target="ratio ≤ 1.5", runs=RUNS)
    emit(f"usable users page, {sandbox}", usable, "ms", baseline=baseline, runs=RUNS)


def main() -> None:
    """Once beside a sandbox that runs, and once with it to be started too."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        state = Path(folder) / "state"
        state.mkdir(mode=0o700)
        compare("sandbox to be started", Path(folder), state)
        tenant = attach(sandbox_dir(state))
        compare("sandbox running", Path(folder), state)
        tenant.close()


if __name__ == "__main__":
    main()
