"""The users page: tabs, search, filters, and the keys that lead away from it."""

import asyncio
from pathlib import Path
from typing import Literal

import pytest
from textual.pilot import Pilot

from services import people
from services.errors import NotPermitted, Unreachable
from services.tenant import Tenant
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
from tui.screens.dialogs.choice import Choice
from tui.screens.dialogs.text_view import TextView
from tui.screens.schedules import SchedulesScreen
from tui.screens.user import UserScreen
from tui.screens.users import TABS, UsersScreen

pytestmark = pytest.mark.anyio


async def test_every_column_that_matters_at_80_columns(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        shown = screen_text(pilot)
        header = next(line for line in shown.splitlines() if "User name" in line)
        assert header.split() == ["Name▴", "User", "name", "Type", "Sign-in"]
        row = next(line for line in shown.splitlines() if "Adele" in line)
        assert row.split() == ["▸", "Adele", "Vance", ADELE, "Cloud", "allowed"]
        assert "F10 Quit" in shown
        assert all(len(line) <= 80 for line in shown.splitlines())


async def test_tabs_hold_their_kinds(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        held: dict[str, int] = {}
        for title in TABS:
            assert f"‹{title}›" in screen_text(pilot)
            screen = pilot.app.screen
            assert isinstance(screen, UsersScreen)
            assert screen.view is not None
            held[title] = screen.view.table.total
            await press(pilot, "]")
        assert held["Users"] + held["Guest users"] == held["All users"]
        assert held["Deleted users"] >= 1
        assert held["External users"] == 0
        assert "‹Users›" in screen_text(pilot)
        await press(pilot, "[")
        assert "‹Deleted users›" in screen_text(pilot)
        assert "Pradeep Gupta" in screen_text(pilot)
        await press(pilot, "t")
        await type_text(pilot, "guest")
        await press(pilot, "enter")
        assert "‹Guest users›" in screen_text(pilot)


async def test_typing_finds_and_enter_opens(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        # typed as one burst, as over a slow line: no letter may run as a command
        await pilot.press("slash", *"adele", "enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, UserScreen)
        assert ADELE in screen_text(pilot)
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, UsersScreen)
        assert 'search: "adele"' in screen_text(pilot)
        await press(pilot, "escape")
        assert "search" not in screen_text(pilot)


async def test_filters_say_what_is_left(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        await press(pilot, "f")
        assert isinstance(pilot.app.screen, Choice)
        await type_text(pilot, "blocked")
        await press(pilot, "enter")
        shown = screen_text(pilot)
        assert "only sign-in blocked" in shown
        assert "Isaiah Langer" in shown
        assert "Adele" not in shown
        await press(pilot, "f")
        await type_text(pilot, "blocked")
        await press(pilot, "enter")
        assert "Adele" in screen_text(pilot)


async def filtered_by(pilot: Pilot[None], typed: str) -> None:
    """Switches one filter on or off, whatever is still asked for."""
    await pilot.press("f", *typed, "enter")


async def test_nobody_passes_for_nobody_while_it_is_not_known_who_passes(
    tenant: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, ask = asyncio.Event(), people.mfa_missing

    async def slow(tenant: Tenant) -> frozenset[str]:
        await gate.wait()
        return await ask(tenant)

    async def refused(tenant: Tenant) -> frozenset[str]:
        raise NotPermitted("The tenant has no premium licence.")

    async with running(program(tenant, tmp_path)) as pilot:
        monkeypatch.setattr(people, "mfa_missing", refused)
        await filtered_by(pilot, "mfa")
        await until(pilot, lambda: "no premium licence" in screen_text(pilot))
        assert "Nobody can tell here who that is" in screen_text(pilot)
        assert "Nobody here" not in screen_text(pilot)

        monkeypatch.setattr(people, "mfa_missing", slow)
        await filtered_by(pilot, "mfa")
        await filtered_by(pilot, "mfa")
        await until(pilot, lambda: "Asking who that is" in screen_text(pilot))
        assert "Nobody here" not in screen_text(pilot)
        gate.set()
        await until(pilot, lambda: _total(pilot) > 0)
        assert "sking who" not in screen_text(pilot)


async def test_what_is_learned_at_the_same_time_is_all_kept(
    tenant: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    gate, ask = asyncio.Event(), people.risks

    async def slow(tenant: Tenant) -> dict[str, str]:
        await gate.wait()
        return await ask(tenant)

    monkeypatch.setattr(people, "risks", slow)
    app = program(tenant, tmp_path)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Adele Vance" in screen_text(pilot))
        await filtered_by(pilot, "mfa")
        await until(pilot, lambda: "only MFA not" in screen_text(pilot) and _total(pilot) > 0)
        missing = _total(pilot)
        await filtered_by(pilot, "at risk")
        await until(pilot, lambda: _total(pilot) == 0 and "Asking who that is" in screen_text(pilot))
        gate.set()
        await until(pilot, lambda: _total(pilot) > 0)
        await filtered_by(pilot, "at risk")
        await until(pilot, lambda: _total(pilot) == missing)


async def test_refresh_asks_again_who_is_at_risk(
    tenant: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        await filtered_by(pilot, "at risk")
        await until(pilot, lambda: _total(pilot) > 0)

        async def nobody(tenant: Tenant) -> dict[str, str]:
            return {}

        monkeypatch.setattr(people, "risks", nobody)
        await press(pilot, "f5")
        await until(pilot, lambda: _total(pilot) == 0 and "Nobody here" in screen_text(pilot))


async def test_escape_never_leaves_the_program(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, UsersScreen)
        assert "F10 leaves Rollcall" in screen_text(pilot)
        await press(pilot, "ctrl+q", "ctrl+c", "f2", "f4", "f8")
        assert isinstance(pilot.app.screen, UsersScreen)
        assert pilot.app.is_running
        assert "Nothing is staged" in screen_text(pilot)


async def test_f3_is_the_row_s_beside_a_note_that_can_be_read_to_its_end(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        await press(pilot, "escape")
        assert "F10 leaves Rollcall." in screen_text(pilot)
        assert "all of it" not in screen_text(pilot)
        await press(pilot, "f3")
        assert "adelev@contoso.example" in screen_text(pilot)
        assert "What happened" not in screen_text(pilot)
        await press(pilot, "escape")
        await pilot.resize_terminal(50, 24)
        await settled(pilot)
        assert "F3 all of it" in screen_text(pilot)
        await press(pilot, "f3")
        assert "What happened" in screen_text(pilot)


async def test_help_and_commands_name_the_keys(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        words = dict(page(pilot).keys())
        for key in ("F1  ?", "F2", "F3", "F4", "F5", "F6", "Shift+F6", "F8", "F10  Ctrl+X", "/", "s", "Esc"):
            assert key in words
        assert ":  Ctrl+P" in words
        assert not any("Ctrl+Q" in key for key in words)
        await press(pilot, "?")
        assert "Help: Users" in screen_text(pilot)
        await press(pilot, "escape", ":")
        await type_text(pilot, "deleted")
        await press(pilot, "down", "enter")
        await settled(pilot)
        assert "‹Deleted users›" in screen_text(pilot)


async def test_the_palette_opens_a_user_and_stays_shut_over_a_dialog(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        await press(pilot, "f1", "ctrl+p")
        assert "Help: Users" in screen_text(pilot)
        await press(pilot, "escape", "ctrl+p")
        await type_text(pilot, "alexw")
        await press(pilot, "down", "enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, UserScreen)
        assert "Alex Wilber" in screen_text(pilot)


async def test_who_is_kept_is_there_before_the_tenant_is_connected(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        every = _total(pilot)
    gate = asyncio.Event()
    app = program(tenant, tmp_path, gate=gate, look=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Adele Vance" in screen_text(pilot))
        title = screen_text(pilot).splitlines()[2]
        assert " as of " in title
        assert "ago · connecting to lab" in title
        await press_unsettled(pilot, "right_square_bracket")
        assert "Adele Vance" not in screen_text(pilot)
        assert " as of " in screen_text(pilot).splitlines()[2]
        await press_unsettled(pilot, "left_square_bracket", "left_square_bracket")
        assert "‹Deleted users›" in screen_text(pilot)
        assert "Connecting" in screen_text(pilot)
        await press_unsettled(pilot, "right_square_bracket", "slash", *"adele", "enter")
        await until(pilot, lambda: "opens as soon as the tenant is connected" in screen_text(pilot))
        gate.set()
        await settled(pilot)
        assert isinstance(pilot.app.screen, UserScreen)
        await press(pilot, "f10", "escape")
        assert _total(pilot) == every
        assert " as of " not in screen_text(pilot)


async def test_who_is_kept_stays_with_their_age_while_the_tenant_cannot_be_reached(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        every = _total(pilot)
    refusals = [Unreachable("Microsoft Graph could not be reached. Try again later.")]

    def connect() -> None:
        if refusals:
            raise refusals.pop()

    async with running(program(tenant, tmp_path, connect=connect, look=True)) as pilot:
        title = screen_text(pilot).splitlines()[2]
        assert " as of " in title
        assert "not connected · F5 tries again" in title
        assert "Adele Vance" in screen_text(pilot)
        assert "could not be reached" in screen_text(pilot)
        await press(pilot, "f")
        await type_text(pilot, "blocked")
        await press(pilot, "enter")
        assert "Adele Vance" not in screen_text(pilot)
        assert "Isaiah Langer" in screen_text(pilot)
        await press(pilot, "f")
        await type_text(pilot, "blocked")
        await press(pilot, "enter", "f5")
        await settled(pilot)
        assert _total(pilot) == every
        assert " as of " not in screen_text(pilot)


async def press_unsettled(pilot: Pilot[None], *keys: str) -> None:
    await pilot.press(*keys)
    await pilot.pause()


def _total(pilot: Pilot[None]) -> int:
    screen = pilot.app.screen
    assert isinstance(screen, UsersScreen)
    assert screen.view is not None
    return screen.view.table.total


async def test_keys_for_the_tenant_wait_until_it_is_connected(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)):
        pass
    gate = asyncio.Event()
    app = program(tenant, tmp_path, gate=gate, look=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Adele Vance" in screen_text(pilot))
        # the page of one of them, its tabs, and one of these: all typed before anything of it is there
        await pilot.press("slash", *"adele", "enter", "t", *"basi", "enter")
        await until(pilot, lambda: "opens as soon as" in screen_text(pilot))
        gate.set()
        await settled(pilot)
        assert isinstance(pilot.app.screen, UserScreen)
        assert "‹Basics›" in screen_text(pilot)

    gate.clear()
    app = program(tenant, tmp_path, gate=gate, look=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Adele Vance" in screen_text(pilot))
        await pilot.press("f7")
        await until(pilot, lambda: "waits until the tenant is connected" in screen_text(pilot))
        gate.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, SchedulesScreen))
        await settled(pilot)


async def test_a_key_that_waits_is_dropped_when_there_is_no_tenant(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)):
        pass
    gate = asyncio.Event()

    class Gone(asyncio.Event):
        async def wait(self) -> Literal[True]:
            await gate.wait()
            raise Unreachable("Microsoft Graph could not be reached. Try again later.")

    app = program(tenant, tmp_path, gate=Gone(), look=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Adele Vance" in screen_text(pilot))
        await pilot.press("f7")
        gate.set()
        await settled(pilot)
        assert isinstance(pilot.app.screen, UsersScreen)
        await press(pilot, "enter")
        assert "The tenant is not connected. F5 tries again." in screen_text(pilot)


async def test_a_dialog_gets_its_keys_while_others_wait_for_the_tenant(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with running(program(tenant, tmp_path)):
        pass
    gate = asyncio.Event()
    app = program(tenant, tmp_path, gate=gate, look=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Adele Vance" in screen_text(pilot))
        # what is typed into the search is typed, also a character that is a key elsewhere
        await press_unsettled(pilot, "slash", *"a:b")
        assert 'search: "a:b"' in screen_text(pilot)
        await press_unsettled(pilot, "escape", "f7")
        dialog = TextView("Sign in", "Open the page and type the code.")
        await app.push_screen(dialog)
        await press_unsettled(pilot, "f5", "escape")
        await until(pilot, lambda: not dialog.is_current)
        gate.set()
        await until(pilot, lambda: isinstance(pilot.app.screen, SchedulesScreen))
        await settled(pilot)


async def test_a_filter_that_was_chosen_before_the_tenant_was_there_is_answered(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with running(program(tenant, tmp_path)):
        pass
    gate = asyncio.Event()
    app = program(tenant, tmp_path, gate=gate, look=True)
    async with app.run_test(size=(80, 24)) as pilot:
        await until(pilot, lambda: "Adele Vance" in screen_text(pilot))
        await press_unsettled(pilot, "f", *"MFA", "enter")
        gate.set()
        await settled(pilot)
        assert "only MFA not registered" in screen_text(pilot)
        assert "sking who that is" not in screen_text(pilot)
        assert "connecting" not in screen_text(pilot)
        assert _total(pilot) > 0
