"""Simulated runs against the model tenant: a few seeds here, as many as one likes with `python -m tests.faults`.

A failing run names its seed; ROLLCALL_SEED=n runs that one alone.
"""

import asyncio
import os

import pytest

from tests.faults.runs import by_chance

ONE = os.environ.get("ROLLCALL_SEED")
SEEDS = 20
CHUNKS = 10


@pytest.mark.parametrize("chunk", range(CHUNKS))
def test_every_step_is_classed_as_what_happened(chunk: int) -> None:
    seeds = [int(ONE)] if ONE else range(chunk, SEEDS, CHUNKS)
    tally = asyncio.run(by_chance(seeds))
    assert tally.wrong == []
    assert tally.runs == len(seeds)
