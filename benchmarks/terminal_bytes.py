"""Bytes written to a real pseudo-terminal for one key, at 80x24 and 200x50, and the processor time for it.

A table of 1,000 rows is measured in three kinds of colour, beside the same table with the stock driver; the program
itself beside mc and htop, whose cursor-down is measured in the same call where they are installed.
"""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median
from typing import Any

from textual.driver import Driver
from textual.drivers.linux_driver import LinuxDriver

from benchmarks.figure import emit
from benchmarks.lab import tenant
from benchmarks.toggle_table import TableApp, groups
from tests.journeys.desk import ADELE, operator
from tests.journeys.served import Served
from tests.journeys.terminal import Terminal
from tui.terminal.driver import TerminalDriver

SIZES = ((80, 24), (200, 50))
COLOURS = {"truecolor": "truecolor", "256": "", "16": ""}
TERMS = {"truecolor": "xterm-256color", "256": "xterm-256color", "16": "xterm"}
KNOWN_OF_MC = {80: 135, 200: 255}
"""Bytes per cursor-down of mc, by the columns, where it is not installed."""
QUIET = 0.15


def per_key(terminal: Terminal, keys: Sequence[str]) -> list[int]:
    """Bytes written for each of these keys, one at a time."""
    counts = []
    for key in keys:
        before = len(terminal.output)
        terminal.type(key) if key.startswith("\x1b") else terminal.press(key)
        terminal.settle(QUIET)
        counts.append(len(terminal.output) - before)
    return counts


def opened(program: str, columns: int, rows: int, colours: str) -> Terminal:
    """One of this module's programs in a pseudo-terminal."""
    env = {"TERM": TERMS[colours], "COLORTERM": COLOURS[colours], "TEXTUAL_ANIMATIONS": "none"}
    command = [sys.executable, "-m", "benchmarks.terminal_bytes", program]
    return Terminal(command, columns=columns, rows=rows, env=env)


def of_table(program: str, columns: int, rows: int, colours: str) -> dict[str, float]:
    """Moves inside the window, over its edge, a switch; milliseconds of processor time for a move."""
    with opened(program, columns, rows, colours) as terminal:
        terminal.wait_for("Finance Finance 0")
        terminal.settle(0.4)
        spent = processor(terminal)
        inside = per_key(terminal, ["down"] * 8)
        spent = processor(terminal) - spent
        toggles = per_key(terminal, ["space"] * 4)
        over = per_key(terminal, ["pagedown"] * 3)
        held = per_key(terminal, ["down"] * rows)
        return {
            "bytes per cursor-down": median(inside),
            "bytes per toggle": median(toggles),
            "bytes per page down": median(over),
            "bytes per cursor-down, mean over a held key": mean(held),
            "processor time per cursor-down": spent / len(inside),
        }


def processor(terminal: Terminal) -> float:
    """Milliseconds of processor time that the program's threads have used (Linux)."""
    threads = Path(f"/proc/{terminal.pid}/task").glob("*/schedstat")
    return sum(int(thread.read_text().split()[0]) for thread in threads) / 1e6


def of_program(endpoint: Served, columns: int, rows: int) -> dict[str, float]:
    """Keys on the page of a user, on the tab of the security groups."""
    page = ("--user", ADELE, "--tab", "security-groups")
    with (
        tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
        operator(endpoint, Path(folder), *page, columns=columns, rows=rows) as terminal,
    ):
        terminal.wait_for("member of ")
        terminal.settle(0.5)
        found = {"cursor-down": median(per_key(terminal, ["down"] * 8))}
        # the first brings the count of changes, every further one changes it
        found["toggle"] = median(per_key(terminal, ["space", "down"] * 6)[2::2])
        found["tab switch"] = median(per_key(terminal, ["]", "["] * 3))
        return found


def of_other(command: list[str], ready: str, columns: int, rows: int) -> float:
    """Another program's cursor-down inside its window."""
    with Terminal(command, columns=columns, rows=rows) as terminal:
        terminal.wait_for(ready)
        terminal.settle(0.5)
        # both switch the keypad to application mode, in which the arrow keys send other codes
        return median(per_key(terminal, ["\x1bOB"] * 7)[2:])


def others(columns: int, rows: int) -> dict[str, float]:
    """Programs that admins know, where they are installed."""
    found = {}
    if shutil.which("mc"):
        with tempfile.TemporaryDirectory() as folder:
            for number in range(200):
                (Path(folder) / f"file{number:03}").touch()
            found["mc"] = of_other(["mc", "-u", folder, folder], "file002", columns, rows)
    if shutil.which("htop"):
        found["htop"] = of_other(["htop", "-d", "100"], "PID", columns, rows)
    for name, value in found.items():
        emit(f"bytes per cursor-down of {name}", value, "B", columns=columns, rows=rows)
    return found


def main() -> None:
    """Every figure at both sizes, the table's also in three kinds of colour."""
    with tenant("--users", "60", "--groups", "2000", "--ephemeral") as endpoint:
        for columns, rows in SIZES:
            size: dict[str, Any] = {"columns": columns, "rows": rows}
            mc = others(columns, rows).get("mc")
            for name, value in of_program(endpoint, columns, rows).items():
                limit = (
                    "" if name != "cursor-down" else "ratio ≤ 1" if mc else f"value ≤ {KNOWN_OF_MC[columns]}"
                )
                emit(f"bytes per {name}", value, "B", baseline=mc if limit else None, target=limit, **size)
            for colours in TERMS:
                stock = of_table("stock", columns, rows, colours)
                for name, value in of_table("table", columns, rows, colours).items():
                    unit = "ms" if name.startswith("processor") else "B"
                    emit(
                        f"table of 1,000: {name}", value, unit, baseline=stock[name], colours=colours, **size
                    )


if __name__ == "__main__":
    drivers: dict[str, type[Driver]] = {"table": TerminalDriver, "stock": LinuxDriver}
    if len(sys.argv) > 1:
        TableApp(list(groups(1_000)), driver_class=drivers[sys.argv[1]]).run()
    else:
        main()
