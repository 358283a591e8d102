"""OptionLine: one choice of a few, by keys and by mouse, in plain characters."""

import pytest
from textual.pilot import Pilot

from tests.tui.stage import HOSTILE, Stage, assert_harmless, lines_of, on_stage
from tui.widgets.option_line import OptionLine

pytestmark = pytest.mark.anyio


async def test_the_arrows_and_space_choose_and_go_round() -> None:
    line = OptionLine("Rows", [("a", "All"), ("b", "Some"), ("c", "None")], "b")
    app = Stage(line)

    async def act(pilot: Pilot[None]) -> None:
        line.focus()
        await pilot.pause()
        assert lines_of(line)[0].split() == ["Rows", "(", ")", "All", "(x)", "Some", "(", ")", "None"]
        for key, value in (("right", "c"), ("space", "a"), ("left", "c"), ("h", "b"), ("l", "c")):
            await pilot.press(key)
            assert line.value == value
        assert len(app.of(OptionLine.Chosen)) == 5

    await on_stage(app, act)


async def test_one_option_is_no_choice() -> None:
    line = OptionLine("Rows", [("a", "All")])
    app = Stage(line)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.press("tab", "space")
        assert not line.has_focus
        assert app.of(OptionLine.Chosen) == []

    await on_stage(app, act)


async def test_a_click_chooses() -> None:
    line = OptionLine("Rows", [("a", "All"), ("b", "Some")])
    app = Stage(line)

    async def act(pilot: Pilot[None]) -> None:
        await pilot.click(line, offset=(lines_of(line)[0].index("Some") + 1, 0))
        assert line.value == "b"
        await pilot.click(line, offset=(2, 0))
        assert line.value == "b"

    await on_stage(app, act)


async def test_hostile_words_stay_words() -> None:
    app = Stage(OptionLine("Rows", [(str(n), text) for n, text in enumerate(HOSTILE)]))

    async def act(pilot: Pilot[None]) -> None:
        assert_harmless(app)

    await on_stage(app, act)


async def test_only_the_line_in_focus_looks_like_it() -> None:
    lines = [OptionLine(label, [("a", "All"), ("b", "Some")]) for label in ("Rows", "Columns")]
    app = Stage(*lines)

    async def act(pilot: Pilot[None]) -> None:
        for here, there in (lines, lines[::-1]):
            here.focus()
            await pilot.pause()
            reversed_ = [
                any(segment.style and segment.style.reverse for segment in line.render_line(0))
                for line in (here, there)
            ]
            assert reversed_ == [True, False]

    await on_stage(app, act)
