"""Confirm and Discard: the harmless button has the focus, and harm takes more than one key."""

import pytest
from textual.pilot import Pilot
from textual.widgets import Button

from tests.tui.stage import HOSTILE, Stage, assert_harmless, drawn, on_stage, open_dialog
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.discard import Discard

pytestmark = pytest.mark.anyio


@pytest.mark.parametrize(
    ("keys", "result"),
    [
        (("enter",), False),
        (("escape",), None),
        (("right", "enter"), True),
        (("tab", "enter"), True),
        (("f10",), None),
    ],
)
async def test_confirm(keys: tuple[str, ...], result: bool | None) -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(
            app, pilot, Confirm("Block sign-in?", ["Adele Vance"], "Block sign-in", dangerous=True)
        )
        assert app.focused is app.screen.query_one("#cancel")
        await pilot.press(*keys)
        assert app.results == [result]

    await on_stage(app, act)


async def test_the_number_must_be_typed() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, Confirm("Remove?", ["From Eng-Core"], "Remove", type_to_confirm="12"))
        confirm = app.screen.query_one("#confirm", Button)
        await pilot.press("enter", "1", "enter")
        assert confirm.disabled
        assert not app.results
        await pilot.press("2")
        assert not confirm.disabled
        await pilot.press("enter")
        assert app.results == [True]

    await on_stage(app, act)


async def test_a_long_body_leaves_the_buttons_in_sight() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, Confirm("Remove?", [f"line {n}" for n in range(200)], "Remove"))
        button = app.screen.query_one("#cancel")
        assert button.region.bottom <= 24
        assert button.region.height == 1
        assert app.focused is button

    await on_stage(app, act)


@pytest.mark.parametrize(
    ("keys", "result"),
    [
        (("enter",), None),
        (("escape",), None),
        (("right", "enter"), "tab"),
        (("right", "right", "enter"), "all"),
    ],
)
async def test_discard(keys: tuple[str, ...], result: str | None) -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, Discard(3, 5))
        await pilot.press(*keys)
        assert app.results == [result]

    await on_stage(app, act)


async def test_nothing_to_discard_on_this_tab() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, Discard(0, 5))
        await pilot.press("right", "enter")
        assert app.results == ["all"]

    await on_stage(app, act)


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_questions(text: str) -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, Confirm(text, [text, text], text, dangerous=True, type_to_confirm=text))
        assert_harmless(app)

    await on_stage(app, act, (60, 20))


async def test_a_number_may_be_typed_as_it_is_written_and_another_one_is_told() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, Confirm("Stage?", ["1,993 rows"], "Stage", type_to_confirm="1993"))
        await pilot.press("1", "enter")
        await pilot.pause()
        assert any("Only 1993 goes on" in line for line in drawn(app))
        await pilot.press("comma", "9", "9", "3")
        await pilot.pause()
        assert not any("Only 1993 goes on" in line for line in drawn(app))
        await pilot.press("enter")
        assert app.results == [True]

    await on_stage(app, act)
