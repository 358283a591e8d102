"""The Users page of tenants whose users are all in the cache: process start to its first rows and to its last.

The baseline is the smallest possible Textual app, started in turn with the program, up to its one line.
"""

import asyncio
import re
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import Any

from benchmarks.figure import emit
from benchmarks.first_paint import SMALLEST, moments
from benchmarks.lab import session, tenant
from tests.journeys.desk import command_of, operator
from tests.journeys.served import Served
from tests.journeys.terminal import Terminal

SIZES = (2_000, 20_000, 200_000)
"""Users in the tenant, those in the recycle bin included."""
RUNS = 7
ROW = "@contoso"
"""Stands in every row of the page, and nowhere else on it."""
_TOTAL = re.compile("── Users ── ([0-9,]+) ─")


def listed(terminal: Terminal) -> str:
    """Waits until the last row is there, and what changed since; how many rows there are, as the title says it.

    A young cache counts as current, so that each of its pieces looks like the last one.
    """
    terminal.wait_for(lambda t: any(map(_TOTAL.match, t.screen)), timeout=300)
    terminal.settle(1.5)
    return next(found[1] for found in map(_TOTAL.match, terminal.screen) if found)


async def fill(endpoint: Served, state: Path) -> int:
    """Lists all users once, so that they are in the cache; how many they are."""
    async with session(endpoint, state) as opened:
        return sum([len(piece.objects) async for piece in opened.tenant.users.listing()])


def compare(endpoint: Served, folder: Path, largest: bool) -> None:
    """Runs both in turn, so that a busy machine bears on both, and prints their medians."""
    users = asyncio.run(fill(endpoint, folder / "state"))
    with operator(endpoint, folder) as terminal:  # compiles, and warms the disk's cache
        total = f"── Users ── {listed(terminal)} "
    smallest = [sys.executable, "-c", SMALLEST]
    rollcall = command_of(endpoint, folder)
    runs = [
        (*moments(smallest, folder, "Hello"), *moments(rollcall, folder, ROW, total)) for _ in range(RUNS)
    ]
    baseline, first, last = (median(side) for side in zip(*runs, strict=True))
    facts: dict[str, Any] = {"baseline": baseline, "users": users, "runs": RUNS}
    target = "ratio ≤ 2.5" if largest else ""
    emit("users page, warm: first rows", first, "ms", target=target, **facts)
    emit("users page, warm: all rows", last, "ms", **facts)


def main() -> None:
    """A small tenant, one of middling size, and the largest one."""
    for users in SIZES:
        with (
            tempfile.TemporaryDirectory(ignore_cleanup_errors=True) as folder,
            tenant("--users", str(users), "--groups", "100") as endpoint,
        ):
            compare(endpoint, Path(folder), users == max(SIZES))


if __name__ == "__main__":
    main()
