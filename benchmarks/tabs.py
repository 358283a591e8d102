"""Every tab of switches of a tenant with 100,000 groups: from a key to its paint, while the rows come in.

The cursor is moved at the pace of a person, and each move is timed until the terminal has its new place,
from the moment the tab is opened to its last row. The baseline is the same move on the tab at rest.
"""

import sys
import tempfile
import time
from collections.abc import Sequence
from pathlib import Path
from statistics import median

from benchmarks.figure import emit
from benchmarks.groups import p95
from benchmarks.lab import tenant
from services.tabs.registry import TABS
from services.tabs.tab import ToggleTab
from tests.journeys.desk import ADELE, operator
from tests.journeys.served import Served
from tests.journeys.terminal import Terminal

GROUPS = 100_000
RUNS = 3
PACE = 0.11
"""Seconds from one key to the next: a person who looks through a list."""
TARGET = "value ≤ 50"
RESTING = 12
"""Moves on the tab at rest."""


def place(terminal: Terminal) -> int:
    """The line of the screen with the cursor among the rows, -1 while there is none."""
    return next((n for n, line in enumerate(terminal.screen) if line.startswith(("▸ [", "▸  ["))), -1)


def opened(terminal: Terminal, tab: ToggleTab) -> None:
    """Goes to the tab and returns when its first rows are there."""
    terminal.press("t")
    terminal.wait_for("Type to filter")
    terminal.type(tab.title)
    terminal.wait_for(f"▸  {tab.title}")
    terminal.press("enter")
    terminal.wait_for(f"─ {tab.title} ─")
    terminal.wait_for(lambda t: place(t) >= 0, timeout=120)


def move(terminal: Terminal, number: int) -> float:
    """Milliseconds from a key to the paint of the cursor's new place; returns when the next key is due."""
    before = place(terminal)
    terminal.press("down" if number % 2 == 0 else "up")
    pressed = time.perf_counter()
    terminal.wait_for(lambda t: place(t) not in (before, -1), timeout=60)
    took = time.perf_counter() - pressed
    while (left := pressed + PACE - time.perf_counter()) > 0:
        terminal.settle(left, timeout=left)
    return took * 1000


def moves(endpoint: Served, state: Path, tab: ToggleTab, total: int) -> tuple[list[float], list[float], int]:
    """Moves while the tab loads to its `total` rows (0: not known yet), moves at rest, and the rows at last."""
    with operator(endpoint, state, "--user", ADELE) as terminal:
        terminal.wait_for("Display name", timeout=60)
        opened(terminal, tab)
        loading: list[float] = []
        while total and not terminal.shows(f" {total:,} ·"):
            loading.append(move(terminal, len(loading)))
        terminal.settle(1.5)
        resting = [move(terminal, len(loading) + n) for n in range(RESTING)]
        return loading, resting, terminal.number_after(f"{tab.title} ──")


def measure(endpoint: Served, folder: Path, tabs: Sequence[ToggleTab]) -> None:
    """One figure for each tab that is still loading when the first key comes, and one for all of them."""
    every: list[float] = []
    at_rest: list[float] = []
    for tab in tabs:
        state = folder / tab.id
        state.mkdir()
        _, _, total = moves(endpoint, state, tab, 0)
        loading: list[float] = []
        resting: list[float] = []
        for run in range(RUNS):
            for folder_of_run in (folder / f"{tab.id}-{run}", state):  # nothing cached, everything cached
                folder_of_run.mkdir(exist_ok=True)
                while_loading, afterwards, _ = moves(endpoint, folder_of_run, tab, total)
                loading, resting = loading + while_loading, resting + afterwards
        every, at_rest = every + loading, at_rest + resting
        if len(loading) > 1:
            facts = {"groups": GROUPS, "rows": total, "moves": len(loading), "p": 95}
            emit(
                f"{tab.title}: move while it loads",
                p95(loading),
                "ms",
                baseline=p95(resting),
                target=TARGET,
                **facts,
            )
    emit(
        "every tab: median move while it loads", median(every), "ms", baseline=median(at_rest), groups=GROUPS
    )
    facts = {"groups": GROUPS, "moves": len(every), "p": 95}
    emit("every tab: move while it loads", p95(every), "ms", baseline=p95(at_rest), target=TARGET, **facts)


def main(names: Sequence[str]) -> None:
    """All tabs of switches, or those whose ids are named."""
    tabs = [tab for tab in TABS if isinstance(tab, ToggleTab) and (not names or tab.id in names)]
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        tenant("--users", "500", "--groups", str(GROUPS)) as endpoint,
    ):
        measure(endpoint, Path(folder), tabs)


if __name__ == "__main__":
    main(sys.argv[1:])
