"""Staging: what is toggled, taken back, brought in or copied is stored, shown and counted."""

import sqlite3
from pathlib import Path

import pytest
from textual.pilot import Pilot

from services.places import state_file
from tests.sandbox import Endpoints
from tests.tui.screens.program import ADELE, press, program, running, screen_text, settled, type_text
from tui.app import RollcallApp
from tui.screens.dialogs.compare import Compare
from tui.screens.dialogs.discard import Discard
from tui.screens.views.toggle_view import ToggleView
from tui.widgets.text_box import TextBox
from tui.widgets.toggle_table import ToggleTable

pytestmark = pytest.mark.anyio

SECURITY = "security-groups"


def staged(app: RollcallApp) -> dict[str, object]:
    """Row or field names with the value they are to have."""
    assert app.staging is not None
    return {change.row_name: change.after for change in app.staging.all}


def free(pilot: Pilot[None]) -> list[str]:
    """Names of shown rows whose first switch is off and can be flipped, in order; each occurs once."""
    table = pilot.app.screen.query_one(ToggleTable)
    names = [row.name for row in table.rows]
    return [r.name for r in table.rows if r.on[0] is False and not r.lock(0) and names.count(r.name) == 1]


async def test_toggle_undo_and_counts(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab=SECURITY)
    async with running(app) as pilot:
        table = app.screen.query_one(ToggleTable)
        first = free(pilot)[0]
        table.move_to(next(row.key for row in table.rows if row.name == first))
        await press(pilot, "space")
        assert staged(app) == {first: True}
        shown = screen_text(pilot)
        assert "‹Security groups •1›" in shown
        assert "✎ 1 change on this tab · 1 in all" in shown
        assert "F2 Apply  F4 Review  F8 Discard" in shown
        assert "[x] ✎" in shown
        await press(pilot, "tilde")
        assert f"{first}, Member: off → on" in screen_text(pilot)
        assert "F2 Apply" in screen_text(pilot)
        await press(pilot, "u")
        assert staged(app) == {}
        assert "✎" not in screen_text(pilot)


async def test_a_range_is_toggled_and_the_tab_undone(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab=SECURITY)
    async with running(app) as pilot:
        await press(pilot, "v", "down", "down", "down", "down", "space")
        several = len(staged(app))
        assert several > 1
        await press(pilot, "home", "n", "N", "m", "m")
        assert "changed only" in screen_text(pilot)
        await press(pilot, "m", "slash")
        await type_text(pilot, "zzz")
        assert f"{several} of {several} hidden by the filter" in screen_text(pilot)
        await press(pilot, "escape", "U")
        assert staged(app) == {}


async def test_toggling_all_shown_asks_above_fifty(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab=SECURITY)
    async with running(app) as pilot:
        await press(pilot, "a")
        assert "Stage many changes" in screen_text(pilot)
        await press(pilot, "enter")
        assert staged(app) == {}
        count = len(free_cells(pilot, app))
        await type_text(pilot, str(count))
        await press(pilot, "enter")
        assert len(app.staging.all if app.staging else ()) == count


def free_cells(pilot: Pilot[None], app: RollcallApp) -> list[str]:
    """Keys of the rows of the page under the dialog that can be switched on."""
    table = app.screen_stack[-2].query_one(ToggleTable)
    return [row.key for row in table.rows if row.on[0] is False and not row.lock(0)]


async def test_discard_asks_which(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab=SECURITY)
    async with running(app) as pilot:
        table = app.screen.query_one(ToggleTable)
        table.move_to(next(row.key for row in table.rows if row.name == free(pilot)[0]))
        await press(pilot, "space", "]")
        other = visible_table(app)
        other.move_to(next(r.key for r in other.rows if r.on[0] is False and not r.lock(0)))
        await press(pilot, "space")
        assert len(staged(app)) == 2
        await press(pilot, "f8")
        assert isinstance(app.screen, Discard)
        await press(pilot, "enter")
        assert len(staged(app)) == 2
        await press(pilot, "f8", "tab", "enter")
        assert len(staged(app)) == 1
        # from the users page all of it can be thrown away
        await press(pilot, "f10")
        assert "1 change not applied yet" in screen_text(pilot)
        await press(pilot, "f8", "tab", "enter")
        assert staged(app) == {}


