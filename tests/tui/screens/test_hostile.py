"""A tenant full of attacks: every screen, dialog and the palette stay up and draw nothing a terminal obeys."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.program import ADELE, press, program, running, screen_text, settled, type_text, until
from tests.tui.stage import assert_harmless
from tui.app import RollcallApp
from tui.screens.views.toggle_view import ToggleView

pytestmark = pytest.mark.anyio


@pytest.fixture(scope="module")
def hostile() -> Iterator[Endpoints]:
    """Names, descriptions and groups that attack terminals, markup and queries."""
    with running_sandbox(users=60, groups=120, hostile=True) as endpoints:
        yield endpoints


def check(pilot: Pilot[None]) -> None:
    """Nothing on the screen is obeyed, and no name became a link that runs an action."""
    assert_harmless(pilot.app)
    width, height = pilot.app.size
    for y in range(height):
        for x in range(width):
            meta = pilot.app.screen.get_style_at(x, y).meta
            assert not any("click" in str(key) for key in meta), meta


async def press_and_check(pilot: Pilot[None], *keys: str) -> None:
    """Looks at the screen after every key."""
    for key in keys:
        await press(pilot, key)
        check(pilot)


@pytest.mark.parametrize("size", [(80, 24), (120, 40)])
async def test_lists_and_their_dialogs(hostile: Endpoints, tmp_path: Path, size: tuple[int, int]) -> None:
    async with running(program(hostile, tmp_path), size) as pilot:
        check(pilot)
        await press_and_check(pilot, "pagedown", "pagedown", "f3", "escape", "y", "escape", "Y", "escape")
        await press_and_check(pilot, "]", "]", "]", "]", "]", "f", "escape", "s", "G")
        await press_and_check(pilot, ":")
        for text in ("[/x", "bold", "'", "W"):
            await type_text(pilot, text)
            check(pilot)
        await press(pilot, "escape")


async def test_every_tab_of_hostile_people(hostile: Endpoints, tmp_path: Path) -> None:
    app = program(hostile, tmp_path)
    async with running(app) as pilot:
        await press(pilot, "pagedown")
        for _ in range(4):
            await press_and_check(pilot, "down", "enter")
            await press_and_check(pilot, *["]"] * 7)
            await press_and_check(pilot, "f3", "escape", "t", "escape", "y", "escape", "escape")
            if len(app.screen_stack) > 2:
                await press(pilot, "f10")


async def test_staging_applying_and_reading_about_it(hostile: Endpoints, tmp_path: Path) -> None:
    app = program(hostile, tmp_path, user=ADELE, tab="security-groups")
    async with running(app) as pilot:
        assert nasty_rows_are_on_show(app)
        await press_and_check(pilot, "v", "G", "space", "tilde", "n", "f3", "escape")
        if "Stage many" in screen_text(pilot):
            await press(pilot, "escape")
        await press_and_check(pilot, "c")
        await type_text(pilot, "a")
        check(pilot)
        await press_and_check(pilot, "enter")
        await settled(pilot)
        check(pilot)
        await press_and_check(pilot, "escape", "f8", "escape", "f2", "f3", "escape", "end", "enter")
        await until(pilot, lambda: app.processes and all(p.ended_at for p in app.processes))
        check(pilot)
        await press_and_check(pilot, "f6", "shift+f6", "enter", "enter", "escape", "f1", "escape")


async def test_devices_that_bear_hostile_names(hostile: Endpoints, tmp_path: Path) -> None:
    app = program(hostile, tmp_path, user=ADELE)
    async with running(app) as pilot:
        await press(pilot, "f9")
        await type_text(pilot, "mfa")
        await press_and_check(pilot, "enter", "f3", "escape", "]")
        assert nasty_rows_are_on_show(app)
        await press_and_check(
            pilot, "space", "down", "space", "f3", "escape", "G", "space", "f2", "f3", "escape"
        )
        await press_and_check(pilot, "enter")
        await until(pilot, lambda: app.processes and all(p.ended_at for p in app.processes))
        check(pilot)
        await press_and_check(pilot, "shift+f6", "enter", "escape")


def nasty_rows_are_on_show(app: RollcallApp) -> bool:
    """The test would prove nothing without them."""
    view = next(view for view in app.screen.query(ToggleView) if view.display)
    return any(set("[<'$") & set(row.name) for row in view.table.rows)
