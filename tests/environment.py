"""A terminal that is always the same: named in pytest's options, so that it comes before any plugin of Textual's."""

import atexit
import os
import tempfile
import time
from pathlib import Path

from tests import wire

# Textual and Rich read these while they are imported
for _name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLUMNS", "LINES", "TMUX", "LC_ALL", "LC_CTYPE"):
    os.environ.pop(_name, None)
# by the last one the snapshots' workers find the folder of their report
_KEPT = (
    "ROLLCALL_CONTRACTS",
    "ROLLCALL_SEED",
    "ROLLCALL_SEEDS",
    "ROLLCALL_SCHEDULES",
    "TEXTUAL_SNAPSHOT_TEMPDIR",
)
for _name in [name for name in os.environ if name.startswith(("TEXTUAL_", "ROLLCALL_", "XDG_"))]:
    if _name not in _KEPT:
        del os.environ[_name]
os.environ |= {
    "TEXTUAL_ANIMATIONS": "none",
    "TEXTUAL_SMOOTH_SCROLL": "0",
    "TERM": "xterm-256color",
    "COLORTERM": "truecolor",
    "LANG": "C.UTF-8",
    "TZ": "UTC",
}
time.tzset()

os.environ[wire.LOG] = tempfile.mkstemp(prefix="rollcall-wire-")[1]
atexit.register(Path(os.environ[wire.LOG]).unlink, missing_ok=True)
os.environ["PYTHONPATH"] = os.pathsep.join(
    dict.fromkeys([str(wire.GUARDED), *os.environ.get("PYTHONPATH", "").split(os.pathsep)])
)
wire.guard()
