"""Security groups of a small and of a large tenant in the whole program, through a pseudo-terminal.

Cold: from the key to the last row, against a bare httpx loop over the same delta pages. Warm: the same from
the cache, in a new process. Afterwards moves, switches, filter keys, tab switches; what moves take while the rows
come is `tabs`'s. Peak memory is the program's own.
"""

import asyncio
import tempfile
import time
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from pathlib import Path
from statistics import median, quantiles
from typing import Any

import msgspec

from benchmarks.figure import emit
from benchmarks.lab import bare, tenant
from services.directory_kinds import GROUPS
from services.group import Group, GroupKind
from tests.journeys.desk import ADELE, operator
from tests.journeys.served import Served
from tests.journeys.terminal import Terminal

SIZES = (1_000, 10_000, 100_000)
WINDOWS = ((80, 24), (200, 50))
RUNS = 3
QUIET = 0.15
"""Seconds without a byte after which a frame is over: several frames of the 30 a second that Rollcall draws at most."""
PAGE = 999
WORDS = 3
"""How often the filter is typed: its first letters cost most."""
TARGETS = {
    "cold: all rows": "ratio ≤ 1.3",
    "cold: memory": "value ≤ 160",
    "warm: first rows": "value ≤ 150",
    "warm: memory": "value ≤ 160",
    "move": "value ≤ 30",
    "page down": "value ≤ 30",
    "switch": "value ≤ 30",
    "filter key": "value ≤ 50",
}
GROWTH = {"warm: first rows": "ratio ≤ 1.5"} | dict.fromkeys(("move", "page down", "switch"), "ratio ≤ 1.2")
"""What may grow by so much from the smallest tenant to the largest."""
Measured = dict[str, float]
"""Milliseconds of what is held against another tenant's."""


class _Page(msgspec.Struct):
    value: list[Group]
    next_link: str = msgspec.field(name="@odata.nextLink", default="")


async def bare_loop(endpoint: Served) -> tuple[float, int]:
    """Seconds of a plain client for all delta pages, and how many of the groups are security groups."""
    found = 0
    started = time.perf_counter()
    async with bare(endpoint) as client:
        url = f"/v1.0{GROUPS.path}?$select={GROUPS.fields}"
        while url:
            answer = await client.get(url, headers={"Prefer": f"odata.maxpagesize={PAGE}"})
            page = msgspec.json.decode(answer.content, type=_Page)
            found += sum(group.kind is GroupKind.SECURITY for group in page.value)
            url = page.next_link
    return time.perf_counter() - started, found


@contextmanager
def user_page(
    endpoint: Served, folder: Path, *more: str, columns: int = 80, rows: int = 24
) -> Iterator[Terminal]:
    """The program at rest on a user's first tab, with the list of tabs open on Security groups."""
    with operator(endpoint, folder, "--user", ADELE, *more, columns=columns, rows=rows) as terminal:
        terminal.wait_for("Display name", timeout=60)
        terminal.press("t")
        terminal.wait_for("Type to filter")
        terminal.type("secu")
        terminal.wait_for("▸  Security groups")
        terminal.settle(0.5)
        yield terminal


def rows(terminal: Terminal) -> bool:
    """Whether rows with switches are on the screen."""
    return any(line[2:3] == "[" for line in terminal.screen)


def opened(endpoint: Served, folder: Path, count: int) -> dict[str, float]:
    """Milliseconds from the key that opens the tab to its first row, to its last, to a list that is current; memory."""
    with user_page(endpoint, folder) as terminal:
        terminal.press("enter")
        # a terminal of the tests waits before it sends a key
        started = time.perf_counter()
        terminal.wait_for(rows, timeout=120)
        first = time.perf_counter() - started
        terminal.wait_for(f" {count:,} ·", timeout=120)
        last = time.perf_counter() - started
        terminal.wait_for(lambda t: t.shows("member of ") and not t.shows("refreshing"), timeout=120)
        current = time.perf_counter() - started
        # the cache is written after the last row
        terminal.settle(1.5)
        found = {"first rows": first, "all rows": last, "up to date": current}
        return {what: took * 1000 for what, took in found.items()} | {"memory": peak_of(terminal)}


def updated(endpoint: Served, folder: Path) -> tuple[float, int]:
    """Milliseconds from the key that refreshes the tab until a group that was deleted is gone, and the delta calls."""
    log = folder / "wire.log"
    with user_page(endpoint, folder, "--log", str(log)) as terminal:
        terminal.press("enter")
        terminal.wait_for(lambda t: t.shows("member of ") and not t.shows("refreshing"), timeout=120)
        terminal.settle(1.0)
        count = terminal.number_after("Security groups ──")
        status, _ = endpoint.ask("DELETE", f"/v1.0/groups/{_deletable(endpoint)}")
        if status != 204:
            raise RuntimeError(f"the group was not deleted: {status}")
        before = log.read_text().count(GROUPS.path)
        terminal.press("f5")
        started = time.perf_counter()
        terminal.wait_for(f" {count - 1:,} ·", timeout=120)
        took = time.perf_counter() - started
        terminal.settle(1.0)
        return took * 1000, log.read_text().count(GROUPS.path) - before


