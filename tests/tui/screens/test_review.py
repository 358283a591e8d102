"""Review and apply: what is listed is what is sent, and the operator sees what became of it."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from services.tabs.tab import Row
from state.values import ProcessStatus
from tests.journeys.served import ask
from tests.sandbox import Endpoints
from tests.tui.screens.program import ADELE, page, press, program, running, screen_text, type_text, until
from tui.app import RollcallApp
from tui.screens.dialogs.confirm import Confirm
from tui.screens.process_center import ProcessCenter
from tui.screens.review import ReviewScreen
from tui.screens.steps import StepsScreen
from tui.screens.user import UserScreen
from tui.widgets.toggle_table import ToggleTable

pytestmark = pytest.mark.anyio


def on_security_groups(tenant: Endpoints, folder: Path) -> RollcallApp:
    """The app, at the security groups of the sandbox's first user."""
    return program(tenant, folder, user=ADELE, tab="security-groups")


def free_rows(pilot: Pilot[None], count: int) -> list[Row]:
    """Groups that the user may be put into and is not in."""
    rows = pilot.app.screen.query_one(ToggleTable).rows
    return [row for row in rows if row.on[0] is False and not row.lock(0)][:count]


async def stage(pilot: Pilot[None], rows: list[Row]) -> None:
    """Switches these rows on, by the keyboard."""
    for row in rows:
        pilot.app.screen.query_one(ToggleTable).move_to(row.key)
        await press(pilot, "space")


def member(tenant: Endpoints, app: RollcallApp, row: Row) -> bool:
    """Whether the tenant itself says so."""
    path = f"/v1.0/groups/{row.key}/members?$select=id&$top=999"
    status, body = ask(tenant.graph_url, tenant.token, "GET", path)
    assert status == 200
    return any(each["id"] == user_id(app) for each in body["value"])


def user_id(app: RollcallApp) -> str:
    """The id of the user whose page is open."""
    screen = next(screen for screen in app.screen_stack if isinstance(screen, UserScreen))
    assert screen.user is not None
    return screen.user.id


def add_from_outside(tenant: Endpoints, app: RollcallApp, row: Row) -> None:
    """Somebody else adds the user to the group."""
    body = {"@odata.id": f"https://graph.microsoft.com/v1.0/directoryObjects/{user_id(app)}"}
    status, _ = ask(tenant.graph_url, tenant.token, "POST", f"/v1.0/groups/{row.key}/members/$ref", body)
    assert status == 204


async def applied(pilot: Pilot[None], app: RollcallApp) -> None:
    """Waits until the newest process ended and its page shows it."""
    await until(
        pilot, lambda: app.processes and all(process.ended_at is not None for process in app.processes)
    )


async def test_apply_writes_and_the_pane_shows_it(tenant: Endpoints, tmp_path: Path) -> None:
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        rows = free_rows(pilot, 3)
        await stage(pilot, rows)
        await press(pilot, "f2")
        shown = screen_text(pilot)
        assert isinstance(app.screen, ReviewScreen)
        assert "Review  Adele Vance  adelev@contoso.example" in shown
        assert "3 operations · 3 changes" in shown
        assert shown.count("ready") == 3
        assert "off → on" in shown
        assert "New-MgGroupMember" in shown
        assert not member(tenant, app, rows[0])
        # twice, as an impatient operator would
        await pilot.press("enter", "enter")
        await applied(pilot, app)
        await press(pilot, "f5")
        assert isinstance(app.screen, UserScreen)
        await until(pilot, lambda: "succeeded: 3 done" in screen_text(pilot))
        assert "✎" not in screen_text(pilot)
        assert all(member(tenant, app, row) for row in rows)
        assert len(app.processes) == 1


async def test_the_process_center_tells_every_step(tenant: Endpoints, tmp_path: Path) -> None:
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        await stage(pilot, free_rows(pilot, 2))
        await press(pilot, "f4", "enter")
        await applied(pilot, app)
        await press(pilot, "shift+f6")
        assert isinstance(app.screen, ProcessCenter)
        assert "Apply changes · Adele Vance" in screen_text(pilot)
        await press(pilot, "enter")
        assert isinstance(app.screen, StepsScreen)
        assert screen_text(pilot).count("Add member") == 2
        await press(pilot, "f3")
        assert "request-id" in screen_text(pilot)
        await press(pilot, "escape", "escape", "f10")
        assert isinstance(app.screen, UserScreen)


