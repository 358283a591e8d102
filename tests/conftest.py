"""What every test stands on: snapshots at the top of the tree."""

import os
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import pytest
import pytest_textual_snapshot as pts
from syrupy.data import SnapshotCollections
from syrupy.location import PyTestLocation

from tests import wire

if TYPE_CHECKING:
    from tests.domain_controller import Domain

ROOT = Path(__file__).resolve().parents[1]
_partial_run = False


def pytest_configure(config: pytest.Config) -> None:
    """Remembers whether single tests were named or chosen: then no snapshot may be pruned as unused."""
    global _partial_run
    chosen = config.option.keyword or config.option.markexpr
    _partial_run = bool(chosen) or any("::" in argument for argument in config.args)


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


@pytest.fixture(autouse=True)
def _this_machine_alone() -> Iterator[None]:
    """Nothing that a test does or starts looks for another host: the program talks to the profile's and no other."""
    log = Path(os.environ[wire.LOG])
    log.write_text("")
    yield
    assert wire.attempts(log) == []


@pytest.fixture
def anyio_backend() -> str:
    """Async tests run on asyncio, as the program does."""
    return "asyncio"


@pytest.fixture(scope="session")
def domain(tmp_path_factory: pytest.TempPathFactory) -> Iterator["Domain"]:
    """A real Active Directory, shared by all test processes of the run."""
    from tests.domain_controller import missing, running_domain

    if reason := missing():
        pytest.skip(reason)
    base = tmp_path_factory.getbasetemp()
    # a worker of xdist has a folder of its own below that of the run
    with running_domain((base.parent if "PYTEST_XDIST_WORKER" in os.environ else base) / "domain") as found:
        yield found
