"""The page that a row's name leads to: its subject, its tabs, and what is staged there."""

from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from services.tabs import audit_logs, basics, extension_attributes, security_groups
from services.tabs.tab import Opening, Row
from services.user import User
from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.program import (
    ADELE,
    Program,
    page,
    press,
    program,
    running,
    screen_text,
    settled,
    type_text,
    until,
)
from tui.screens.opened import OpenedScreen
from tui.screens.user import UserScreen
from tui.screens.users import UsersScreen
from tui.widgets.tab_bar import TabBar

pytestmark = pytest.mark.anyio


def _attributes(user: User, row: Row) -> Opening:
    return Opening(
        title=f"Behind {row.name}", subject=user, tabs=(extension_attributes.TAB, basics.TAB, audit_logs.TAB)
    )


LEADING = msgspec.structs.replace(security_groups.TAB, opens=_attributes)
"""A tab whose rows lead to a page of the same user."""


async def _behind_a_row(pilot: Pilot[None]) -> str:
    """Opens the page of a tab that leads on, then what its first row leads to; returns the row's name."""
    app = pilot.app
    user = await page(pilot).session.find_user(ADELE)
    page(pilot).desk.open_page(Opening(title="Groups", subject=user, tabs=(LEADING,)))
    await settled(pilot)
    assert isinstance(app.screen, OpenedScreen)
    row = app.screen.query_one("ToggleTable").cursor_row  # type: ignore[attr-defined]
    await press(pilot, "enter")
    return str(row.name)


async def test_enter_opens_what_a_row_leads_to_and_back_again(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        name = await _behind_a_row(pilot)
        shown = screen_text(pilot)
        assert f"── Behind {name} ──" in shown
        assert "‹Extension Attributes›" in shown
        assert shown.splitlines()[0].startswith(" Adele Vance  adelev@contoso.example")
        assert shown.splitlines()[0].rstrip().endswith("lab")
        await press(pilot, "f10")
        shown = screen_text(pilot)
        assert "── Groups ──" in shown
        assert "Enter Open" in shown.splitlines()[-1]
        assert not pilot.app.screen.query_one(TabBar).display
        assert "Go to tab" not in shown.splitlines()[-1]
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, UsersScreen)


