"""Activating a role: what pauses says so, the palette leads to the dialog, the header counts, the process goes on."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from state.clock import SystemClock
from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.program import ADELE, page, press, program, running, screen_text, type_text, until
from tui.screens.dialogs.form import FormDialog
from tui.screens.page import Page

pytestmark = pytest.mark.anyio


@pytest.fixture
def tenant() -> Iterator[Endpoints]:
    """A tenant whose operator holds nothing, and may activate some roles."""
    with running_sandbox(eligible_only=True) as found:
        yield found


async def test_a_process_that_pauses_goes_on_after_the_activation(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="security-groups", clock=SystemClock())
    async with running(app) as pilot:
        await press(pilot, "space", "f2", "enter")
        await until(pilot, lambda: isinstance(app.screen, Page) and "paused" in screen_text(pilot))
        assert "Paused: Groups Administrator is not active; activate it" in screen_text(pilot)
        await press(pilot, ":")
        await type_text(pilot, "activate a role")
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(app.screen, FormDialog))
        assert "Privileged Role Administrator: to be approved by somebody first" in screen_text(pilot)
        await press(pilot, "enter")
        await type_text(pilot, "groups")
        await press(pilot, "enter", "down", "down")
        await type_text(pilot, "INC 4711")
        assert "Activate a role" in screen_text(pilot)
        assert "Groups Administrator for 1 hour" in screen_text(pilot)
        await press(pilot, "f2")
        await until(
            pilot, lambda: isinstance(app.screen, Page) and "Groups Admin 1 h 00" in screen_text(pilot)
        )
        await until(pilot, lambda: all(p.ended_at is not None for p in app.processes))
        assert {p.status.value for p in app.processes} == {"succeeded"}


async def test_a_tab_that_nobody_may_see_says_which_role_shows_it(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE, tab="sign-ins")) as pilot:
        assert "This needs Reports Reader" in screen_text(pilot)
        await press(pilot, "f3")
        assert "you are eligible for it" in screen_text(pilot)


async def test_without_a_role_to_activate_the_palette_says_so(tmp_path: Path) -> None:
    with running_sandbox() as plain:
        async with running(program(plain, tmp_path)) as pilot:
            await press(pilot, ":")
            await type_text(pilot, "activate a role")
            await press(pilot, "enter")
            await until(pilot, lambda: "PIM has no role ready for you" in screen_text(pilot))
            assert not isinstance(pilot.app.screen, FormDialog)
            assert page(pilot)
