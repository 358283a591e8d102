"""The README's command that installs the program, against plain `pip install` of the same versions: time and size.

Each run installs a copy of the source into an environment of its own, in turn. Both take the packages from a cache of
pip's that an installation before has filled: what a download takes is the network's, and the same for both. The size
is what the environment takes of the disk.
"""

import os
import resource
import shutil
import subprocess
import tempfile
import time
from pathlib import Path
from statistics import median
from typing import NamedTuple

from benchmarks.figure import emit
from tests.journeys.terminal import ROOT

RUNS = 3
PLAIN = "python3 -m venv .venv && .venv/bin/pip install -q -c constraints.txt -e ."
SOURCE = ("pyproject.toml", "constraints.txt", "README.md", "LICENSE", "tui", "services", "state")


class Cost(NamedTuple):
    """What one installation took: seconds on the clock and of processor time, and MB of the disk."""

    seconds: float
    processor: float
    mb: float


def documented() -> str:
    """The first command of the README's first block, up to where it starts the program."""
    block = (ROOT / "README.md").read_text("utf-8").partition("```sh\n")[2]
    command, found, _ = block.partition("\n")[0].rpartition(" && ")
    if not found:
        raise RuntimeError("README.md: the first command is not one that installs and starts the program")
    return command


def installed(command: str, cache: Path) -> Cost:
    """Runs the command in a folder of its own that holds the source alone."""
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        for part in SOURCE:
            copy = shutil.copytree if (ROOT / part).is_dir() else shutil.copy
            copy(ROOT / part, folder / part)
        env = {k: v for k, v in os.environ.items() if k not in ("PYTHONPATH", "VIRTUAL_ENV")}
        started, before = time.perf_counter(), processor()
        subprocess.run(["sh", "-c", command], check=True, cwd=folder, env=env | {"PIP_CACHE_DIR": str(cache)})
        took = time.perf_counter() - started
        return Cost(took, processor() - before, size(folder / ".venv"))


def processor() -> float:
    """Seconds of processor time that commands have used which came to their end."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def size(folder: Path) -> float:
    """MB of the disk that a folder takes."""
    return sum(path.lstat().st_blocks * 512 for path in folder.rglob("*")) / 1e6


def main() -> None:
    """Both in turn, so that a busy machine bears on both."""
    with tempfile.TemporaryDirectory() as folder:
        cache = Path(folder)
        installed(PLAIN, cache)
        runs = [(installed(documented(), cache), installed(PLAIN, cache)) for _ in range(RUNS)]
    ours, plain = zip(*runs, strict=True)
    for n, (what, unit) in enumerate((("time", "s"), ("processor time", "s"), ("size", "MB"))):
        value, baseline = (median(cost[n] for cost in costs) for costs in (ours, plain))
        target = "" if what == "processor time" else "ratio ≤ 0.6"
        emit(f"install: {what}", value, unit, baseline=baseline, target=target, runs=RUNS)


if __name__ == "__main__":
    main()
