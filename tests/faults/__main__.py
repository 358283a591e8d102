"""The long form of the proof: so many real kills and simulated runs, one line of results, every failing seed.

`python -m tests.faults --kills 1000 --runs 10000 --seed 0`; one seed alone: `--runs 1 --seed N`, or `--kills 1`.
A simulated run is the same each time, but for what the machine's own threads decide; of a work that is killed
the seed gives what is to be done and at which failpoint each life ends.
"""

import argparse
import multiprocessing
import os
import sys
import time
from collections.abc import Iterable, Sequence
from concurrent.futures import Future, ProcessPoolExecutor, as_completed
from typing import Any

from tests.faults.kills import Killed, killed
from tests.faults.runs import Tally, chanced, swept_of

_RUNS_A_PIECE = 50
_KILLS_A_PIECE = 50
_WORKS_APART = 1000
"""Between the seeds of two pieces' works: more than a piece has works."""


def main(arguments: Sequence[str]) -> int:
    """Runs all of it and tells; 1 when anything was wrong."""
    parser = argparse.ArgumentParser(prog="python -m tests.faults", description=__doc__)
    parser.add_argument("--kills", type=int, default=0, help="real kills (SIGKILL), at least so many")
    parser.add_argument("--runs", type=int, default=0, help="simulated runs with faults by chance")
    parser.add_argument(
        "--sweeps", type=int, default=0, help="seeds whose failpoints are all tried one by one"
    )
    parser.add_argument("--seed", type=int, default=0, help="the first seed")
    parser.add_argument("--jobs", type=int, default=os.cpu_count() or 1, help="processes side by side")
    asked = parser.parse_args(arguments)
    began = time.monotonic()
    chance, swept, deaths = Tally(), Tally(), Killed()
    spawn = multiprocessing.get_context("spawn")
    with ProcessPoolExecutor(asked.jobs, mp_context=spawn) as pool:
        kinds: dict[Future[Tally], Tally] = {}
        dying: list[Future[Killed]] = []
        for first, kills in _pieces(asked.kills, _KILLS_A_PIECE):
            seed = asked.seed + first // _KILLS_A_PIECE * _WORKS_APART
            dying.append(pool.submit(killed, kills, seed))
        for first, runs in _pieces(asked.runs, _RUNS_A_PIECE):
            kinds[pool.submit(chanced, asked.seed + first, runs)] = chance
        for seed in range(asked.seed, asked.seed + asked.sweeps):
            kinds[pool.submit(swept_of, seed)] = swept
        pieces: list[Future[Any]] = [*kinds, *dying]
        for number, _ in enumerate(as_completed(pieces), 1):
            print(f"\r{number} of {len(pieces)} pieces", end="", file=sys.stderr, flush=True)
    for piece, whole in kinds.items():
        whole.add(piece.result())
    for died in dying:
        deaths.add(died.result())
    print(file=sys.stderr)
    wrong = chance.wrong + swept.wrong + deaths.wrong
    print(f"{_told(chance, swept, deaths)}: {len(wrong)} wrong · {time.monotonic() - began:.0f} s")
    print(*wrong, sep="\n", end="\n" if wrong else "")
    return 1 if wrong else 0


def _told(chance: Tally, swept: Tally, deaths: Killed) -> str:
    faults = ", ".join(f"{count:,} {fault}s" for fault, count in sorted(chance.faults.items()))
    classes = ", ".join(f"{count:,} {name}" for name, count in sorted(deaths.classes.items()))
    return (
        f"{chance.runs:,} runs of {chance.steps:,} steps ({faults or 'no faults'}) · "
        f"{swept.faults.total():,} faults one by one · "
        f"{deaths.kills:,} kills in {deaths.works:,} works ({classes or 'no steps'})"
    )


def _pieces(count: int, size: int) -> Iterable[tuple[int, int]]:
    return ((first, min(size, count - first)) for first in range(0, count, size))


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
