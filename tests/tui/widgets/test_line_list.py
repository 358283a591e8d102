"""The list of lines: few lines repainted a move, half a page a jump, headings stepped over."""

import pytest
from textual.pilot import Pilot
from textual.strip import Strip

from tests.tui.stage import Stage, lines_of, on_stage
from tui.widgets.line_list import LineList
from tui.widgets.looks import Piece

pytestmark = pytest.mark.anyio


class Numbers(LineList):
    """Numbered lines, of which each tenth is a heading; counts what is drawn."""

    def __init__(self) -> None:
        super().__init__()
        self.drawn: list[int] = []

    def pieces_at(self, index: int, width: int) -> list[Piece]:
        """The number."""
        return [(f"line {index}", "")]

    def holds_cursor(self, index: int) -> bool:
        """Not the headings."""
        return index % 10 != 0

    def render_line(self, y: int) -> Strip:
        """Count, then draw."""
        self.drawn.append(y)
        return super().render_line(y)


async def test_a_move_repaints_two_lines() -> None:
    numbers = Numbers()

    async def act(pilot: Pilot[None]) -> None:
        numbers.set_count(40)
        numbers.focus()
        await pilot.pause()
        await pilot.press("down")
        await pilot.pause()
        numbers.drawn.clear()
        await pilot.press("down")
        await pilot.pause()
        assert sorted(set(numbers.drawn)) == [2, 3]

    await on_stage(Stage(numbers), act)


async def test_headings_are_stepped_over() -> None:
    numbers = Numbers()

    async def act(pilot: Pilot[None]) -> None:
        numbers.set_count(40)
        numbers.focus()
        assert numbers.cursor == 1
        await pilot.press(*"jjjjjjjjj")
        assert numbers.cursor == 11
        await pilot.press("k")
        assert numbers.cursor == 9
        await pilot.press("end")
        assert numbers.cursor == 39
        await pilot.press("g")
        assert numbers.cursor == 1
        assert numbers.scroll_y == 0

    await on_stage(Stage(numbers), act)


async def test_leaving_the_window_jumps_half_a_page() -> None:
    numbers = Numbers()

    async def act(pilot: Pilot[None]) -> None:
        numbers.set_count(100)
        numbers.focus()
        await pilot.pause()
        numbers.cursor = 19
        await pilot.pause()
        assert numbers.scroll_y == 0
        await pilot.press("j")
        await pilot.pause()
        assert numbers.cursor == 21
        assert 8 <= numbers.scroll_y <= 13
        assert any("line 21" in line for line in lines_of(numbers))

    await on_stage(Stage(numbers), act, (40, 20))


async def test_fewer_lines_keep_the_cursor_on_one() -> None:
    numbers = Numbers()

    async def act(pilot: Pilot[None]) -> None:
        numbers.set_count(100)
        numbers.cursor = 77
        numbers.set_count(5)
        await pilot.pause()
        assert numbers.cursor == 4
        numbers.set_count(0)
        await pilot.press("down", "enter", "end", "pagedown")
        assert not numbers.cursor
        assert not any(line.strip() for line in lines_of(numbers))
        assert not numbers.count

    await on_stage(Stage(numbers), act, (40, 20))
