"""Simulated runs against the model tenant: 300 seeds here, more with ROLLCALL_SEEDS=20000.

A failing run names its seed; ROLLCALL_SEED=n runs that one alone.
"""

import asyncio
import os
from pathlib import Path

import pytest

from tests.faults.simulation import Simulation, shape_of
from tests.faults.virtual import WatchedDatabase

SEEDS = int(os.environ.get("ROLLCALL_SEEDS", "300"))
ONE = os.environ.get("ROLLCALL_SEED")
CHUNKS = 1 if ONE else 20


@pytest.mark.timeout(0)
@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_step_is_classed_as_what_happened(tmp_path: Path, chunk: int) -> None:
    seeds = [int(ONE)] if ONE else list(range(chunk, SEEDS, CHUNKS))

    async def run() -> list[str]:
        journal = tmp_path / "state.db"
        db = await WatchedDatabase.open(journal)
        assert isinstance(db, WatchedDatabase)
        try:
            wrong = []
            for seed in seeds:
                found = await Simulation(db, shape_of(seed), journal).run()
                wrong += [f"seed {seed}: {line}" for line in found]
            return wrong
        finally:
            await db.close()

    assert asyncio.run(run()) == []
