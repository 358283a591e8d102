"""Loading, filtering, sorting, moving and toggling in the toggle table, and its memory, by number of rows.

At the end what a row of either kind costs in all, with its texts, once very many have come.

Each size runs in a process of its own, headless at 120x40; the baseline is the smallest Textual app in
another one, and for a key its answer to a key that repaints one line. No limits are checked here.
"""

import asyncio
import json
import resource
import subprocess
import sys
import time
import tracemalloc
from collections.abc import Awaitable, Callable, Iterator
from itertools import islice
from pathlib import Path
from random import Random
from statistics import median
from uuid import UUID

from textual import on
from textual.app import App, ComposeResult
from textual.driver import Driver
from textual.pilot import Pilot
from textual.widgets import Static

from benchmarks.figure import emit
from services.columns import Column
from services.matching import natural
from services.record import Record
from services.tabs.tab import Row, Toggle
from tui.widgets.row_list import RowList
from tui.widgets.table_messages import ToggleAllRequested, Toggled
from tui.widgets.toggle_table import ToggleTable

SIZES = (1_000, 10_000, 100_000)
REPEATS = 15
PIECE = 500
"""Rows that come at once."""
HELD = {"rows": (100_000, "value ≤ 110"), "records": (200_000, "value ≤ 120")}
"""How many of a kind, and how many bytes each may cost."""
WORDS = ("Finance", "Engineering", "Berlin", "Sales", "Projects", "Réseau", "財務部", "Contractors")


def identity(number: int) -> str:
    """An id without a pattern."""
    return str(UUID(int=Random(number).getrandbits(128)))  # noqa: S311 - no secret


def groups(count: int) -> Iterator[Row]:
    """Believable groups; one in eight is a finance group, and no name comes twice."""
    for number in range(count):
        name = f"{WORDS[number % 8]} {WORDS[number // 8 % 8]} {number}"
        cells = (name, f"All of {name} and their guests", "Cloud" if number % 3 else "On-premises")
        yield Row(identity(number), name, cells, (number % 9 == 0,))


