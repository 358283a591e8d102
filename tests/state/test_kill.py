"""kill -9 at any moment: what a program was told to be committed is there when the file is opened again."""

import asyncio
import subprocess
import sys
from pathlib import Path
from random import Random

from state.pending import PendingChanges
from state.processes import Processes
from state.values import ProcessStatus, StepClass
from tests.state.values import opened
from tests.state.victim import STEPS

KILLS = 12
ROOT = Path(__file__).parents[2]


def lived(path: Path, life: int, lines: int) -> list[list[str]]:
    """Lets the victim live until it has said so many lines, kills it, and returns all it said."""
    command = [sys.executable, "-m", "tests.state.victim", str(path), str(life)]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True, cwd=ROOT) as victim:
        assert victim.stdout is not None
        heard = [victim.stdout.readline() for _ in range(lines)]
        victim.kill()
        # what it said between the last line read and its end was committed as well
        heard += victim.stdout.readlines()
    return [line.split() for line in heard if line.endswith("\n")]


def test_nothing_committed_is_lost(tmp_path: Path) -> None:
    path = tmp_path / "state.db"
    random = Random(20300115)  # noqa: S311
    heard = [line for life in range(KILLS) for line in lived(path, life, random.randrange(1, 60))]
    asyncio.run(_check(path, heard))


async def _check(path: Path, heard: list[list[str]]) -> None:
    async with opened(path) as db:
        assert await db.integrity() == ""
        staged = {change.row for change in await PendingChanges(db, "t1").all()}
        processes = Processes(db, "t1")
        taken = {row for line in heard if line[0] == "started" for row in line[2:]}
        for line in heard:
            if line[0] == "staged" and line[1] not in taken and line[1].endswith(".2"):
                # the third of a turn is never applied; the others may be in a start that nobody heard of
                assert line[1] in staged
        assert not staged & taken
        for process in await processes.recent(100_000):
            steps = await processes.steps(process.id)
            assert len(steps) == process.total == STEPS
            for state in StepClass:
                assert process.counts.get(state, 0) == sum(step.state is state for step in steps)
        await _check_said(processes, heard)


async def _check_said(processes: Processes, heard: list[list[str]]) -> None:
    for what, number, *more in heard:
        if what == "sent":
            step = (await processes.steps(int(number), after=int(more[0]) - 1, limit=1))[0]
            assert step.state is not StepClass.WAITING
        if what == "finished":
            assert (await processes.get(int(number))).status is ProcessStatus.SUCCEEDED
