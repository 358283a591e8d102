"""Bytes written to a real pseudo-terminal for one key, at 80x24 and 200x50.

The baseline is the smallest Textual app, whose key repaints a line of the same width; where mc and htop are
installed, their cursor-down is measured in the same call. No limits are checked here.
"""

import shutil
import sys
import tempfile
from collections.abc import Sequence
from pathlib import Path
from statistics import mean, median

from textual.app import App, ComposeResult
from textual.widgets import Static

from benchmarks.figure import emit
from benchmarks.toggle_table import TableApp, make_rows
from tests.journeys.terminal import Terminal

SIZES = ((80, 24), (200, 50))
COLOURS = {"truecolor": "truecolor", "256": "", "16": ""}
TERMS = {"truecolor": "xterm-256color", "256": "xterm-256color", "16": "xterm"}
QUIET = 0.15


class Line(App[None]):
    """One line that a key fills anew."""

    BINDINGS = [("down", "count", "Count")]  # noqa: RUF012
    number = 0

    def compose(self) -> ComposeResult:
        yield Static("ready")

    def action_count(self) -> None:
        """Repaints one line."""
        self.number += 1
        self.query_one(Static).update(f"{self.number}".ljust(self.size.width, "x"))


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


def of_line(columns: int, rows: int, colours: str) -> float:
    """The baseline: one line anew."""
    with opened("line", columns, rows, colours) as terminal:
        terminal.wait_for("ready")
        terminal.settle()
        return median(per_key(terminal, ["down"] * 5))


def of_table(columns: int, rows: int, colours: str) -> dict[str, float]:
    """Moves inside the window, over its edge, a switch, a filter key, an idle second."""
    with opened("table", columns, rows, colours) as terminal:
        terminal.wait_for("Finance Finance 0")
        terminal.settle(0.4)
        inside = per_key(terminal, ["down"] * 8)
        toggles = per_key(terminal, ["space"] * 4)
        over = per_key(terminal, ["pagedown"] * 3)
        held = per_key(terminal, ["down"] * rows)
        before = len(terminal.output)
        terminal.settle(1.0)
        return {
            "cursor-down": median(inside),
            "toggle": median(toggles),
            "page down": median(over),
            "cursor-down, mean over a held key": mean(held),
            "idle second": len(terminal.output) - before,
        }


def of_other(command: list[str], ready: str, columns: int, rows: int) -> float:
    """Another program's cursor-down inside its window."""
    with Terminal(command, columns=columns, rows=rows) as terminal:
        terminal.wait_for(ready)
        terminal.settle(0.5)
        # both switch the keypad to application mode, in which the arrow keys send other codes
        return median(per_key(terminal, ["\x1bOB"] * 7)[2:])


def others(columns: int, rows: int) -> None:
    """Programs that admins know, where they are installed."""
    if shutil.which("mc"):
        with tempfile.TemporaryDirectory() as folder:
            for number in range(200):
                (Path(folder) / f"file{number:03}").touch()
            value = of_other(["mc", "-u", folder, folder], "file002", columns, rows)
            emit("bytes per cursor-down of mc", value, "B", columns=columns, rows=rows)
    if shutil.which("htop"):
        value = of_other(["htop", "-d", "100"], "PID", columns, rows)
        emit("bytes per cursor-down of htop", value, "B", columns=columns, rows=rows)


def main() -> None:
    """Every figure at both sizes and in three kinds of colour."""
    for columns, rows in SIZES:
        for colours in TERMS:
            baseline = of_line(columns, rows, colours)
            for name, value in of_table(columns, rows, colours).items():
                emit(
                    f"bytes per {name}",
                    value,
                    "B",
                    baseline=baseline,
                    columns=columns,
                    rows=rows,
                    colours=colours,
                )
        others(columns, rows)


if __name__ == "__main__":
    if sys.argv[1:] == ["line"]:
        Line().run()
    elif sys.argv[1:] == ["table"]:
        TableApp(make_rows(1_000)).run()
    else:
        main()
