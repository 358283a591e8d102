"""Memory of the program with users and groups in its cache: the peak by their number, and over 1,000 tab switches.

The Users page is opened, then a user's page on the tab of the security groups. The first visit lists everything
from the service; what is told is of a later one, from the cache.
"""

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figure import emit
from benchmarks.groups import peak_of
from benchmarks.lab import tenant
from benchmarks.tabs import opened
from benchmarks.users_page import listed
from services.tabs.security_groups import TAB
from tests.journeys.desk import ADELE, operator
from tests.journeys.served import Served
from tests.journeys.terminal import Terminal

SIZES = (1_000, 10_000, 100_000)
"""Groups in the tenant; twice as many users."""
RUNS = 3
SWITCHES = 1_000
SETTLED = 100
"""Switches after which every tab was visited."""


@contextmanager
def visited(endpoint: Served, folder: Path) -> Iterator[Terminal]:
    """The program with all users listed, then at rest on a user's security groups, all of them listed."""
    with operator(endpoint, folder) as terminal:
        listed(terminal)
        terminal.press("/")
        terminal.type(ADELE)
        terminal.wait_for("1 shown")
        terminal.press("enter", "enter")
        terminal.wait_for("Display name")
        opened(terminal, TAB)
        terminal.wait_for(lambda t: not t.shows("loading") and not t.shows("refreshing"), timeout=300)
        # the cache is written after the last row
        terminal.settle(3.0)
        yield terminal


def resident(terminal: Terminal) -> float:
    """MB the program has in memory now (Linux)."""
    status = Path(f"/proc/{terminal.pid}/status").read_text()
    return int(status.partition("VmRSS:")[2].split()[0]) / 1024


def switched(terminal: Terminal) -> tuple[float, float]:
    """MB after the first switches of tabs, by which all were visited, and after the last."""
    settled = 0.0
    for number in range(1, SWITCHES + 1):
        before = title(terminal)
        terminal.press("]")
        terminal.wait_for(lambda t, before=before: title(t) not in ("", before))  # type: ignore[misc]
        if number == SETTLED:
            settled = resident(terminal)
    return settled, resident(terminal)


def title(terminal: Terminal) -> str:
    """The tab whose line stands below the bar; "" while none does."""
    line = next((line for line in terminal.screen if line.startswith("── ")), "")
    return line.removeprefix("── ").partition(" ──")[0]


def measure(endpoint: Served, folder: Path, groups: int) -> None:
    """The peaks of one tenant; in the largest, what switching tabs adds."""
    facts: dict[str, Any] = {"groups": groups, "users": 2 * groups}
    largest = groups == max(SIZES)
    with visited(endpoint, folder) as terminal:
        first = peak_of(terminal)
    peaks = []
    for _ in range(RUNS):
        with visited(endpoint, folder) as terminal:
            peaks.append(peak_of(terminal))
    emit("memory, cold: peak", first, "MB", **facts)
    emit("memory, warm: peak", median(peaks), "MB", target="value ≤ 160" if largest else "", **facts)
    if largest:
        with visited(endpoint, folder) as terminal:
            settled, last = switched(terminal)
        name = f"memory after {SWITCHES:,} tab switches against the first {SETTLED}"
        emit(name, last, "MB", baseline=settled, target="ratio ≤ 1.05", **facts)


def main() -> None:
    """A small tenant, one of middling size, and the largest one."""
    for groups in SIZES:
        flags = ("--users", str(2 * groups), "--groups", str(groups))
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            tenant(*flags) as endpoint,
        ):
            measure(endpoint, Path(folder), groups)


if __name__ == "__main__":
    main()
