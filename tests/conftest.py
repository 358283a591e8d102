"""What every test stands on: a terminal that is always the same, and snapshots at the top of the tree."""

import os

# Textual and Rich read these while they are imported
for _name in ("NO_COLOR", "FORCE_COLOR", "CLICOLOR", "COLUMNS", "LINES", "TMUX", "LC_ALL", "LC_CTYPE"):
    os.environ.pop(_name, None)
# by the last one the snapshots' workers find the folder of their report
_KEPT = ("ROLLCALL_CONTRACTS", "ROLLCALL_SEED", "ROLLCALL_SEEDS", "TEXTUAL_SNAPSHOT_TEMPDIR")
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

import time  # noqa: E402
from pathlib import Path  # noqa: E402

import pytest  # noqa: E402
import pytest_textual_snapshot as pts  # noqa: E402
from syrupy.data import SnapshotCollections  # noqa: E402
from syrupy.location import PyTestLocation  # noqa: E402

time.tzset()

ROOT = Path(__file__).resolve().parents[1]
_partial_run = False


def pytest_configure(config: pytest.Config) -> None:
    """Remembers whether single tests were named: then no snapshot may be pruned as unused."""
    global _partial_run
    _partial_run = any("::" in argument for argument in config.args)


class TopLevelSVG(pts.SVGImageExtension):  # type: ignore[misc]
    """Keeps tests/a/test_b.py's pictures in snapshots/a/test_b/."""

    @classmethod
    def dirname(cls, *, test_location: PyTestLocation) -> str:
        """The folder of one test module's pictures."""
        module = Path(test_location.filepath).resolve().relative_to(ROOT / "tests").with_suffix("")
        return str(ROOT / "snapshots" / module)

    def discover_snapshots(self, *, test_location: PyTestLocation) -> SnapshotCollections:
        """What lies there; nothing when single tests were named."""
        if _partial_run:
            return SnapshotCollections()
        found: SnapshotCollections = super().discover_snapshots(test_location=test_location)
        return found


@pytest.fixture(autouse=True)
def _snapshots_at_top_level(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(pts, "SVGImageExtension", TopLevelSVG)


@pytest.fixture(autouse=True)
def _home_of_its_own(monkeypatch: pytest.MonkeyPatch, tmp_path_factory: pytest.TempPathFactory) -> None:
    """No test reads or writes the operator's own profile file and state."""
    monkeypatch.setenv("HOME", str(tmp_path_factory.mktemp("home")))


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the program does."""
    return "asyncio"
