"""Simulated runs of many seeds on one real file: what was wrong, and how much of what happened."""

import asyncio
import tempfile
from collections import Counter
from collections.abc import Iterable, Sequence
from pathlib import Path

import msgspec

from tests.faults.points import Chance, Fault, Odds, Place, Single, possible
from tests.faults.simulation import Simulation, shape_of
from tests.faults.virtual import WatchedDatabase

_STEPS = 6


class Tally(msgspec.Struct):
    """What came of some runs. `wrong` has a line for each thing that was, beginning with its seed."""

    runs: int = 0
    steps: int = 0
    faults: Counter[str] = msgspec.field(default_factory=Counter)
    wrong: list[str] = []

    def add(self, other: "Tally") -> None:
        """Takes another tally in."""
        self.runs += other.runs
        self.steps += other.steps
        self.faults += other.faults
        self.wrong += other.wrong


async def by_chance(seeds: Iterable[int]) -> Tally:
    """One run for each seed, with faults by chance at every failpoint."""
    tally = Tally()
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "state.db"
        db = await _opened(journal)
        try:
            for seed in seeds:
                shape = shape_of(seed)
                script = Chance(shape.odds, shape.seed)
                simulation = Simulation(db, shape, journal, script)
                tally.wrong += [f"seed {seed}: {line}" for line in await _outcome(simulation)]
                tally.runs += 1
                tally.steps += shape.steps * shape.processes
                tally.faults.update({fault.value: count for fault, count in script.struck.items()})
        finally:
            await db.close()
    return tally


async def one_by_one(
    seed: int, steps: int, *, faults: Sequence[Fault] = tuple(Fault), every: int = 1
) -> Tally:
    """One run for each failpoint that a quiet run passes (every `every`-th) and each fault it can have there."""
    tally = Tally()
    shape = msgspec.structs.replace(
        shape_of(seed), steps=steps, processes=1, runners=1, cancel_after=None, odds=Odds()
    )
    with tempfile.TemporaryDirectory() as folder:
        journal = Path(folder) / "state.db"
        db = await _opened(journal)

        async def run(script: Single) -> None:
            simulation = Simulation(db, shape, journal, script, tenant=f"tenant {seed} {tally.runs}")
            tally.wrong += [f"seed {seed}, {script}: {line}" for line in await _outcome(simulation)]
            tally.runs += 1
            tally.steps += steps

        try:
            quiet = Single(Place.BEFORE_WRITE, 0, Fault.ERROR)
            await run(quiet)
            every_one = [
                (place, number, fault)
                for place, count in quiet.passed.items()
                for number in range(1, count + 1)
                for fault in faults
                if possible(place, fault)
            ]
            for place, number, fault in every_one[::every]:
                await run(Single(place, number, fault))
                tally.faults[fault.value] += 1
        finally:
            await db.close()
    return tally


def chanced(first: int, count: int) -> Tally:
    """The runs of so many seeds, by chance."""
    return asyncio.run(by_chance(range(first, first + count)))


def swept_of(seed: int) -> Tally:
    """The runs of one seed with every fault of its own."""
    return asyncio.run(one_by_one(seed, _STEPS))


async def _opened(journal: Path) -> WatchedDatabase:
    db = await WatchedDatabase.open(journal)
    assert isinstance(db, WatchedDatabase)
    return db


async def _outcome(simulation: Simulation) -> list[str]:
    """What is wrong in the end; a run that does not come to one is wrong, too."""
    try:
        return await simulation.run()
    except Exception as error:
        return [f"{type(error).__name__}: {error}"]
