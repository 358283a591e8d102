"""Staging: what is toggled, taken back, brought in or copied is stored, shown and counted."""

import asyncio
import json
import sqlite3
from contextlib import closing
from pathlib import Path

import pytest
from textual.pilot import Pilot

from services.places import state_file
from state.errors import StateError
from state.values import ProcessStatus
from tests.faults.disks import Rival, small_disk
from tests.faults.test_stopped_owner import journaled
from tests.sandbox import Endpoints
from tests.state.values import opened
from tests.tui.screens.program import ADELE, press, program, running, screen_text, settled, type_text, until
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


async def test_what_cannot_be_stored_is_shown_with_a_warning(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab=SECURITY)
    async with running(app) as pilot:
        table = app.screen.query_one(ToggleTable)
        table.move_to(next(row.key for row in table.rows if row.name == free(pilot)[0]))
        with sqlite3.connect(state_file(tmp_path)) as other:
            other.execute("ALTER TABLE pending RENAME TO gone")
        other.close()
        await press(pilot, "space")
        assert "Warning: The state file" in screen_text(pilot)
        assert "✎" in screen_text(pilot)
        await press(pilot, "f3")
        assert str(state_file(tmp_path).name) in screen_text(pilot)
        assert "is in memory alone" in " ".join(screen_text(pilot).split())
        await press(pilot, "escape", "escape")
        assert "1 change on this tab · 1 in all · 1 not stored" in screen_text(pilot)


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


async def test_what_the_disk_refuses_is_stored_in_its_order_when_it_is_back(
    tenant: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.staging.BETWEEN_TRIES", 0.2)
    with small_disk(tmp_path / "disk") as disk:
        app = program(tenant, disk.folder, user=ADELE, tab=SECURITY)
        async with running(app) as pilot:
            table = app.screen.query_one(ToggleTable)
            first, second, third = free(pilot)[:3]

            async def flip(name: str) -> None:
                table.move_to(next(row.key for row in table.rows if row.name == name))
                await press(pilot, "space")

            await flip(first)
            disk.fill()
            for name in (first, second, third, third):
                await flip(name)
            assert app.staging is not None
            assert staged(app) == {second: True}
            assert app.staging.unstored == 3
            assert set(in_file(disk.folder)) == {first}
            with pytest.raises(StateError, match="disk is full"):
                await app.staging.store()
            assert staged(app) == {second: True}
            disk.make_room()
            await until(pilot, lambda: app.staging is not None and not app.staging.unstored)
            await settled(pilot)
            assert staged(app) == {second: True}
            assert set(in_file(disk.folder)) == {second}
            assert "everything that is staged is stored" in screen_text(pilot)


async def test_no_change_overtakes_one_that_was_refused_while_it_waited(
    tenant: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("state.database.BUSY_SECONDS", 0.3)
    monkeypatch.setattr("tui.staging.BETWEEN_TRIES", 0.1)
    app = program(tenant, tmp_path, user=ADELE, tab=SECURITY)
    async with running(app) as pilot:
        table = app.screen.query_one(ToggleTable)
        table.move_to(next(row.key for row in table.rows if row.name == free(pilot)[0]))
        staging, rival = app.staging, Rival(state_file(tmp_path))
        assert staging is not None
        await press(pilot, "space")
        change = staging.all[0]
        await rival.hold()
        # the first waits for the file in vain, the others for the first
        edits = [asyncio.create_task(each) for each in (staging.discard([change]), staging.stage([change]))]
        left = asyncio.create_task(staging.discard([change]))
        await asyncio.sleep(0)
        left.cancel()
        await edits[0]
        rival.end()
        await edits[1]
        assert staging.all == []
        assert await staging.at_risk(0) == 1
        await until(pilot, lambda: not staging.unstored)
        assert in_file(tmp_path) == []


async def test_leaving_a_page_leaves_no_change_behind_and_leaving_the_program_asks(
    tenant: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("tui.leaving._PATIENCE", 0.1)
    app = program(tenant, tmp_path, user=ADELE, tab=SECURITY)
    async with running(app) as pilot:
        table = app.screen.query_one(ToggleTable)
        table.move_to(next(row.key for row in table.rows if row.name == (name := free(pilot)[0])))
        rival = Rival(state_file(tmp_path))
        await rival.hold()
        await pilot.press("space", "f10", "f10")
        await until(pilot, lambda: "1 change is in memory alone." in screen_text(pilot))
        assert "slow or locked" in screen_text(pilot)
        await pilot.press("escape")
        rival.end()
        await until(pilot, lambda: staged(app) == {name: True})
        assert in_file(tmp_path) == [name]
        assert app.staging is not None
        assert await app.staging.at_risk(0) == 0


async def test_what_a_damaged_file_can_never_take_is_said_to_be_lost(
    tenant: Endpoints, tmp_path: Path
) -> None:
    app, path = program(tenant, tmp_path, user=ADELE, tab=SECURITY), state_file(tmp_path)
    async with running(app) as pilot:
        table = app.screen.query_one(ToggleTable)
        table.move_to(next(row.key for row in table.rows if row.name == free(pilot)[0]))
        with closing(sqlite3.connect(path)) as other:
            # nobody's cache is good any more then
            other.execute("UPDATE schema_version SET version = version")
            other.commit()
            other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
        with path.open("r+b") as file:
            file.seek(4096)
            file.write(b"\xa5" * (path.stat().st_size - 4096))
        await press(pilot, "space", "f3")
        said = " ".join(screen_text(pilot).split())
        assert "is damaged" in said
        assert "in memory alone and is lost when Rollcall ends" in said
        await press(pilot, "escape", "f10", "f10")
        assert "That cannot be stored any more. Cancel, and note it first." in " ".join(
            screen_text(pilot).split()
        )


async def test_a_full_disk_stops_what_runs_and_the_pane_says_so_while_pages_open(
    tenant: Endpoints, tmp_path: Path
) -> None:
    with small_disk(tmp_path / "disk") as disk:
        await journaled(tenant, disk.folder, 2)
        async with opened(state_file(disk.folder)) as another:
            # another copy of the program is open, which made room for what they share
            await another.version()
            disk.fill()
            app = program(tenant, disk.folder, user=ADELE, tab=SECURITY)
            async with running(app) as pilot:
                await until(pilot, lambda: "   The disk is full: " in screen_text(pilot))
                assert "0/2  waiting" in screen_text(pilot)
                assert "Security groups ── " in screen_text(pilot)
                disk.make_room()
                await until(pilot, lambda: {p.status for p in app.processes} == {ProcessStatus.SUCCEEDED})
                await until(pilot, lambda: "   The disk is full: " not in screen_text(pilot))


def in_file(folder: Path) -> list[str]:
    """The names of what is staged, by the file."""
    with closing(sqlite3.connect(state_file(folder))) as file:
        return [json.loads(row[0])["row_name"] for row in file.execute("SELECT change FROM pending")]
