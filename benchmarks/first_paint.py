"""From the command to the first text on the screen, against the smallest possible Textual app."""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.figure import emit
from services.places import sandbox_dir
from services.sandbox.embedded import attach
from tests.journeys.terminal import Terminal

RUNS = 9
SMALLEST = """
from textual.app import App
from textual.widgets import Static

class Smallest(App):
    def compose(self):
        yield Static("Hello")

Smallest().run()
"""


def first_text(command: Sequence[str], home: Path) -> float:
    """Milliseconds until anything stands on the screen."""
    started = time.perf_counter()
    with Terminal(command, env={"HOME": str(home)}) as terminal:
        terminal.wait_for(lambda terminal: any(terminal.screen))
        return (time.perf_counter() - started) * 1000


def compare(figure: str, home: Path, state: Path) -> None:
    """Runs both in turn, so that a busy machine bears on both, and prints their medians."""
    smallest = [sys.executable, "-c", SMALLEST]
    rollcall = [sys.executable, "-m", "tui.cli", "--state", str(state)]
    # the first of each compiles and warms the disk's cache
    pairs = [(first_text(smallest, home), first_text(rollcall, home)) for _ in range(RUNS + 1)][1:]
    baseline, value = (median(side) for side in zip(*pairs, strict=True))
    emit(figure, value, "ms", baseline=baseline, runs=RUNS)


def main() -> None:
    """Once beside a sandbox that runs, and once with it to be started too."""
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        state = Path(folder) / "state"
        state.mkdir(mode=0o700)
        compare("first paint, sandbox to be started", Path(folder), state)
        tenant = attach(sandbox_dir(state))
        compare("first paint, sandbox running", Path(folder), state)
        tenant.close()


if __name__ == "__main__":
    main()
