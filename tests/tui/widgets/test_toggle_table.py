"""The toggle table, driven by its keys alone."""

import asyncio
from collections.abc import Awaitable, Callable
from typing import Any

import pytest
from textual.pilot import Pilot

from tests.tui.widgets.table_app import BOTH, TableApp, group, groups, lines, running, toggle_table
from tui.widgets.table_messages import (
    BeforeAfterRequested,
    Copied,
    DetailsRequested,
    FilterChanged,
    Highlighted,
    Locked,
    Opened,
    RowsShown,
    ToggleAllRequested,
    Toggled,
    UndoAllRequested,
)
from tui.widgets.toggle_table import ToggleTable

Scenario = Callable[[TableApp, Pilot[None]], Awaitable[None]]


def play(table: ToggleTable, scenario: Scenario, size: tuple[int, int] = (80, 24)) -> None:
    async def run() -> None:
        async with running(table, size) as (app, pilot):
            await scenario(app, pilot)

    asyncio.run(run())


def test_space_asks_for_the_other_value_and_draws_only_what_it_is_told() -> None:
    table = toggle_table([group(0), group(1, on=True)])

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press("space", "down", "space")
        assert [m.cells for m in app.of(Toggled)] == [[("k0", 0, True)], [("k1", 0, False)]]
        assert "[x] ✎" in lines(table)[1]
        assert "[ ] ✎" in lines(table)[2]
        assert (table.changed_count, table.on_count(0)) == (2, 1)
        table.set_staged({})
        assert "[ ]  " in lines(table)[1]
        assert (table.changed_count, table.on_count(0)) == (0, 1)

    play(table, scenario)


@pytest.mark.parametrize(
    ("row", "reason"),
    [
        (group(0, lock="Membership follows a rule"), "Membership follows a rule"),
        (group(0, on=None), "not known yet; F5 asks again"),
    ],
)
def test_a_cell_that_may_not_be_flipped_says_why(row: Any, reason: str) -> None:
    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press("space", "a")
        assert [m.reason for m in app.of(Locked)] == [reason]
        assert not app.of(Toggled)
        assert not app.of(ToggleAllRequested)

    play(toggle_table([row]), scenario)


def test_readonly_locks_every_cell() -> None:
    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press("space")
        assert [m.reason for m in app.of(Locked)] == ["started with --readonly"]

    play(toggle_table(groups(3), readonly="started with --readonly"), scenario)


@pytest.mark.parametrize("keys", [("shift+down", "shift+down"), ("v", "down", "j")])
def test_a_range_is_set_to_one_value_without_its_locked_rows(keys: tuple[str, ...]) -> None:
    table = toggle_table([group(0, on=True), group(1), group(2, lock="synced"), group(3)])

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press(*keys, "down" if keys[0] == "v" else "shift+down", "space")
        assert [m.cells for m in app.of(Toggled)] == [[("k1", 0, True), ("k3", 0, True)]]
        await pilot.press("home", "v", "G", "space")
        assert app.of(Toggled)[1].cells == [("k0", 0, False), ("k1", 0, False), ("k3", 0, False)]

    play(table, scenario)


def test_a_range_is_marked_by_a_character_and_escape_ends_it() -> None:
    table = toggle_table(groups(4))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press("shift+down")
        assert [line[:2] for line in lines(table)[1:4]] == [" •", "▸•", "  "]
        await pilot.press("escape")
        assert [line[:2] for line in lines(table)[1:4]] == ["  ", "▸ ", "  "]

    play(table, scenario)


def test_filter_as_typed_then_toggle_all_that_it_shows() -> None:
    table = toggle_table([group(0, name="Eng Berlin"), group(1, name="Sales"), group(2, name="ENG Core")])

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press("down", "space", *"/eng")
        assert table.shown == 2
        assert [(m.text, m.shown, m.hidden_changes) for m in app.of(FilterChanged)][-1] == ("eng", 2, 1)
        assert lines(table)[-1].startswith("/eng")
        assert "2 of 3, 1 changed hidden" in lines(table)[-1]
        await pilot.press("enter", "a")
        assert app.of(ToggleAllRequested)[0].count == 2
        assert app.of(ToggleAllRequested)[0].cells == [("k0", 0, True), ("k2", 0, True)]
        assert table.filter_text == "eng"
        await pilot.press("escape")
        assert (table.filter_text, table.shown, table.hidden_changes) == ("", 3, 0)

    play(table, scenario)


