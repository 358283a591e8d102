"""Bars above a list: how long they are, how they say what they say without colour, and what they do to names."""

from typing import Any

import pytest
from textual.pilot import Pilot

from services.summary import Bar, Chart, Summary
from tests.tui.stage import HOSTILE, Stage, assert_harmless, lines_of, on_stage
from tui.widgets.summary_bars import SummaryBars

pytestmark = pytest.mark.anyio

DAYS = Chart(
    "Actions a day",
    (
        Bar("Mon 12", 0, 10, 10, "0 of 10"),
        Bar("Tue 13", 5, 5, 10, "5 of 5", "error"),
        Bar("Wed 14", 1, 1000, 1000, "1 of 1,000"),
        Bar("Thu 15", 0, 0, 10, "nothing"),
    ),
    ("risky", "normal"),
)
KINDS = Chart(
    "Findings", (Bar("Network", 3, 3, 6, "3"), Bar("Identity access", 6, 6, 6, "6, 2 high", "error"))
)


async def shown(summary: Summary, size: tuple[int, int] = (80, 24), **options: Any) -> list[str]:
    """The lines of a summary."""
    bars = SummaryBars()
    found: list[str] = []

    async def act(pilot: Pilot[None]) -> None:
        assert bars.size.height == 0
        bars.show(summary)
        await pilot.pause()
        assert_harmless(pilot.app)
        found.extend(line.rstrip() for line in lines_of(bars))

    await on_stage(Stage(bars, **options), act, size)
    return found


async def test_charts_stand_side_by_side_where_there_is_room() -> None:
    lines = await shown(Summary((KINDS, DAYS)))
    assert len(lines) == 5
    assert lines[0].split() == ["Findings", "Actions", "a", "day", "█", "risky", "░", "normal"]
    assert "Network" in lines[1]
    assert "Mon 12" in lines[1]
    narrow = await shown(Summary((KINDS, DAYS)), (60, 24))
    assert len(narrow) == 3 + 5
    assert not any("Network" in line and "Mon 12" in line for line in narrow)


async def test_a_bar_is_as_long_as_what_it_shows() -> None:
    nothing, all_risky, one, empty = (await shown(Summary((DAYS,))))[1:]
    assert "█" not in nothing
    assert "░" in nothing
    assert "░" not in all_risky
    assert "! 5 of 5" in all_risky
    # one of a thousand is seen, and is not all
    assert one.count("█") == 1
    assert one.count("░") > 20
    assert not {"█", "░"} & set(empty)


async def test_ascii_and_the_smallest_room() -> None:
    lines = await shown(Summary((KINDS, DAYS)), ascii_only=True)
    assert all(line.isascii() for line in lines)
    assert "[###" in lines[1]
    assert "# risky . normal" in lines[0]
    assert await shown(Summary((KINDS, DAYS)), (20, 24))


async def test_sentences_wrap_below_and_nothing_takes_no_room() -> None:
    note = "Not looked at: " + ", ".join(f"source {n} (no licence)" for n in range(5))
    lines = await shown(Summary((), (note,)))
    assert " ".join(line.strip() for line in lines) == note
    assert await shown(Summary()) == []


@pytest.mark.parametrize("name", HOSTILE)
async def test_names_are_only_text(name: str) -> None:
    chart = Chart(name, (Bar(name, 1, 2, 2, name, "warning"),), (name, name))
    assert await shown(Summary((chart, chart), (name,)))
