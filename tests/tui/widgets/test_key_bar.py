"""The key bar: hints that fit, an ellipsis for the rest, and always the one that leads out."""

import pytest
from textual.pilot import Pilot

from tests.tui.stage import HOSTILE, Stage, assert_harmless, lines_of, on_stage
from tui.widgets.key_bar import Hint, KeyBar

pytestmark = pytest.mark.anyio

HINTS: list[Hint | tuple[str, str]] = [
    ("F1", "Help"),
    ("Space", "Toggle"),
    Hint("F9", "More", enabled=False),
    ("F10", "Back"),
]


async def test_hints_are_cut_at_the_width() -> None:
    bar = KeyBar()

    async def act(pilot: Pilot[None]) -> None:
        bar.show(HINTS)
        await pilot.pause()
        assert lines_of(bar)[0].rstrip() == " F1 Help  Space Toggle  F9 More  F10 Back"
        await pilot.resize_terminal(26, 5)
        await pilot.pause()
        assert lines_of(bar)[0].rstrip() == " F1 Help …  F10 Back"

    await on_stage(Stage(bar), act)


async def test_a_click_chooses_an_enabled_hint() -> None:
    bar = KeyBar()
    app = Stage(bar)

    async def act(pilot: Pilot[None]) -> None:
        bar.show(HINTS)
        await pilot.pause()
        line = lines_of(bar)[0]
        await pilot.click(bar, offset=(line.index("More"), 0))
        await pilot.click(bar, offset=(line.index("Toggle"), 0))
        assert [message.hint.key for message in app.of(KeyBar.HintChosen)] == ["Space"]

    await on_stage(app, act)


async def test_hostile_hints() -> None:
    bar = KeyBar()
    app = Stage(bar)

    async def act(pilot: Pilot[None]) -> None:
        bar.show([(text, text) for text in HOSTILE])
        await pilot.pause()
        assert_harmless(app)

    await on_stage(app, act, (300, 5))
