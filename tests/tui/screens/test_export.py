"""Exporting a tab from its page: the dialog, what it refuses, and the way from the process to the file."""

import csv
from pathlib import Path

import pytest
from textual.pilot import Pilot

from tests.sandbox import Endpoints
from tests.tui.screens.program import (
    ADELE,
    page,
    press,
    program,
    running,
    screen_text,
    settled,
    type_text,
    until,
)
from tui.app import RollcallApp
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.export import ExportDialog
from tui.screens.views.view import View
from tui.widgets.entry import Entry

pytestmark = pytest.mark.anyio


async def put_path(pilot: Pilot[None], path: str) -> None:
    """Types another path over the suggested one."""
    entry = pilot.app.screen.query_one(Entry)
    entry.focus()
    entry.value = ""
    await type_text(pilot, path)


async def ended(pilot: Pilot[None]) -> None:
    """Waits until the newest process has ended and the page knows it."""
    app = pilot.app
    assert isinstance(app, RollcallApp)
    await until(pilot, lambda: app.processes and all(p.ended_at for p in app.processes))
    await settled(pilot)


def read(path: Path) -> list[list[str]]:
    """Titles and rows."""
    with path.open(encoding="utf-8-sig", newline="") as file:
        found = list(csv.reader(file))
    return found[next(n for n, record in enumerate(found) if not any(record)) + 1 :]


async def test_what_the_filter_shows_goes_into_the_file(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path / "state", user=ADELE, tab="security-groups")
    async with running(app) as pilot:
        await press(pilot, "/")
        await type_text(pilot, "project")
        await press(pilot, "enter", "e")
        assert isinstance(app.screen, ExportDialog)
        shown = screen_text(pilot)
        assert 'shown: filter "project"' in shown
        assert str(tmp_path / "state" / "exports" / "adelev@contoso.example-security")[:50] in shown
        await put_path(pilot, str(tmp_path / "groups.csv"))
        await press(pilot, "enter")
        await ended(pilot)
        assert f"Exporting to {tmp_path}"[:40] in screen_text(pilot)
        titles, *rows = read(tmp_path / "groups.csv")
        assert titles[:2] == ["Name", "Id"]
        assert rows
        assert all("project" in " ".join(row).casefold() for row in rows)


async def test_all_rows_the_columns_on_screen_and_a_workbook(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path / "state", user=ADELE, tab="shared-mailboxes")
    async with running(app) as pilot:
        await press(pilot, "e", "right")
        assert app.screen.query_one(Entry).value.endswith(".xlsx")
        await press(pilot, "left")
        assert app.screen.query_one(Entry).value.endswith(".csv")
        assert "All 20" in screen_text(pilot)
        await press(pilot, "down", "right")
        await put_path(pilot, str(tmp_path / "all"))
        await press(pilot, "enter")
        await ended(pilot)
        titles, *rows = read(tmp_path / "all.csv")
        # alias and source are for wide terminals
        assert titles == ["Name", "Mail", "Full access", "Send as", "Send on behalf"]
        assert len(rows) == 20
        assert not [row for row in rows if "not known" in row]


async def test_a_file_that_is_there_is_asked_about(tenant: Endpoints, tmp_path: Path) -> None:
    (tmp_path / "x.csv").write_text("mine")
    app = program(tenant, tmp_path / "state", user=ADELE, tab="directory-roles")
    async with running(app) as pilot:
        await press(pilot, "e")
        await put_path(pilot, str(tmp_path / "x.csv"))
        await press(pilot, "enter")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "enter")
        assert isinstance(app.screen, ExportDialog)
        assert (tmp_path / "x.csv").read_text() == "mine"
        await press(pilot, "enter", "right", "enter")
        await ended(pilot)
        assert read(tmp_path / "x.csv")[0][0] == "Role"


async def test_a_folder_that_does_not_do_is_said_in_the_dialog(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path / "state", user=ADELE, tab="directory-roles")
    async with running(app) as pilot:
        await press(pilot, "e")
        for typed, said in ((str(tmp_path / "no" / "x"), "does not exist"), ("", "Type the name")):
            await put_path(pilot, typed)
            await press(pilot, "enter")
            assert isinstance(app.screen, ExportDialog)
            assert said in screen_text(pilot)
        await press(pilot, "escape")
        assert not app.processes


async def test_a_tab_without_an_export_says_so(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="devices")
    async with running(app) as pilot:
        await press(pilot, "e")
        assert "Devices cannot be exported" in screen_text(pilot)


async def test_read_only_exports_too(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path / "state", user=ADELE, tab="directory-roles", readonly=True)
    async with running(app) as pilot:
        await press(pilot, "e", "enter")
        await ended(pilot)
        assert len(list((tmp_path / "state" / "exports").glob("*.csv"))) == 1


async def test_an_export_leaves_what_is_on_the_screen_alone(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path / "state", user=ADELE, tab="directory-roles")
    async with running(app) as pilot:
        loads = []
        view = page(pilot).query_one(View)
        view.reload = lambda **given: loads.append(given)  # type: ignore[method-assign]
        await press(pilot, "e", "enter")
        await ended(pilot)
        assert loads == []


async def test_from_the_process_to_the_file(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path / "state", user=ADELE, tab="directory-roles")
    async with running(app, (100, 30)) as pilot:
        await press(pilot, "e")
        await put_path(pilot, str(tmp_path / "x.csv"))
        await press(pilot, "enter")
        await ended(pilot)
        await press(pilot, "shift+f6", "enter")
        assert "o Open file" in screen_text(pilot)
        await press(pilot, "y")
        assert str(tmp_path / "x.csv") in screen_text(pilot).replace("\n", "")
        await press(pilot, "escape", "enter")
        shown = screen_text(pilot)
        assert "all, with the id" in shown
        assert "31 rows" in shown
        # without a terminal to give away it says where the file is
        await press(pilot, "escape", "o")
        assert "scp" in screen_text(pilot)
        (tmp_path / "x.csv").unlink()
        await press(pilot, "escape", "escape", "o")
        assert "The file is gone" in screen_text(pilot)


async def test_the_page_of_a_site_is_exported_too(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path / "state", user=ADELE, tab="sharepoint")
    async with running(app, (100, 30)) as pilot:
        await press(pilot, "enter", "e")
        assert isinstance(app.screen, ExportDialog)
        await put_path(pilot, str(tmp_path / "site.csv"))
        await press(pilot, "enter")
        await ended(pilot)
        titles, *rows = read(tmp_path / "site.csv")
        assert titles[1] == "Id"
        assert rows