def test_every_word_must_be_in_the_row_and_no_match_is_said() -> None:
    table = toggle_table([group(0, name="Berlin Eng"), group(1, name="Berlin Sales")])

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press(*"/eng", "space", *"ber")
        assert table.shown == 1
        await pilot.press("x")
        assert table.shown == 0
        assert "Nothing matches the filter" in lines(table)[1]
        await pilot.press("space", "up", "down", "backspace", "backspace", "enter")
        assert table.cursor_key == "k0"

    play(table, scenario)


def test_keys_of_a_burst_are_taken_in_order() -> None:
    table = toggle_table([group(0, name="Sales"), group(1, name="Engineers"), group(2, name="Others")])

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        for key in ("slash", *"engineers", "enter", "space", "escape", "end", "space"):
            app.simulate_key(key)
        await pilot.pause()
        assert [m.cells for m in app.of(Toggled)] == [[("k1", 0, True)], [("k2", 0, True)]]

    play(table, scenario)


def test_undo_of_a_cell_of_a_range_and_of_the_tab() -> None:
    table = toggle_table(groups(4))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press("v", "end", "space", "u")
        assert table.changed_count == 3
        assert not table.is_staged("k3", 0)
        await pilot.press("home", "shift+down", "u")
        assert table.changed_count == 1
        await pilot.press("U")
        assert len(app.of(UndoAllRequested)) == 1
        assert table.changed_count == 0

    play(table, scenario)


def test_next_and_previous_change_go_round() -> None:
    table = toggle_table(groups(200))
    table.set_staged({"k5": {0: True}, "k150": {0: True}})

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        seen = []
        for key in "nnnN":
            await pilot.press(key)
            seen.append(table.cursor_key)
        assert seen == ["k5", "k150", "k5", "k150"]

    play(table, scenario)


def test_what_is_found_to_be_staged_later_shows_in_the_mode_that_shows_it() -> None:
    table = toggle_table([group(0), group(1), group(2)])

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press("m", "m")
        assert (table.mode, table.shown) == ("changed", 0)
        table.set_staged({"k1": {0: True}})
        await pilot.pause()
        assert (table.shown, table.hidden_changes) == (1, 0)
        # what is taken back stays until the mode is chosen anew: its row must not go from under the cursor
        table.set_staged({})
        await pilot.pause()
        assert table.shown == 1

    play(table, scenario)


def test_mode_shows_members_then_changed_then_all() -> None:
    table = toggle_table([group(0), group(1, on=True), group(2)])
    table.stage([("k2", 0, True)])

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        seen = []
        for _ in range(3):
            await pilot.press("m")
            seen.append((table.mode, table.shown))
        assert seen == [("members", 2), ("changed", 1), ("all", 3)]

    play(table, scenario)


def test_sort_is_natural_then_by_members_then_as_they_came() -> None:
    names = ["Team 10", "team 9", "Älter", "Alt"]
    table = toggle_table([group(i, name=name, on=i == 1) for i, name in enumerate(names)])

    def order() -> list[str]:
        return [line[10:20].strip() for line in lines(table)[1:5]]

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press("s")
        assert order() == ["Alt", "team 9", "Team 10", "Älter"]
        assert "Name▴" in lines(table)[0]
        await pilot.press("S")
        assert order() == ["Älter", "Team 10", "team 9", "Alt"]
        await pilot.press("s", "s")
        assert order()[0] == "team 9"
        await pilot.press("s")
        assert order() == names

    play(table, scenario)


def test_cursor_keeps_its_row_and_its_line_when_rows_are_replaced() -> None:
    table = toggle_table(groups(100))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press(*["down"] * 40)
        line = next(y for y, text in enumerate(lines(table)) if text.startswith("▸"))
        table.set_rows([group(n) for n in range(-30, 100)])
        await pilot.pause()
        assert table.cursor_key == "k40"
        assert lines(table)[line].startswith("▸")
        table.set_rows([group(n) for n in range(100) if n != 40])
        await pilot.pause()
        assert table.cursor_key != ""

    play(table, scenario)


def test_pages_come_while_the_operator_moves() -> None:
    table = toggle_table(groups(50))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press("s", "end")
        key = table.cursor_key
        table.extend([group(n) for n in range(50, 90)] + [group(3, name="Renamed")])
        await pilot.pause()
        assert table.cursor_key == key
        assert table.total == 90
        found = table.row("k3")
        assert found is not None
        assert found.name == "Renamed"

    play(table, scenario)


