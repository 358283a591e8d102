"""The list of tabs: what loading one has taught about it and about others, and how they are looked at again."""

from pathlib import Path

import pytest
from textual.pilot import Pilot

from services.tabs.registry import TABS
from services.tabs.tab import Ground
from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.program import ADELE, press, program, running, screen_text, type_text
from tui.widgets.tab_bar import TabBar

pytestmark = pytest.mark.anyio

ALEX = "alexw@contoso.example"
ON_A_MAILBOX = [tab.title for tab in TABS if tab.ground is Ground.MAILBOX]


async def go(pilot: Pilot[None], name: str) -> None:
    """Goes to a tab by a part of its name."""
    await press(pilot, "t")
    await type_text(pilot, name)
    await press(pilot, "enter")


def bar(pilot: Pilot[None]) -> list[str]:
    """The titles in the tab bar, also those beside the screen."""
    return [title for _, title in pilot.app.screen.query_one(TabBar)._tabs]


async def listing(pilot: Pilot[None], name: str) -> str:
    """The line of the list of tabs with this name."""
    await press(pilot, "t")
    await type_text(pilot, name)
    lines = [line for line in screen_text(pilot).splitlines() if line.startswith((" ", "▸")) and name in line]
    await press(pilot, "escape")
    return lines[-1].strip() if lines else ""


async def test_without_a_mailbox_every_tab_that_needs_one_is_hidden_until_f5(tmp_path: Path) -> None:
    with running_sandbox(
        faults=("error-item:status=404,path=Get-,first=2", "error:status=404,path=InvokeCommand,first=1")
    ) as tenant:
        async with running(program(tenant, tmp_path, user=ADELE, tab="mail")) as pilot:
            shown = screen_text(pilot)
            assert "This user has no mailbox" in shown
            assert "‹Mail" in shown, "the tab on show stays, to say why it is empty"
            assert "Forwarding and replies" not in bar(pilot)
            assert "Mailbox storage  (no mailbox)" in await listing(pilot, "Mailbox storage")
            await press(pilot, "]")
            assert not set(ON_A_MAILBOX) & set(bar(pilot))
            assert "── Distribution groups ──" in screen_text(pilot)
            await press(pilot, "f5")
            assert set(ON_A_MAILBOX) <= set(bar(pilot))
            await go(pilot, "mail")
            assert "── Mail ── 17 fields" in screen_text(pilot)


async def test_what_the_tenant_has_not_is_known_on_every_page(tmp_path: Path) -> None:
    with running_sandbox(faults=("no-premium",)) as tenant:
        async with running(program(tenant, tmp_path, user=ADELE, tab="sign-ins")) as pilot:
            assert "not loaded" in screen_text(pilot)
            await press(pilot, "]")
            assert "Sign-ins" not in bar(pilot)
            pilot.app.open_user(ALEX)  # type: ignore[attr-defined]
            await press(pilot, "]")
            assert "Sign-ins" not in bar(pilot)
            assert "Sign-ins  (no Entra ID P1 or P2)" in await listing(pilot, "Sign-ins")
            await press(pilot, "f5")
            assert "Sign-ins" in bar(pilot)


async def test_a_refusal_is_listed_dimmed_and_can_be_tried_again(tmp_path: Path) -> None:
    with running_sandbox(faults=("error:status=403,path=auditLogs/directoryAudits,first=1",)) as tenant:
        async with running(program(tenant, tmp_path, user=ADELE, tab="audit-logs")) as pilot:
            shown = screen_text(pilot)
            assert "Error: Microsoft Graph does not let you" in shown
            assert "‹Audit Logs ⊘›" in shown
            await go(pilot, "basics")
            assert "── Basics ── " in screen_text(pilot)
            assert "Error" not in screen_text(pilot)
            line = await listing(pilot, "Audit Logs")
            assert "(a consent or a role is missing; Enter tries again)" in line
            await go(pilot, "AUDIT")
            assert "‹Audit Logs›" in screen_text(pilot)
            assert "Error" not in screen_text(pilot)


async def test_names_match_without_case_and_accents(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE)) as pilot:
        await go(pilot, "ÉXTENSION")
        assert "── Extension Attributes ──" in screen_text(pilot)
        await go(pilot, "groups mail")
        assert "── Mail-enabled security groups ──" in screen_text(pilot)


async def test_of_who_is_in_the_recycle_bin_only_the_reports_tell(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        await press(pilot, "[", "enter")
        shown = screen_text(pilot)
        assert "Deleted" in shown.splitlines()[0]
        assert bar(pilot) == ["Risks", "Sign-ins", "Audit Logs", "License changes"]
        assert "Basics  (the user is deleted)" in await listing(pilot, "Basics")
