"""Exporting a tab: peak memory of 1,000 rows against 100,000, rows a second, and a real tab of 20,000 groups.

The rows of the first two are made up as they are read, so that what grows is the export's own; each is written in
a process of its own, from the journal to the finished file. The baselines are the same rows given to a bare
csv.writer and a bare XlsxWriter.
"""

import asyncio
import csv
import json
import subprocess
import sys
import tempfile
import time
from collections.abc import AsyncIterator, Iterator
from pathlib import Path

import msgspec
import xlsxwriter

from benchmarks.figure import emit
from benchmarks.lab import peak, session, tenant
from services.columns import Column
from services.export.order import order
from services.session import Session
from services.tabs.registry import BY_ID
from services.tabs.security_groups import plan
from services.tabs.tab import Page, Row, Tab, Toggle, ToggleTab
from services.task import Format
from services.tenant import Tenant
from services.user import User
from state.values import ProcessStatus
from tests.journeys.desk import ADELE
from tests.journeys.served import Served

FEW, MANY, GROUPS = 1_000, 100_000, 20_000
PAGE = 1_000
COLUMNS = ("Name", "Description", "Mail", "Source")


def rows(start: int, count: int) -> Iterator[Row]:
    """Rows as a tab of groups has them."""
    for n in range(start, start + count):
        name = f"Group {n * 7919 % 1_000_003:07}"
        cells = (name, f"Access and licences for {name}", f"group{n}@contoso.example", "Cloud")
        yield Row(f"{n:08x}-1d2e-4f5a-8b7c-9d0e1f2a3b4c", name, cells, (n % 9 == 0,))


def made_up(count: int) -> ToggleTab:
    """A tab of so many rows."""

    async def load(tenant: Tenant, user: User) -> AsyncIterator[Page]:
        for start in range(0, count, PAGE):
            yield Page(list(rows(start, min(PAGE, count - start))), replace=start == 0)

    columns = tuple(Column(title.lower(), title) for title in COLUMNS)
    return ToggleTab(
        id="made-up",
        title="Made up",
        about="",
        toggles=(Toggle("member", "Member"),),
        columns=columns,
        load=load,
        plan=plan,
        export=True,
    )


async def exported(opened: Session, tab: Tab, path: Path) -> float:
    """Seconds from the start of the process to its end."""
    user = await opened.find_user(ADELE)
    moved = asyncio.Event()
    opened.on_change = moved.set
    started = time.perf_counter()
    number = await opened.export(order(tab, user, path), user.name)
    while (process := await opened.processes.get(number)).ended_at is None:
        moved.clear()
        await moved.wait()
    took = time.perf_counter() - started
    if process.status is not ProcessStatus.SUCCEEDED:
        raise RuntimeError(f"the export ended as {process.status}: {process.last_line}")
    return took


async def child(endpoint: Served, folder: Path, count: int, kind: Format) -> None:
    """One export in this process; prints what it took. 0 rows: the real security groups, warm."""
    async with session(endpoint, folder / "state") as opened:
        tab: Tab = made_up(count) if count else BY_ID["security-groups"]
        BY_ID.setdefault(tab.id, tab)
        if not count:
            async for _ in opened.tenant.groups.listing():
                pass
        took = await exported(opened, tab, folder / f"file.{kind}")
        sys.stdout.write(json.dumps({"seconds": took, "peak": peak()}))


def measured(endpoint: Served, count: int, kind: Format) -> dict[str, float]:
    """What a process of its own took."""
    with tempfile.TemporaryDirectory() as folder:
        told = json.dumps(msgspec.to_builtins(endpoint))
        command = [sys.executable, "-m", "benchmarks.export", told, folder, str(count), kind.value]
        found: dict[str, float] = json.loads(subprocess.check_output(command))
        return found


def bare(kind: Format) -> float:
    """Seconds for the same rows and no more than the library."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / f"file.{kind}"
        texts = ((r.cells[0], r.key, *r.cells[1:], "on", "") for r in rows(0, MANY))
        started = time.perf_counter()
        if kind is Format.CSV:
            with path.open("w", newline="", encoding="utf-8") as file:
                csv.writer(file).writerows(texts)
        else:
            with xlsxwriter.Workbook(str(path), {"constant_memory": True, "tmpdir": folder}) as book:
                sheet = book.add_worksheet()
                for n, cells in enumerate(texts):
                    for column, text in enumerate(cells):
                        sheet.write_string(n, column, text)
        return time.perf_counter() - started


def main() -> None:
    """A small tenant for what is made up, a larger one for the groups."""
    with tenant("--users", "60", "--groups", "100") as endpoint:
        for kind in Format:
            few, many = measured(endpoint, FEW, kind), measured(endpoint, MANY, kind)
            name = kind.value.upper()
            emit(f"export to {name}, peak memory of 100,000 rows against 1,000", many["peak"], "MB",
                 baseline=few["peak"])  # fmt: skip
            emit(f"export to {name}, made-up rows", MANY / many["seconds"], "rows/s",
                 baseline=MANY / bare(kind), rows=MANY)  # fmt: skip
    with tenant("--users", "60", "--groups", str(GROUPS)) as endpoint:
        real = measured(endpoint, 0, Format.CSV)
        emit("export to CSV, security groups of a tenant with 20,000 groups", real["seconds"], "s",
             peak_mb=round(real["peak"], 1))  # fmt: skip


if __name__ == "__main__":
    if len(sys.argv) > 1:
        told, folder, count, kind = sys.argv[1:]
        asyncio.run(child(msgspec.convert(json.loads(told), Served), Path(folder), int(count), Format(kind)))
    else:
        main()