async def test_its_tabs_are_found_by_t_and_by_the_palette(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        await _behind_a_row(pilot)
        await press(pilot, "t")
        shown = screen_text(pilot)
        assert "Basics" in shown
        assert "Licenses" not in shown
        await type_text(pilot, "audit")
        await press(pilot, "enter")
        assert "── Audit Logs ──" in screen_text(pilot)
        await press(pilot, ":")
        await type_text(pilot, "Tab: Ba")
        await press(pilot, "enter")
        assert "── Basics ──" in screen_text(pilot)


async def test_changes_of_the_same_user_show_on_both_pages(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="extension-attributes")
    async with running(app) as pilot:
        await press(pilot, "enter")
        await type_text(pilot, "first")
        await press(pilot, "enter")
        assert "‹Extension Attributes •1›" in screen_text(pilot)
        await _behind_a_row(pilot)
        shown = screen_text(pilot)
        assert "‹Extension Attributes •1›" in shown
        assert "first" in shown
        assert "1 change on this tab" in shown
        await press(pilot, "down", "enter")
        await type_text(pilot, "second")
        await press(pilot, "enter")
        assert "2 changes on this tab" in screen_text(pilot)
        await press(pilot, "f10", "f10")
        assert isinstance(app.screen, UserScreen)
        assert "‹Extension Attributes •2›" in screen_text(pilot)
        await _behind_a_row(pilot)
        await press(pilot, "f8", "down", "enter")
        assert app.staging is not None
        assert not app.staging.all


async def test_what_is_applied_there_is_loaded_again_here(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="extension-attributes")
    async with running(app) as pilot:
        await _behind_a_row(pilot)
        await press(pilot, "enter")
        await type_text(pilot, "applied")
        await press(pilot, "enter", "f2")
        assert "extensionAttribute1" in screen_text(pilot) or "1 operation" in screen_text(pilot)
        await press(pilot, "enter")
        await _all_ended(pilot)
        assert isinstance(app.screen, OpenedScreen)
        await until(pilot, lambda: "applied" in screen_text(pilot))
        await press(pilot, "f10", "f10")
        assert isinstance(app.screen, UserScreen)
        await until(pilot, lambda: "applied" in screen_text(pilot))


async def _all_ended(pilot: Pilot[None]) -> None:
    app = pilot.app
    assert isinstance(app, Program)
    await until(pilot, lambda: app.processes and all(p.ended_at is not None for p in app.processes))
    await settled(pilot)


async def test_a_room_is_opened_from_its_row_and_booked_differently(
    tenant: Endpoints, tmp_path: Path
) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="room-mailboxes")
    async with running(app) as pilot:
        assert "Enter Open" in screen_text(pilot).splitlines()[-1]
        await press(pilot, "slash")
        await type_text(pilot, "Hood")
        await press(pilot, "enter", "enter")
        shown = screen_text(pilot)
        assert shown.splitlines()[0].startswith(" Room Hood  room.hood@contoso.example  Room mailbox")
        assert "‹General›" in shown
        await press(pilot, "down", "enter")
        await pilot.press(*["backspace"] * 20)
        await type_text(pilot, "Hood 2")
        await press(pilot, "enter")
        assert "1 change on this tab" in screen_text(pilot)
        await press(pilot, "t")
        await type_text(pilot, "book")
        await press(pilot, "enter", *["down"] * 6, "enter")
        assert "Days ahead" in screen_text(pilot)
        await pilot.press(*["backspace"] * 5)
        await type_text(pilot, "1081")
        await press(pilot, "enter")
        assert "from 0 (no limit) to 1080" in screen_text(pilot)
        await pilot.press("backspace", "backspace")
        await press(pilot, "enter")
        assert "1 change on this tab · 2 in all" in screen_text(pilot)
        await press(pilot, "f2")
        shown = screen_text(pilot)
        assert "2 operations" in shown
        assert shown.count("ready") >= 2
        await press(pilot, "enter")
        await _all_ended(pilot)
        await until(pilot, lambda: "Days ahead, most              10 " in screen_text(pilot))
        await until(pilot, lambda: screen_text(pilot).startswith(" Hood 2  room.hood@contoso.example"))
        await press(pilot, "f10")
        assert isinstance(app.screen, UserScreen)


async def test_people_who_book_must_be_known_to_exchange(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="equipment-mailboxes")
    async with running(app) as pilot:
        await press(pilot, "enter", "]", "]", "end", *["up"] * 9)
        assert "▸   Delegates" in screen_text(pilot)
        await press(pilot, "enter")
        await pilot.press(*["backspace"] * 60)
        await type_text(pilot, "nobody@contoso.example")
        await press(pilot, "enter")
        assert "Exchange knows no recipient nobody@contoso.example" in screen_text(pilot)
        assert app.staging is not None
        assert not app.staging.all
        await press(pilot, "escape", "enter")
        await pilot.press(*["backspace"] * 60)
        await type_text(pilot, "alexw@contoso.example")
        await press(pilot, "enter")
        (change,) = app.staging.all
        assert change.after == ["alexw@contoso.example"]
        assert "alexw@contoso.example" in change.facts.values()


async def test_a_device_has_a_page_to_read(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE, tab="devices")) as pilot:
        await press(pilot, "enter")
        shown = screen_text(pilot)
        assert "── Device LAP-" in shown
        assert "█ used" in shown
        assert shown.splitlines()[0].startswith(" Adele Vance")
        assert "Primary user        Alex Wilber" in shown
        await press(pilot, "enter")
        assert "y Copy value" in screen_text(pilot)
        await press(pilot, "escape", "escape")
        assert isinstance(pilot.app.screen, UserScreen)


async def test_a_device_that_cannot_be_read_says_so_and_its_row_stays(tmp_path: Path) -> None:
    faults = ("error:status=403,path=deviceManagement/managedDevices",)
    with running_sandbox(faults=faults) as tenant:
        async with running(program(tenant, tmp_path, user=ADELE, tab="devices")) as pilot:
            await press(pilot, "enter")
            shown = screen_text(pilot)
            assert "not loaded · F5 tries again" in shown
            assert "Error: Microsoft Graph does not let you" in shown
            await press(pilot, "f10")
            assert "LAP-" in screen_text(pilot)