async def test_a_conflict_asks_before_anything_is_written(tenant: Endpoints, tmp_path: Path) -> None:
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        await press(pilot, "t")
        await type_text(pilot, "basics")
        await press(pilot, "enter", "enter")
        await type_text(pilot, " II")
        await press(pilot, "enter")
        status, _ = ask(
            tenant.graph_url, tenant.token, "PATCH", f"/v1.0/users/{ADELE}", {"displayName": "A. V."}
        )
        assert status == 204
        await press(pilot, "f2")
        shown = screen_text(pilot)
        assert "changed meanwhile" in shown
        await press(pilot, "enter")
        assert isinstance(app.screen, Confirm)
        asked = " ".join(screen_text(pilot).split())
        assert "Display name: now A. V., becomes Adele Vance II" in asked
        await press(pilot, "enter")
        assert isinstance(app.screen, ReviewScreen)
        assert not app.processes
        await press(pilot, "enter", "tab", "enter")
        await applied(pilot, app)
        _, body = ask(tenant.graph_url, tenant.token, "GET", f"/v1.0/users/{ADELE}")
        assert body["displayName"] == "Adele Vance II"


async def test_already_so_is_no_conflict(tenant: Endpoints, tmp_path: Path) -> None:
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        row = free_rows(pilot, 1)[0]
        await stage(pilot, [row])
        add_from_outside(tenant, app, row)
        await press(pilot, "f2")
        assert "already so" in screen_text(pilot)
        await press(pilot, "enter")
        await applied(pilot, app)
        assert app.processes[0].status is ProcessStatus.SUCCEEDED


async def test_values_are_reviewed_as_the_page_shows_them(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="mailbox-storage")
    async with running(app, size=(140, 30)) as pilot:
        await until(pilot, lambda: "Warn at" in screen_text(pilot))
        await press(pilot, "down", "down", "down", "enter", *["backspace"] * 12)
        await type_text(pilot, "20 GB")
        await press(pilot, "enter", "f2")
        await until(pilot, lambda: "ready" in screen_text(pilot))
        assert "GB → 20 GB" in screen_text(pilot)
        await press(pilot, "enter")
        await applied(pilot, app)
        await press(pilot, "shift+f6", "u")
        await until(pilot, lambda: "20 GB → " in screen_text(pilot))


async def test_an_objection_goes_with_the_change_that_it_is_about(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="mailbox-storage")
    async with running(app, size=(140, 30)) as pilot:
        await until(pilot, lambda: "Warn at" in screen_text(pilot))
        await press(pilot, "down", "down", "down", "enter", *["backspace"] * 12)
        await type_text(pilot, "9 TB")
        await press(pilot, "enter", "f2")
        await press(pilot, "enter")
        await until(pilot, lambda: "must not be above" in screen_text(pilot))
        await press(pilot, "d")
        await until(pilot, lambda: "must not be above" not in screen_text(pilot))
        assert isinstance(app.screen, ReviewScreen)


async def test_a_dropped_change_is_not_sent(tenant: Endpoints, tmp_path: Path) -> None:
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        await stage(pilot, free_rows(pilot, 2))
        await press(pilot, "f2", "d")
        assert "1 operation · 1 change" in screen_text(pilot)
        await press(pilot, "d")
        assert "Nothing is staged" in screen_text(pilot)
        # nothing is left to apply, and saying so must not fall over
        await press(pilot, "enter", "f2", "d", "f3", "escape")
        assert isinstance(app.screen, UserScreen)
        assert not app.processes
        assert page(pilot).staging.all == []


async def test_several_users_are_told_apart(tenant: Endpoints, tmp_path: Path) -> None:
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        await stage(pilot, free_rows(pilot, 1))
        await press(pilot, "f10")
        app.open_user("alexw@contoso.example", "security-groups")
        await press(pilot, "f5")
        await stage(pilot, free_rows(pilot, 1))
        await press(pilot, "f2")
        shown = screen_text(pilot)
        assert "Review  2 users" in shown
        assert "Alex Wilber" in shown
        assert all(len(line) <= 80 for line in shown.splitlines())


async def test_the_pane_stands_at_the_side_of_a_wide_terminal(tenant: Endpoints, tmp_path: Path) -> None:
    app = on_security_groups(tenant, tmp_path)
    async with running(app, (120, 40)) as pilot:
        await stage(pilot, free_rows(pilot, 1))
        await press(pilot, "f2", "enter")
        await applied(pilot, app)
        await press(pilot, "f6")
        pane = page(pilot).pane
        assert pane.region.x > 70
        assert pane.region.height > 30
        assert "Apply changes" in screen_text(pilot)
        await until(pilot, lambda: "Ended" in screen_text(pilot))
        await pilot.resize_terminal(80, 24)
        await press(pilot, "f5")
        assert pane.region.x == 0
        assert pane.region.height < 11
        await press(pilot, "f6")
        assert pane.region.height == 0
        await press(pilot, "f6")
        assert pane.region.height in (1, 2)
