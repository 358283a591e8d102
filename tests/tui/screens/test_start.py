"""Start and end: a tenant that cannot be reached, a state file that cannot be used, a defect, leaving."""

import subprocess
import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from services.errors import Unreachable
from state.errors import StateError
from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.program import press, program, running, screen_text, settled
from tui.screens.users import UsersScreen

pytestmark = pytest.mark.anyio

ROOT = Path(__file__).resolve().parents[3]


def failing_once(error: Exception) -> Callable[[], None]:
    """Raises the error at the first call only."""
    left = [error]

    def connect() -> None:
        if left:
            raise left.pop()

    return connect


@pytest.mark.parametrize("error", [Unreachable("The tenant gave no answer."), StateError("It is locked.")])
async def test_a_failed_start_says_why_and_f5_tries_again(
    tenant: Endpoints, tmp_path: Path, error: Unreachable | StateError
) -> None:
    async with running(program(tenant, tmp_path, connect=failing_once(error))) as pilot:
        shown = screen_text(pilot)
        assert "not connected · F5 tries again" in shown
        assert f"Error: {error.sentence}" in shown
        # no key may need the tenant that is not there
        await press(pilot, "/", "enter", "f", "]", "f2", "f4", "f6", "shift+f6", "f8", "space", "escape")
        assert isinstance(pilot.app.screen, UsersScreen)
        await press(pilot, "f5")
        assert "Adele Vance" in screen_text(pilot)
        assert "Error" not in screen_text(pilot)


async def test_a_list_that_cannot_be_read_is_told_and_read_later(tmp_path: Path) -> None:
    with running_sandbox(faults=("error:status=500,path=users/delta,first=1",)) as tenant:
        async with running(program(tenant, tmp_path)) as pilot:
            assert "not loaded · F5 tries again" in screen_text(pilot)
            await press(pilot, "f5")
            assert "Adele Vance" in screen_text(pilot)


async def test_leaving_at_any_moment_ends_the_program(tenant: Endpoints, tmp_path: Path) -> None:
    for keys in ((), ("enter",), ("enter", "]", "]"), ("f5", "f5")):
        app = program(tenant, tmp_path)
        async with app.run_test(size=(80, 24)) as pilot:
            await settled(pilot)
            await pilot.press(*keys)
            while app.is_running and app.session is not None and app.return_code is None:
                await pilot.press("f10")
                await pilot.pause()
                if app._exit:
                    break
        assert app.session is None


CRASH = """
import sys
from tests import conftest
from pathlib import Path
from tests.tui.screens.program import program
import msgspec
from tests.sandbox import Endpoints

app = program(msgspec.json.decode(sys.argv[1], type=Endpoints), Path(sys.argv[2]))

async def defect():
    access_token = "eyJ-very-secret"
    raise RuntimeError("planted " + str(len(access_token)))

async def auto(pilot):
    app.run_worker(defect)
    await pilot.pause()

app.run(headless=True, auto_pilot=auto)
"""


def test_a_defect_shows_no_locals(tenant: Endpoints, tmp_path: Path) -> None:
    import msgspec

    done = subprocess.run(
        [sys.executable, "-c", CRASH, msgspec.json.encode(tenant).decode(), str(tmp_path / "state")],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=60,
        check=False,
    )
    told = done.stdout + done.stderr
    assert "Rollcall met a defect and stopped. Nothing staged or started is lost" in told
    assert "planted 15" in told
    assert "eyJ" not in told.replace('access_token = "eyJ-very-secret"', "")
    assert tenant.token not in told.replace(msgspec.json.encode(tenant).decode(), "")
