"""The personal information page: every shape of tab, its keys, and trouble that stays in its tab."""

import asyncio
import gc
from collections.abc import AsyncIterator
from pathlib import Path

import msgspec
import pytest
from rich.segment import Segment
from textual.color import Color
from textual.dom import DOMNode
from textual.pilot import Pilot

from services.tabs import sharepoint
from services.tabs.registry import TABS
from services.tabs.tab import Page, everywhere
from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.program import ADELE, press, program, running, screen_text, settled, type_text
from tui.screens.dialogs.help import Help
from tui.screens.dialogs.more_actions import MoreActions
from tui.screens.user import UserScreen
from tui.screens.users import UsersScreen
from tui.screens.views.view import View
from tui.widgets.record_table import RecordTable

pytestmark = pytest.mark.anyio

TITLES = tuple(tab.title for tab in TABS if tab.available in (everywhere, sharepoint.available))
"""The tabs of a user who has everything, in a tenant whose profile names its services and nothing more."""


async def test_every_tab_loads_and_says_its_keys(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE)) as pilot:
        for title in TITLES:
            shown = screen_text(pilot)
            assert f"‹{title}›" in shown or f"‹{title[:20]}" in shown
            assert f"── {title} ──" in shown
            assert "loading" not in shown
            assert "tries again" not in shown
            hints = shown.splitlines()[-1]
            assert hints.startswith(" F1 Help")
            assert hints.rstrip().endswith("F10 Back")
            await press(pilot, "]")
        assert "‹Basics›" in screen_text(pilot)


async def test_a_burst_of_tab_keys_ends_where_it_should(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE)) as pilot:
        for _ in range(23):
            # without waiting for what one key does before the next one comes
            pilot.app.simulate_key("right_square_bracket")
        await settled(pilot)
        assert f"── {TITLES[23 % len(TITLES)]} ──" in screen_text(pilot)
        on_show = [view.tab.title for view in pilot.app.screen.query(View) if view.display]
        assert on_show == [TITLES[23 % len(TITLES)]]
        await pilot.press(*["f5"] * 10, "]", *["f5"] * 10)
        await settled(pilot)
        assert f"── {TITLES[24 % len(TITLES)]} ──" in screen_text(pilot)


async def test_what_tabs_leave_behind_does_not_pile_up(tenant: Endpoints, tmp_path: Path) -> None:
    def nodes() -> int:
        return sum(type(found) is DOMNode for found in gc.get_objects())

    async with running(program(tenant, tmp_path, user=ADELE, tab="security-groups")) as pilot:
        await press(pilot, "]")
        gc.disable()
        try:
            gc.collect()
            before = nodes()
            await press(pilot, *"[]" * 60)
            left = nodes() - before
        finally:
            gc.enable()
        assert left < 200


async def test_leaving_while_everything_loads(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        for _ in range(3):
            await pilot.press("enter")
            await pilot.press("]", "]", "]")
            await pilot.press("f10")
            await settled(pilot)
            assert isinstance(pilot.app.screen, UsersScreen)


async def test_rows_that_come_for_a_page_that_is_just_being_left_are_no_defect(
    tenant: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    table_gone = asyncio.Event()

    async def late(*_: object) -> AsyncIterator[Page]:
        await table_gone.wait()
        yield Page([], note="late")

    tabs = [msgspec.structs.replace(tab, load=late) if tab.id == "risks" else tab for tab in TABS]
    monkeypatch.setattr("tui.screens.user.TABS", tuple(tabs))
    async with running(program(tenant, tmp_path, user=ADELE, tab="basics")) as pilot:
        monkeypatch.setattr(RecordTable, "on_unmount", lambda _: table_gone.set(), raising=False)
        await pilot.press("]")
        await pilot.pause()
        await press(pilot, "f10")
        assert isinstance(pilot.app.screen, UsersScreen)
        assert table_gone.is_set()
        assert not [record for record in caplog.records if record.levelname == "ERROR"]


async def test_hidden_tabs_say_why(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user="leeg@contoso.example")) as pilot:
        assert "Distribution groups" not in screen_text(pilot)
        await press(pilot, "t")
        shown = screen_text(pilot)
        assert "Distribution groups  (no Exchange licence)" in shown
        await type_text(pilot, "audit")
        await press(pilot, "enter")
        assert "── Audit Logs ──" in screen_text(pilot)


async def test_a_tab_asked_for_at_start(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE, tab="audit-logs")) as pilot:
        assert "── Audit Logs ──" in screen_text(pilot)
    async with running(
        program(tenant, tmp_path, user="leeg@contoso.example", tab="distribution-groups")
    ) as pilot:
        assert "is hidden: no Exchange licence" in screen_text(pilot)
        assert "── Basics ──" in screen_text(pilot)
    async with running(program(tenant, tmp_path, user=ADELE, tab="no-such-tab")) as pilot:
        assert "There is no tab no-such-tab" in screen_text(pilot)


async def test_an_unknown_user_can_be_tried_again(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user="nobody@contoso.example")) as pilot:
        shown = screen_text(pilot)
        assert "not opened" in shown
        assert "Error:" in shown
        # no key may fall over the missing user
        await press(pilot, "]", "t", "i", "c", "f2", "f8", "f3", "f5", "f3")
        assert "request-id" in screen_text(pilot)
        await press(pilot, "escape", "f10")
        assert isinstance(pilot.app.screen, UsersScreen)