def visible_table(app: RollcallApp) -> ToggleTable:
    """The table of the tab on show."""
    return next(view.table for view in app.screen.query(ToggleView) if view.display)


async def test_a_pasted_list_is_brought_in(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab=SECURITY)
    async with running(app) as pilot:
        one, two = free(pilot)[:2]
        await press(pilot, "i")
        app.screen.query_one(TextBox).text = f'{one.upper()}\n"{two}",\nno such group\n{one}\n'
        await press(pilot, "f2")
        shown = screen_text(pilot)
        assert "no such group" in shown
        assert "Not found" in shown
        await press(pilot, "escape")
        assert staged(app) == {one: True, two: True}


async def test_compared_with_another_user(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab=SECURITY)
    async with running(app) as pilot:
        await compare_with(pilot, "alexw")
        dialog = app.screen
        assert isinstance(dialog, Compare)
        assert "Adele Vance compared with Alex Wilber" in screen_text(pilot)
        await press(pilot, "enter")
        assert staged(app) == {}
        await compare_with(pilot, "alexw")
        await press(pilot, "right", "enter")
        added = staged(app)
        assert added
        assert set(added.values()) == {True}
        await compare_with(pilot, "alexw")
        assert "Only Alex Wilber has: 0" in screen_text(pilot)
        await press(pilot, "right", "enter")
        assert set(staged(app).values()) == {True, False}
        assert set(added) < set(staged(app))
        await compare_with(pilot, "alexw")
        assert "Only Adele Vance has: 0" in screen_text(pilot)


async def compare_with(pilot: Pilot[None], text: str) -> None:
    """Opens the comparison with the first user found."""
    await press(pilot, "c")
    await type_text(pilot, text)
    await press(pilot, "enter")
    await settled(pilot)


async def test_a_property_is_edited_and_undone(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE)
    async with running(app) as pilot:
        await press(pilot, "enter")
        await type_text(pilot, " II")
        await press(pilot, "enter")
        assert staged(app) == {"Display name": "Adele Vance II"}
        await press(pilot, "tilde", "u")
        assert staged(app) == {}
        await press(pilot, "enter", "x", "escape")
        assert staged(app) == {}


async def test_what_cannot_be_stored_is_not_shown_as_staged(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab=SECURITY)
    async with running(app) as pilot:
        table = app.screen.query_one(ToggleTable)
        table.move_to(next(row.key for row in table.rows if row.name == free(pilot)[0]))
        with sqlite3.connect(state_file(tmp_path)) as other:
            names = [name for (name,) in other.execute("SELECT name FROM sqlite_master WHERE type='table'")]
            table_name = next(name for name in names if "pending" in name)
            other.execute(f"ALTER TABLE {table_name} RENAME TO gone")
        other.close()
        await press(pilot, "space")
        shown = screen_text(pilot)
        assert "Error: The state file" in shown
        assert "✎" not in shown
        await press(pilot, "f3")
        assert str(state_file(tmp_path).name) in screen_text(pilot)
        await press(pilot, "escape", "escape")
        assert "Error" not in screen_text(pilot)


async def test_staged_changes_are_there_after_a_restart(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab=SECURITY)
    async with running(app) as pilot:
        table = app.screen.query_one(ToggleTable)
        table.move_to(next(row.key for row in table.rows if row.name == free(pilot)[0]))
        await press(pilot, "space")
        before = staged(app)
    again = program(tenant, tmp_path)
    async with running(again) as pilot:
        assert staged(again) == before
        assert "1 change not applied yet" in screen_text(pilot)