def users(count: int) -> Iterator[Record]:
    """Believable users."""
    for number in range(count):
        name, mail = f"{WORDS[number % 8]} {number * 7919 % count}", f"user{number}@contoso.example"
        cells = (name, mail, "Cloud", "allowed", str(number % 4), WORDS[number // 8 % 8], "", "")
        yield Record(identity(number), cells, (("mail", mail), ("employeeId", f"E{number:06}")))


class Smallest(App[None]):
    """One line that another key changes."""

    BINDINGS = [("down", "count", "Count")]  # noqa: RUF012
    number = 0

    def compose(self) -> ComposeResult:
        yield Static("0")

    def action_count(self) -> None:
        """Repaints one line."""
        self.number += 1
        self.query_one(Static).update(str(self.number))


class TableApp(App[None]):
    """A toggle table that is given its rows before it is first drawn, and stages what it asks for."""

    def __init__(self, rows: list[Row], driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        columns = (Column("name", "Name", 12), Column("about", "Description"), Column("source", "Source", 11))
        self.table = ToggleTable(columns, (Toggle("member", "Member"),))
        self._rows = rows

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.set_rows(self._rows)
        self.table.focus()

    @on(Toggled)
    @on(ToggleAllRequested)
    def _stage(self, event: Toggled | ToggleAllRequested) -> None:
        self.table.stage(event.cells)


async def timed(pilot: Pilot[None], *keys: str) -> float:
    """Milliseconds of processor time that a key costs; the pilot's own waits take most of the clock's."""
    started = time.process_time()
    await pilot.press(*keys)
    await pilot.pause()
    return (time.process_time() - started) * 1000


def direct(action: Callable[[], object]) -> float:
    """Milliseconds of one call."""
    started = time.perf_counter()
    action()
    return (time.perf_counter() - started) * 1000


async def smallest() -> dict[str, float]:
    """The baseline: start, and a key that repaints a line."""
    started = time.perf_counter()
    app = Smallest()
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        load = (time.perf_counter() - started) * 1000
        keys = [await timed(pilot, "down") for _ in range(REPEATS)]
    return {"load": load, "key": median(keys), "memory": peak()}


def peak() -> float:
    """MB this process ever had in memory."""
    return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


async def of_table(count: int) -> dict[str, float]:
    """All figures of one size."""
    rows = list(groups(count))
    before = peak()
    started = time.perf_counter()
    app = TableApp(rows)
    figures: dict[str, float] = {}
    async with app.run_test(size=(120, 40)) as pilot:
        await pilot.pause()
        figures["load"] = (time.perf_counter() - started) * 1000
        table = app.table
        figures["move"] = median([await timed(pilot, "down") for _ in range(REPEATS)])
        figures["page"] = median([await timed(pilot, "pagedown") for _ in range(REPEATS)])
        figures["toggle"] = median([await timed(pilot, "space") for _ in range(REPEATS)])
        await pilot.press("slash")
        figures["first filter key"] = await timed(pilot, "f")
        figures["next filter key"] = median([await timed(pilot, key) for key in "inance"])
        await pilot.press("escape")
        figures["filter without a frame"] = direct(lambda: table.set_filter("finance 9"))
        table.set_filter("")
        figures["sort by name"] = direct(lambda: table.sort((False, 0)))
        figures["page, sorted"] = median([await timed(pilot, "pagedown") for _ in range(REPEATS)])
        figures["sort by description"] = direct(lambda: table.sort((False, 1)))
        figures["sort by member"] = direct(lambda: table.sort((True, 0)))
        figures["replace sorted rows"] = direct(lambda: table.set_rows(rows))
        figures["select all shown"] = await timed(pilot, "a")
    figures["memory"] = peak() - before
    return figures


async def held(count: int) -> dict[str, float]:
    """MB the table itself allocates beyond the rows it was given, with the filter's and the order's indexes built."""
    rows = list(groups(count))
    tracemalloc.start()
    table = TableApp(rows).table
    table.set_rows(rows)
    opened = tracemalloc.get_traced_memory()[0]
    table.set_filter("finance")
    table.sort((False, 0))
    return {"held open": opened / 1e6, "held filtered and sorted": tracemalloc.get_traced_memory()[0] / 1e6}


def by_name(row: Row | Record) -> str:
    """As the tables order their rows."""
    return natural(row.cells[0])


async def arrived(kind: str, count: int) -> dict[str, float]:
    """Bytes that a row costs once it has come in order, and microseconds until it has."""
    listed: RowList[Row | Record] = RowList()
    listed.sort(by_name)
    coming: Iterator[Row | Record] = iter(groups(count) if kind == "rows" else users(count))
    listed.extend(islice(coming, PIECE))
    before, spent = resident(), 0.0
    while piece := list(islice(coming, PIECE)):
        started = time.process_time()
        listed.extend(piece)
        spent += time.process_time() - started
    return {"memory": (resident() - before) / count, "time": spent / count * 1e6}


def resident() -> int:
    """Bytes of this process that are in memory now (Linux)."""
    return int(Path("/proc/self/statm").read_text().split()[1]) * resource.getpagesize()


def measure(what: str, count: int) -> None:
    """One process's figures as one JSON object."""
    runs: dict[str, Callable[[], Awaitable[dict[str, float]]]] = {
        "smallest": smallest,
        "table": lambda: of_table(count),
        "held": lambda: held(count),
        "rows": lambda: arrived("rows", count),
        "records": lambda: arrived("records", count),
    }

    async def run() -> dict[str, float]:
        return await runs[what]()

    print(json.dumps(asyncio.run(run())))


def child(what: str, count: int = 0) -> dict[str, float]:
    """The medians of three processes."""
    command = [sys.executable, "-m", "benchmarks.toggle_table", what, str(count)]
    runs: list[dict[str, float]] = [json.loads(subprocess.check_output(command)) for _ in range(3)]
    return {name: median(run[name] for run in runs) for name in runs[0]}


def main() -> None:
    """Every figure at every size beside its baseline."""
    base = child("smallest")
    for count in SIZES:
        for name, value in child("table", count).items():
            unit = "MB" if name == "memory" else "ms"
            baseline = base["load"] if name == "load" else base["memory"] if unit == "MB" else base["key"]
            emit(f"toggle table: {name}", value, unit, baseline=baseline, rows=count)
        for name, value in child("held", count).items():
            emit(f"toggle table: {name}", value, "MB", rows=count)
    for kind, (count, target) in HELD.items():
        found = child(kind, count)
        emit(f"table of {kind}: memory of each", found["memory"], "B", target=target, rows=count)
        emit(f"table of {kind}: arrival of each", found["time"], "µs", rows=count)


if __name__ == "__main__":
    if len(sys.argv) > 1:
        measure(sys.argv[1], int(sys.argv[2]))
    else:
        main()
