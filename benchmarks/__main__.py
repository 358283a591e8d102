"""Runs the benchmarks, each in its own process; names choose some: `python -m benchmarks first_paint`."""

import pkgutil
import subprocess
import sys
from pathlib import Path

FOLDER = Path(__file__).resolve().parent


def main(names: list[str]) -> int:
    """The number of benchmarks that failed, at most 1 as an exit status."""
    found = [module.name for module in pkgutil.iter_modules([str(FOLDER)])]
    known = [name for name in found if name not in ("__main__", "figure", "lab")]
    if unknown := set(names) - set(known):
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    failed = [
        name
        for name in names or known
        if subprocess.call([sys.executable, "-m", f"benchmarks.{name}"], cwd=FOLDER.parent)
    ]
    for name in failed:
        print(f"{name} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
