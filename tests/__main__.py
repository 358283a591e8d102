"""All checks, quickest first; the first that fails stops them and gives its exit status."""

import subprocess
import sys
import time
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
BIN = Path(sys.executable).parent

STEPS = {
    "ruff check": [sys.executable, "-m", "ruff", "check", "."],
    "ruff format": [sys.executable, "-m", "ruff", "format", "--check", "."],
    "import-linter": [str(BIN / "lint-imports"), "--no-logo"],
    "mypy": [sys.executable, "-m", "mypy"],
    "pytest": [sys.executable, "-m", "pytest", "-n", "5", "--dist", "worksteal"],
}


def main(arguments: list[str]) -> int:
    """Runs the steps; `arguments` go to pytest."""
    for name, command in STEPS.items():
        print(f"── {name}", flush=True)
        started = time.monotonic()
        status = subprocess.call(command + (arguments if name == "pytest" else []), cwd=ROOT)
        # pytest's own last line already tells its time, and belongs last
        if name != "pytest" or status:
            print(
                f"   {time.monotonic() - started:.1f} s" + (f", failed ({status})" if status else ""),
                flush=True,
            )
        if status:
            return status
    return 0


if __name__ == "__main__":
    raise SystemExit(main(sys.argv[1:]))
