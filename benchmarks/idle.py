"""What the program costs while nobody touches it: bytes to the terminal and wake-ups, at rest and beside a process.

A wake-up is a thread that waited and went on: its voluntary context switches (Linux). The baseline is the smallest
Textual app with the stock driver at rest. Targets: 0 bytes at rest; at most 2 repaints a second beside a process.
"""

import sys
import tempfile
import time
from pathlib import Path

from textual.app import App, ComposeResult
from textual.widgets import Static

from benchmarks.figure import emit
from benchmarks.lab import tenant
from tests.journeys.desk import ADELE, operator, switch_on_all
from tests.journeys.terminal import Terminal

SECONDS = 20.0
APART = 0.1
"""Seconds without a byte between two repaints."""
PAGE = ("--user", ADELE, "--tab", "security-groups")


class Smallest(App[None]):
    """One line."""

    def compose(self) -> ComposeResult:
        yield Static("ready")


def wakeups(terminal: Terminal) -> int:
    """How often threads of the program, of those that live now, waited."""
    found = 0
    for status in Path(f"/proc/{terminal.pid}/task").glob("*/status"):
        found += int(status.read_text().partition("\nvoluntary_ctxt_switches:")[2].split()[0])
    return found


def rest(terminal: Terminal, name: str, *, baseline: float | None = None) -> float:
    """Bytes and wake-ups a minute of a program that is left alone; the latter."""
    terminal.settle(4.0, timeout=4.0)
    before, woken = len(terminal.output), wakeups(terminal)
    terminal.settle(SECONDS, timeout=SECONDS)
    minute = 60 / SECONDS
    woken = wakeups(terminal) - woken
    emit(f"{name}: bytes a minute", (len(terminal.output) - before) * minute, "B", target="value ≤ 0")
    emit(f"{name}: wake-ups a minute", woken * minute, "", baseline=baseline)
    return woken * minute


def beside(terminal: Terminal) -> None:
    """Repaints and bytes a second while two hundred steps are on their way."""
    wanted = switch_on_all(terminal)
    terminal.press("f2")
    terminal.wait_for("ready")
    terminal.press("enter")
    terminal.wait_for(f"/{wanted} ")
    terminal.settle(0.5, timeout=1.0)
    before, repaints = len(terminal.output), 0
    begun = time.perf_counter()
    while terminal.shows(f"/{wanted} ") and time.perf_counter() < begun + SECONDS:
        repaints += terminal.settle(APART) > 0
    took = time.perf_counter() - begun
    emit("beside a process: repaints a second", repaints / took, "", target="value ≤ 2")
    emit("beside a process: bytes a second", (len(terminal.output) - before) / took, "B")


def main() -> None:
    """At rest, and with a process."""
    with Terminal([sys.executable, "-m", "benchmarks.idle", "smallest"]) as terminal:
        terminal.wait_for("ready")
        smallest = rest(terminal, "smallest app at rest")
    with tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder:
        flags = ("--users", "60", "--groups", "2500", "--latency-ms", "1500")
        with tenant(*flags) as endpoint, operator(endpoint, Path(folder), *PAGE) as terminal:
            terminal.wait_for("member of ")
            rest(terminal, "at rest", baseline=smallest)
            beside(terminal)


if __name__ == "__main__":
    if sys.argv[1:] == ["smallest"]:
        Smallest().run()
    else:
        main()
