"""Start and end: a tenant that cannot be reached, a state file that cannot be used, leaving."""

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
        for key in ("f2", "f4", "f6", "f7", "f8", "shift+f6"):
            await press(pilot, "escape", key)
            # nobody has looked whether something is staged
            assert "Not connected: what is staged or started is kept." in screen_text(pilot), key
        await press(pilot, "f5")
        assert "‹Guest users›" in screen_text(pilot)
        await press(pilot, "[")
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
