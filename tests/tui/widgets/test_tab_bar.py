"""The tab bar: the current tab is always in sight, and the line is never too long."""

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len
from textual.pilot import Pilot

from tests.tui.stage import HOSTILE, Stage, assert_harmless, lines_of, on_stage
from tui.glyphs import ASCII, UNICODE
from tui.widgets.looks import width_of
from tui.widgets.tab_bar import TabBar, first_shown, tab_label, tab_line

TABS = [
    (title.lower(), title)
    for title in ("Basics", "Risks", "Functional roles", "Security groups", "Directory roles", "Licenses")
]
TITLES = st.lists(st.text(min_size=1, max_size=30), min_size=1, max_size=27)


@given(TITLES, st.data(), st.integers(30, 200), st.integers(0, 9999), st.booleans())
def test_the_current_tab_is_always_in_sight(
    titles: list[str], data: st.DataObject, width: int, count: int, ascii_only: bool
) -> None:
    marks = ASCII if ascii_only else UNICODE
    current = data.draw(st.integers(0, len(titles) - 1))
    before = data.draw(st.integers(0, len(titles) - 1))
    labels = [tab_label(t, count if i == current else 0, i == current, marks) for i, t in enumerate(titles)]
    widths = [cell_len(label) for label in labels]
    first = first_shown(widths, current, width, before)
    pieces, places = tab_line(labels, current, width, first, marks)
    assert width_of(pieces) <= width
    there = {index: cells for index, _, cells in places}
    assert there[current] == min(widths[current], there[current])
    if widths[current] <= width - 4:
        assert there[current] == widths[current]
    if first:
        assert pieces[0][0].startswith(marks.left)
    if len(titles) - 1 not in there:
        assert pieces[-1][0].endswith(marks.right)


@pytest.mark.anyio
async def test_the_line_shows_count_and_neighbours() -> None:
    bar = TabBar()
    app = Stage(bar)

    async def act(pilot: Pilot[None]) -> None:
        bar.set_tabs(TABS)
        bar.set_counts({"security groups": 3})
        bar.current = "security groups"
        await pilot.pause()
        assert "‹Security groups •3›" in lines_of(bar)[0]
        bar.current = "licenses"
        await pilot.pause()
        line = lines_of(bar)[0]
        assert line.startswith("◂")
        assert "‹Licenses›" in line

    await on_stage(app, act, (50, 5))


@pytest.mark.anyio
async def test_a_click_chooses() -> None:
    bar = TabBar()
    app = Stage(bar)

    async def act(pilot: Pilot[None]) -> None:
        bar.set_tabs(TABS)
        await pilot.pause()
        x = lines_of(bar)[0].index("Risks")
        await pilot.click(bar, offset=(x, 0))
        assert [message.tab for message in app.of(TabBar.TabChosen)] == ["risks"]
        assert bar.current == "basics"

    await on_stage(app, act)


@pytest.mark.anyio
async def test_neighbours_go_round() -> None:
    bar = TabBar()

    async def act(pilot: Pilot[None]) -> None:
        assert bar.neighbour(1) == ""
        bar.set_tabs(TABS)
        assert bar.neighbour(1) == "risks"
        assert bar.neighbour(-1) == "licenses"

    await on_stage(Stage(bar), act)


@pytest.mark.anyio
async def test_hostile_titles() -> None:
    bar = TabBar()
    app = Stage(bar)

    async def act(pilot: Pilot[None]) -> None:
        bar.set_tabs([(str(index), text) for index, text in enumerate(HOSTILE)])
        for index in range(len(HOSTILE)):
            bar.current = str(index)
            await pilot.pause()
            assert_harmless(app)

    await on_stage(app, act, (40, 5))


@pytest.mark.anyio
async def test_ascii_draws_in_ascii() -> None:
    bar = TabBar()
    app = Stage(bar, ascii_only=True)

    async def act(pilot: Pilot[None]) -> None:
        bar.set_tabs(TABS)
        bar.set_counts({"basics": 1})
        await pilot.pause()
        assert lines_of(bar)[0].isascii()

    await on_stage(app, act, (40, 5))
