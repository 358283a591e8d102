"""Runs the benchmarks, all or those named, each in its own process, and writes `report.md`."""

import json
import pkgutil
import subprocess
import sys
from typing import Any

from benchmarks import report

_SHARED = ("__main__", "figure", "lab", "report")


def run(name: str) -> bool:
    """Runs one, showing its figures as they come, and keeps them; whether it came to its end."""
    found: list[dict[str, Any]] = []
    command = [sys.executable, "-m", f"benchmarks.{name}"]
    with subprocess.Popen(command, cwd=report.FOLDER.parent, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        for line in process.stdout:
            print(line, end="", flush=True)
            if line.startswith("{"):
                found.append(json.loads(line))
    if process.returncode == 0:
        report.keep(name, found)
    return process.returncode == 0


def main(names: list[str]) -> int:
    """1 when a benchmark did not come to its end, 2 for a name that is none's."""
    known = [m.name for m in pkgutil.iter_modules([str(report.FOLDER)]) if m.name not in _SHARED]
    if unknown := set(names) - set(known):
        print(f"no such benchmark: {', '.join(unknown)}; there are: {', '.join(known)}", file=sys.stderr)
        return 2
    failed = [name for name in names or known if not run(name)]
    report.write()
    for name in failed:
        print(f"{name} failed", file=sys.stderr)
    return 1 if failed else 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