def test_pages_of_an_ordered_list_keep_order_cursor_and_marks(monkeypatch: pytest.MonkeyPatch) -> None:
    table = toggle_table(groups(300)[::3])
    table.sort((False, 0))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        drawn: list[object] = []
        await pilot.press(*["down"] * 20, "space")
        window = lines(table)
        monkeypatch.setattr(table, "refresh", lambda *regions: drawn.append(regions))
        table.extend([group(n) for n in range(299, 200, -1)])
        assert lines(table) == window
        assert not drawn
        table.extend([group(n) for n in range(200)])
        assert drawn
        (at_cursor,) = (line for line in lines(table) if line.startswith("▸"))
        assert lines(table).index(at_cursor) == window.index(at_cursor)
        assert "[x] ✎ Group 60 " in " ".join(at_cursor.split())
        shown = [line[line.index("Group") :].split()[1] for line in lines(table)[1:]]
        assert shown == [str(n) for n in range(40, 40 + len(shown))]

    play(table, scenario)


def test_before_a_move_the_cursor_stays_on_top_of_sorted_pages() -> None:
    table = toggle_table([group(5)])
    table.sort((False, 0))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        table.extend([group(1)])
        assert table.cursor_key == "k1"

    play(table, scenario)


def test_a_resolved_row_shows_its_value() -> None:
    table = toggle_table([group(0, on=None)])

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        assert "[·]" in lines(table)[1]
        table.update_rows([group(0, on=True), group(77)])
        assert "[x]" in lines(table)[1]
        assert (table.total, table.on_count(0)) == (1, 1)

    play(table, scenario)


def test_left_and_right_choose_the_switch() -> None:
    table = toggle_table([group(0, toggles=2)], BOTH)

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press("l", "space", "left", "space", "h", "tilde")
        assert [m.cells for m in app.of(Toggled)] == [[("k0", 1, True)], [("k0", 0, True)]]
        assert [(m.key, m.toggle) for m in app.of(BeforeAfterRequested)] == [("k0", 0)]

    play(table, scenario)


def test_moves() -> None:
    table = toggle_table(groups(1000))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        async def after(*keys: str) -> str:
            await pilot.press(*keys)
            return table.cursor_key

        assert await after("G") == "k999"
        assert await after("g") == "k999"
        assert await after("g") == "k0"
        assert await after("g", "j", "g") == "k1"
        assert await after("pagedown") == "k24"
        assert await after("pageup", "k", "up") == "k0"
        assert await after("end", "home") == "k0"

    play(table, scenario)


def test_leaving_the_window_jumps_by_half_a_page() -> None:
    table = toggle_table(groups(100))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press(*["down"] * 22)
        assert lines(table)[1].strip().endswith("About Group 0")
        await pilot.press("down")
        assert "Group 11 " in lines(table)[1]
        assert lines(table)[13].startswith("▸")

    play(table, scenario)


def test_open_details_and_copy_name_the_row() -> None:
    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.press("down", "enter", "f3", "y", "Y")
        assert [m.key for m in app.of(Opened)] == ["k1"]
        assert [m.key for m in app.of(DetailsRequested)] == ["k1"]
        assert [m.text for m in app.of(Copied)] == ["Group 1", "Group 1\tAbout Group 1\tg1@contoso.example"]
        assert [m.key for m in app.of(Highlighted)][-1] == "k1"

    play(toggle_table(groups(3)), scenario)


def test_the_window_at_rest_names_its_rows_and_the_next_page() -> None:
    table = toggle_table(groups(500))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.pause()
        assert app.of(RowsShown)[-1].keys == tuple(f"k{n}" for n in range(46))
        await pilot.press("end")
        await pilot.pause()
        assert app.of(RowsShown)[-1].keys == tuple(f"k{n}" for n in range(477, 500))

    play(table, scenario)


def test_rows_that_were_loaded_anew_are_named_again() -> None:
    table = toggle_table(groups(5))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.pause()
        before = len(app.of(RowsShown))
        table.set_rows(groups(5))
        await pilot.pause()
        assert [m.keys for m in app.of(RowsShown)[before:]] == [tuple(f"k{n}" for n in range(5))]

    play(table, scenario)


def test_escape_with_nothing_to_clear_is_left_to_the_screen() -> None:
    table = toggle_table(groups(3))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        pressed: list[str] = []
        app.bind("escape", "back")
        app.__dict__["action_back"] = lambda: pressed.append("back")
        await pilot.press("slash", "x", "escape")
        assert pressed == []
        await pilot.press("escape")
        assert pressed == ["back"]

    play(table, scenario)