def _deletable(endpoint: Served) -> str:
    """The id of a security group of the cloud."""
    _, page = endpoint.ask("GET", "/v1.0/groups?$top=100")
    return next(
        str(group["id"])
        for group in page["value"]
        if group["securityEnabled"]
        and not (group["mailEnabled"] or group["groupTypes"] or group.get("onPremisesSyncEnabled"))
    )


def used(endpoint: Served, folder: Path, columns: int, lines: int) -> dict[str, list[tuple[float, int]]]:
    """What keys cost once all rows are there."""
    with user_page(endpoint, folder, columns=columns, rows=lines) as terminal:
        terminal.press("enter")
        terminal.wait_for(rows, timeout=60)
        terminal.settle(1.0)
        found = {
            "move": cost(terminal, ["down"] * 15),
            "page down": cost(terminal, ["pagedown"] * 10),
            # the first brings the count of changes to the bottom, every further one changes it
            "switch": cost(terminal, ["space", "down"] * 10)[::2],
            "tab switch": cost(terminal, ["[", "]"] * 4),
        }
        typed = []
        for _ in range(WORDS):
            terminal.press("/")
            terminal.settle()
            typed += cost(terminal, list("finance"))
            terminal.press("escape")
            terminal.settle()
        return found | {"filter key": typed}


def cost(terminal: Terminal, keys: Sequence[str]) -> list[tuple[float, int]]:
    """Milliseconds from each key to the last byte it caused, and how many bytes that were."""
    found = []
    for key in keys:
        before = len(terminal.output)
        terminal.press(key)
        found.append((terminal.settle(QUIET) * 1000, len(terminal.output) - before))
    return found


def p95(values: Sequence[float]) -> float:
    """What 95 of 100 stay below, within what was measured: of a few values, nothing is told beyond the largest."""
    return quantiles(values, n=20, method="inclusive")[-1] if len(values) > 1 else max(values, default=0.0)


def peak_of(terminal: Terminal) -> float:
    """MB the program ever had in memory (Linux)."""
    status = Path(f"/proc/{terminal.pid}/status").read_text()
    return int(status.partition("VmHWM:")[2].split()[0]) / 1024


def measure(endpoint: Served, folder: Path, groups: int) -> Measured:
    """All figures of one tenant; what may grow with its size only so much, at the first size of the window."""
    loops, cold, warm = [], [], []
    for run in range(RUNS):
        state = folder / f"{groups}-{run}"
        state.mkdir()
        seconds, count = asyncio.run(bare_loop(endpoint))
        loops.append(seconds * 1000)
        cold.append(opened(endpoint, state, count))
        warm.append(opened(endpoint, state, count))
    for name, runs in (("cold", cold), ("warm", warm)):
        for what in runs[0]:
            baseline = median(loops) if (name, what) == ("cold", "all rows") else None
            unit = "MB" if what == "memory" else "ms"
            value = median(run[what] for run in runs)
            # the loop is held against the largest tenant: in a small one it is over before a frame is drawn
            target = TARGETS.get(f"{name}: {what}", "") if baseline is None or groups == max(SIZES) else ""
            emit(
                f"security groups, {name}: {what}",
                value,
                unit,
                baseline=baseline,
                target=target,
                groups=groups,
            )
    found = keys(endpoint, folder / f"{groups}-0", groups)
    brought = [updated(endpoint, folder / f"{groups}-0") for _ in range(RUNS)]
    facts: dict[str, Any] = {"groups": groups, "delta_calls": max(calls for _, calls in brought)}
    emit("security groups, warm: brought up to date", median(took for took, _ in brought), "ms", **facts)
    return found | {"warm: first rows": median(run["first rows"] for run in warm)}


def keys(endpoint: Served, state: Path, groups: int) -> Measured:
    """The figures of keys once all rows are there; those at the first size of the window."""
    found: Measured = {}
    for columns, lines in WINDOWS:
        facts: dict[str, Any] = {"groups": groups, "columns": columns, "rows": lines}
        for what, costs in used(endpoint, state, columns, lines).items():
            value = p95([c[0] for c in costs])
            found.setdefault(what, value)
            emit(f"security groups: {what}", value, "ms", target=TARGETS.get(what, ""), p=95, **facts)
            emit(f"security groups: bytes per {what}", median([c[1] for c in costs]), "B", **facts)
    return found


def grown(few: Measured, many: Measured) -> None:
    """What the largest tenant costs against the smallest."""
    for what, target in GROWTH.items():
        name = f"growth from {min(SIZES):,} to {max(SIZES):,} groups, {what}"
        emit(name, many[what], "ms", baseline=few[what], target=target)


def main() -> None:
    """A small tenant, one of middling size, and the largest one."""
    found = {}
    for groups in SIZES:
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            tenant("--users", "500", "--groups", str(groups)) as endpoint,
        ):
            found[groups] = measure(endpoint, Path(folder), groups)
    grown(found[min(SIZES)], found[max(SIZES)])


if __name__ == "__main__":
    main()
