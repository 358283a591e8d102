"""What the list of processes and that of steps show: decided by the database, page by page."""

import asyncio
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from state.filters import ProcessFilter
from state.processes import Processes
from state.values import NewProcess, NewStep, ProcessStatus, StepClass, StepResult
from tests.state.values import opened

DAY = datetime(2026, 3, 31, 12, 0, tzinfo=UTC)


async def history(processes: Processes) -> None:
    """Six processes on six days, each another."""
    kinds = ("apply", "apply", "undo", "export", "apply", "block-sign-in")
    ends = (StepClass.DONE, StepClass.REFUSED, StepClass.DONE, StepClass.FAILED, StepClass.UNKNOWN, None)
    titles = ("Ann", "100% Ännchen", "Undo of #1", "x_y", "Bob", "Block sign-in")
    for number, (kind, end, title) in enumerate(zip(kinds, ends, titles, strict=True)):
        at = DAY + timedelta(days=number)
        new = NewProcess(kind, title, f"op{number % 2}@host", user=f"u{number % 3}")
        steps = [NewStep(b"{}", f"Step {n}", f"Target {n}", f"{number}.{n}") for n in (1, 2)]
        found = await processes.start(new, steps, [], at)
        if end is not None:
            await processes.claim("me", at, 30)
            await processes.mark_sent(found, "me", [1, 2], at)
            results = [StepResult(1, end, sentence="Said äh"), StepResult(2, StepClass.DONE)]
            await processes.record(found, "me", results, at)
            await processes.finish(found, "me", at)


@pytest.mark.parametrize(
    ("where", "wanted"),
    [
        (ProcessFilter(), [6, 5, 4, 3, 2, 1]),
        (ProcessFilter(text="ann"), [1]),
        (ProcessFilter(text="ÄNN"), [2]),
        (ProcessFilter(text="100%"), [2]),
        (ProcessFilter(text="x_y"), [4]),
        (ProcessFilter(text="op1 apply"), [2]),
        (ProcessFilter(text="refused"), [2]),
        (ProcessFilter(text="2026-04"), [6, 5, 4, 3, 2]),
        (ProcessFilter(text="2026-04-02"), [3]),
        (ProcessFilter(text="2026"), [6, 5, 4, 3, 2, 1]),
        (ProcessFilter(text="2026-13"), []),
        (ProcessFilter(text="waiting"), [6]),
        (ProcessFilter(status=(ProcessStatus.SUCCEEDED,)), [3, 1]),
        (ProcessFilter(trouble=True), [5, 4, 2]),
        (ProcessFilter(trouble=True, kind="apply"), [5, 2]),
        (ProcessFilter(user="u0"), [4, 1]),
        (ProcessFilter(operator="op0@host", since=DAY + timedelta(days=1)), [5, 3]),
        (ProcessFilter(text="nothing"), []),
    ],
)
def test_which_processes_are_shown(tmp_path: Path, where: ProcessFilter, wanted: list[int]) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            await history(processes)
            await Processes(db, "t2").start(NewProcess("apply", "Ann", "op0@host"), [], [], DAY)
            shown: list[int] = []
            while page := await processes.recent(2, shown[-1] if shown else None, where=where):
                shown += [process.id for process in page]
            assert shown == wanted

    asyncio.run(run())


def test_what_can_be_chosen_from(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            await history(Processes(db, "t1"))
            kinds, operators = await Processes(db, "t1").known()
            assert kinds == ["apply", "block-sign-in", "export", "undo"]
            assert operators == ["op0@host", "op1@host"]
            assert await Processes(db, "t2").known() == ([], [])

    asyncio.run(run())


def test_which_steps_are_shown(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            processes = Processes(db, "t1")
            await history(processes)

            async def shown(text: str) -> list[int]:
                return [step.number for step in await processes.steps(2, text=text)]

            assert await shown("target 2") == [2]
            assert await shown("refused") == [1]
            assert await shown("said ÄH") == [1]
            assert await shown("step") == [1, 2]
            assert await shown("%") == []

    asyncio.run(run())
