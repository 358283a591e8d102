"""The message bar: what is pending, or the one sentence that matters now."""

import pytest
from textual.pilot import Pilot

from tests.tui.stage import HOSTILE, Stage, assert_harmless, lines_of, on_stage
from tui.widgets.message_bar import MessageBar

pytestmark = pytest.mark.anyio


async def test_counts_and_keys() -> None:
    bar = MessageBar()

    async def act(pilot: Pilot[None]) -> None:
        assert lines_of(bar)[0].strip() == ""
        bar.show(3, 5)
        await pilot.pause()
        line = lines_of(bar)[0]
        assert line.startswith(" ✎ 3 changes on this tab · 5 in all")
        assert "F2 Apply  F4 Review  F8 Discard" in line
        bar.show(5, 5, 2)
        await pilot.pause()
        assert "2 of 5 hidden by the filter" in lines_of(bar)[0]
        assert "F2 Apply" in lines_of(bar)[0]
        bar.show(1993, 1994, 1200)
        await pilot.pause()
        assert "1,993 changes on this tab · 1,994 in all · 1,200 of 1,993 hidden" in lines_of(bar)[0]
        bar.show(0, 0)
        await pilot.pause()
        assert lines_of(bar)[0].strip() == ""

    await on_stage(Stage(bar), act)


async def test_an_error_stays_until_it_is_dismissed() -> None:
    bar = MessageBar()

    async def act(pilot: Pilot[None]) -> None:
        bar.say("Graph refused: a role is missing.", "error", "8a-bc")
        bar.show(3, 5)
        await pilot.pause()
        assert "Error: Graph refused" in lines_of(bar)[0]
        assert "F3 request-id" in lines_of(bar)[0]
        assert bar.saying is not None
        assert bar.saying.request_id == "8a-bc"
        assert bar.dismiss()
        assert not bar.dismiss()
        await pilot.pause()
        assert "3 changes" in lines_of(bar)[0]

    await on_stage(Stage(bar), act)


async def test_a_note_gives_way_to_news() -> None:
    bar = MessageBar()

    async def act(pilot: Pilot[None]) -> None:
        bar.say("as of 2 min ago, refreshing")
        bar.show(0, 0)
        await pilot.pause()
        assert "refreshing" in lines_of(bar)[0]
        bar.show(1, 1)
        await pilot.pause()
        assert "1 change on this tab" in lines_of(bar)[0]

    await on_stage(Stage(bar), act)


async def test_a_note_is_of_the_page_it_was_said_on() -> None:
    bar = MessageBar()

    async def act(pilot: Pilot[None]) -> None:
        bar.say("Engineering: Member through another group.")
        bar.turn_page(failed=False)
        assert bar.saying is None
        bar.say("Graph refused: a role is missing.", "error")
        bar.turn_page(failed=False)
        assert bar.saying is not None
        bar.turn_page(failed=True)
        assert bar.saying is None

    await on_stage(Stage(bar), act)


async def test_a_note_that_does_not_fit_says_where_all_of_it_is() -> None:
    bar = MessageBar()

    async def act(pilot: Pilot[None]) -> None:
        bar.say("short")
        await pilot.pause()
        assert "F3" not in lines_of(bar)[0]
        bar.say("a sentence without end " * 6)
        await pilot.pause()
        assert lines_of(bar)[0].rstrip().endswith("…  F3 all of it")

    await on_stage(Stage(bar), act)


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_sentences(text: str) -> None:
    bar = MessageBar()
    app = Stage(bar)

    async def act(pilot: Pilot[None]) -> None:
        bar.say(text, "error", text)
        await pilot.pause()
        assert_harmless(app)

    await on_stage(app, act, (40, 5))