async def test_no_letter_is_offered_as_a_key_while_it_would_be_typed(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with running(program(tenant, tmp_path, user=ADELE, tab="basics")) as pilot:
        assert "t Go to tab" in screen_text(pilot)
        await press(pilot, "enter")
        assert screen_text(pilot).splitlines()[-1].strip() == "Enter Keep  Esc Cancel  F10 Back"
        await press(pilot, "escape")
        assert "t Go to tab" in screen_text(pilot)


@pytest.mark.parametrize("keys", [("shift+f6",), ("f7",), ("space", "f2")])
async def test_every_page_shows_the_key_for_help(
    tenant: Endpoints, tmp_path: Path, keys: tuple[str, ...]
) -> None:
    async with running(program(tenant, tmp_path, user=ADELE, tab="security-groups")) as pilot:
        await press(pilot, *keys)
        assert not isinstance(pilot.app.screen, UserScreen)
        assert screen_text(pilot).splitlines()[-1].startswith(" F1 Help ")


async def test_keys_of_the_table_and_the_page(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE, tab="security-groups")) as pilot:
        await press(pilot, "end", "f3")
        assert "Source" in screen_text(pilot)
        await press(pilot, "escape", "g", "g", "y")
        assert "Copied" in screen_text(pilot)
        await press(pilot, "escape", "m")
        assert "members only" in screen_text(pilot)
        await press(pilot, "m", "m", "s", "tilde")
        assert "Member: off → off" in screen_text(pilot) or "Member: on → on" in screen_text(pilot)
        await press(pilot, "escape", "escape")
        assert isinstance(pilot.app.screen, UsersScreen)


async def test_a_locked_row_says_why(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE, tab="security-groups")) as pilot:
        await press(pilot, "slash")
        await type_text(pilot, "dynamic")
        await press(pilot, "enter", "space")
        shown = screen_text(pilot)
        assert "ynamic" in shown.splitlines()[-2]
        assert "change" not in shown.splitlines()[-2] or "rule" in shown.splitlines()[-2]


async def test_an_error_stays_in_its_tab(tmp_path: Path) -> None:
    with running_sandbox(faults=("error:status=500,path=auditLogs",)) as tenant:
        async with running(program(tenant, tmp_path, user=ADELE, tab="audit-logs")) as pilot:
            assert "not loaded · F5 tries again" in screen_text(pilot)
            assert "Error: Microsoft Graph failed" in screen_text(pilot)
            await press(pilot, "f3")
            assert "request-id" in screen_text(pilot)
            await press(pilot, "escape", "t")
            await type_text(pilot, "basics")
            await press(pilot, "enter")
            assert "27 fields" in screen_text(pilot)
            assert "Error" not in screen_text(pilot)
            await press(pilot, "[")
            assert "not loaded · F5 tries again" in screen_text(pilot)
            assert "Error: Microsoft Graph failed" in screen_text(pilot)


async def test_readonly_stages_nothing(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="security-groups", readonly=True)
    async with running(app) as pilot:
        await press(pilot, "space")
        assert "read-only" in screen_text(pilot)
        await press(pilot, "a", "i")
        assert "read-only" in screen_text(pilot)
        await press(pilot, "t")
        await type_text(pilot, "basics")
        await press(pilot, "enter", "enter")
        await type_text(pilot, "x")
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, UserScreen)
        assert app.staging is not None
        assert not app.staging.all


async def test_the_terminal_may_be_resized_at_any_time(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE, tab="security-groups"), (120, 40)) as pilot:
        for size in ((80, 24), (40, 12), (20, 5), (200, 50), (80, 24)):
            await pilot.resize_terminal(*size)
            await press(pilot, "f6", "end", "]", "[")
        assert "── Security groups ──" in screen_text(pilot)


async def test_without_colour_the_terminals_own_colours_stay(
    tenant: Endpoints, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with running(program(tenant, tmp_path, user=ADELE)) as pilot:
        styles = [segment.style for line in drawn_lines(pilot) for segment in line if segment.style]
        assert styles
        assert all(style.color is None or style.color.is_default for style in styles)
        assert all(style.bgcolor is None or style.bgcolor.is_default for style in styles)
        assert any(style.reverse for style in styles)


def drawn_lines(pilot: Pilot[None]) -> list[list[Segment]]:
    """What goes to the terminal, line by line."""
    lines = pilot.app.screen._compositor.render_strips()
    filters = pilot.app.get_line_filters()
    return [list(line.apply_filter(filters[-1], Color(0, 0, 0))) for line in lines]


async def test_nothing_blinks(tenant: Endpoints, tmp_path: Path) -> None:
    from textual.widgets import Input, TextArea

    async with running(program(tenant, tmp_path, user=ADELE, tab="security-groups")) as pilot:
        assert pilot.app.animation_level == "none"
        for opening in (":", "t", "i", "c"):
            await press(pilot, opening)
            typed = pilot.app.screen.focused
            assert isinstance(typed, Input | TextArea)
            assert not typed.cursor_blink
            await press(pilot, "escape")


async def test_f1_tells_every_key_of_a_dialog_and_leads_back_to_it(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE)) as pilot:
        await press(pilot, "f9")
        assert isinstance(pilot.app.screen, MoreActions)
        await press(pilot, "f1")
        assert isinstance(pilot.app.screen, Help)
        assert "Next field or button" in screen_text(pilot)
        await press(pilot, "f1")
        assert isinstance(pilot.app.screen, MoreActions)
