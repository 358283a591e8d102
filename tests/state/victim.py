"""The program that test_kill kills: it stages, starts and marks for ever, and says what was committed.

Each line on its output is said after the commit it speaks of: the file must know it, whatever happens.
"""

import asyncio
import sys
from pathlib import Path

from state.database import Database
from state.entries import Entry
from state.pending import PendingChanges
from state.processes import Processes
from state.values import StepClass, StepResult
from tests.state.values import APPLY, NOON, change, later, new_steps

STEPS = 6


def said(*words: object) -> None:
    """Tells the test, at once."""
    sys.stdout.write(" ".join(map(str, words)) + "\n")
    sys.stdout.flush()


async def go_on(path: Path, life: int) -> None:
    """Stages three changes, applies two of them, runs the process; and so on."""
    db = await Database.open(path)
    staged, processes = PendingChanges(db, "t1"), Processes(db, "t1")
    for turn in range(10_000):
        rows = [f"{life}.{turn}.{n}" for n in range(3)]
        for row in rows:
            await staged.stage([change(row)], NOON)
            said("staged", row)
        number = await processes.start(APPLY, new_steps(STEPS), [change(r) for r in rows[:2]], NOON)
        said("started", number, *rows[:2])
        await processes.claim(f"life {life}", later(life * 100 + 1), 1)
        for step in range(1, STEPS + 1):
            results = [StepResult(step - 1, StepClass.DONE, request_id=f"r{step - 1}")] if step > 1 else []
            await processes.write(
                number, f"life {life}", Entry(send=[step], results=results), later(life * 100 + 1)
            )
            said("sent", number, step)
        await processes.record(number, f"life {life}", [StepResult(STEPS, StepClass.DONE)], NOON)
        await processes.finish(number, f"life {life}", NOON)
        said("finished", number)


if __name__ == "__main__":
    asyncio.run(go_on(Path(sys.argv[1]), int(sys.argv[2])))