def test_bindings_can_be_remapped() -> None:
    table = toggle_table(groups(3))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        app.set_keymap({"table.switch": "x", "table.down": "ctrl+n"})
        await pilot.press("ctrl+n", "x", "space")
        assert [m.cells for m in app.of(Toggled)] == [[("k1", 0, True)]]

    play(table, scenario)


def test_the_mouse_moves_toggles_and_sorts() -> None:
    table = toggle_table([group(0), group(1), group(2)])

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        await pilot.click(ToggleTable, offset=(15, 3))
        assert table.cursor_key == "k2"
        assert not app.of(Toggled)
        await pilot.click(ToggleTable, offset=(3, 2))
        assert [m.cells for m in app.of(Toggled)] == [[("k1", 0, True)]]
        await pilot.click(ToggleTable, offset=(3, 0))
        assert "[x] ✎" in lines(table)[1]

    play(table, scenario)


def test_ascii_marks() -> None:
    rows = [group(0), group(1, on=None), group(2, lock="synced"), group(3, name="x" * 200)]
    table = toggle_table(rows, ascii_only=True)
    table.stage([("k0", 0, True)])

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        text = "\n".join(lines(table))
        assert text.isascii()
        assert "> [x] *" in text
        assert "[?]" in text
        assert "[ ] L" in text
        assert "xxx~" in text

    play(table, scenario)


def test_loading_and_empty_are_said() -> None:
    table = toggle_table(empty="No groups")

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        assert "No groups" in lines(table)[1]
        table.loading_note = "Loading groups"
        assert "Loading groups" in lines(table)[1]
        await pilot.press("space", "a", "u", "n", "end", "enter", "v", "s", "m")
        assert not app.of(Toggled)

    play(table, scenario)


def test_a_move_repaints_two_bars_and_a_switch_one_cell(monkeypatch: pytest.MonkeyPatch) -> None:
    table = toggle_table(groups(100))

    async def scenario(app: TableApp, pilot: Pilot[None]) -> None:
        dirty: list[tuple[int, int, int, int]] = []
        original = table.refresh

        def refresh(*regions: Any, **options: Any) -> Any:
            dirty.extend(tuple(region) for region in regions)
            return original(*regions, **options)

        monkeypatch.setattr(table, "refresh", refresh)
        await pilot.press("down")
        assert sorted(y for _, y, _, _ in dirty) == [1, 2]
        assert {height for *_, height in dirty} == {1}
        dirty.clear()
        await pilot.press("space")
        assert [(y, width, height) for _, y, width, height in dirty] == [(2, 7, 1)]

    play(table, scenario)


def test_rows_that_are_loaded_again_do_not_take_the_cursor_from_its_row() -> None:
    async def run() -> None:
        table = toggle_table(groups(3_000))
        async with running(table) as (_, pilot):
            table.sort((False, 0))
            assert table.move_to("k2500")
            fresh = [group(number, on=number == 2500) for number in range(2_900)]
            table.set_rows(fresh[:1000], more=True)
            for start in range(1000, 2_900, 500):
                table.extend(fresh[start : start + 500])
                assert table.cursor_key == "k2500"
                assert table.total == 3_000, "the rows before stay until as many have come"
                assert table.on_count(0) == 0
            table.set_filter("group 2")
            table.sort((False, 1), backwards=True)
            table.all_here()
            assert table.total == 2_900
            assert table.on_count(0) == 1
            assert table.cursor_key == "k2500"
            await pilot.press("escape")
            assert table.shown == 2_900
            await pilot.press("home")
            assert "Group 2899" in lines(table)[1], "order and filter are what they are by now"

    asyncio.run(run())


def test_more_rows_than_before_are_shown_as_soon_as_there_are_as_many() -> None:
    async def run() -> None:
        table = toggle_table(groups(1_000))
        async with running(table):
            fresh = [group(number, on=True) for number in range(5_000)]
            table.set_rows(fresh[:500], more=True)
            assert table.on_count(0) == 0
            table.extend(fresh[500:1_000])
            assert table.on_count(0) == 1_000
            table.extend(fresh[1_000:])
            assert table.total == table.on_count(0) == 5_000
            table.all_here()
            table.set_rows(fresh[:3], more=True)
            table.set_rows(fresh[:7])
            table.all_here()
            assert table.total == 7, "what was given up does not come after all"

    asyncio.run(run())
