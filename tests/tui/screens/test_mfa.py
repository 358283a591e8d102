"""The page of a user's sign-in methods: reached by F9 and the palette, its form, what is dimmed, what is staged."""

from collections.abc import Iterator
from pathlib import Path

import pytest
from textual.widgets import Button

from tests.sandbox import Endpoints, running_sandbox
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
from tui.screens.dialogs.form import FormDialog
from tui.screens.opened import OpenedScreen
from tui.widgets.key_bar import Hint

pytestmark = pytest.mark.anyio

LEE = "leeg@contoso.example"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant for the tests of this file."""
    with running_sandbox() as found:
        yield found


async def test_the_palette_leads_there_and_f10_back(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE)) as pilot:
        await press(pilot, ":")
        await type_text(pilot, "Action: Manage MFA")
        await press(pilot, "enter")
        await until(pilot, lambda: isinstance(pilot.app.screen, OpenedScreen))
        await settled(pilot)
        assert "Adele Vance" in screen_text(pilot)
        assert "Primary mobile" in screen_text(pilot)
        await press(pilot, "f10")
        assert not isinstance(pilot.app.screen, OpenedScreen)


async def test_a_form_says_whose_number_it_is_and_what_is_not_offered(
    tenant: Endpoints, tmp_path: Path
) -> None:
    async with running(program(tenant, tmp_path, user=LEE)) as pilot:
        await press(pilot, "f9")
        await type_text(pilot, "mfa")
        await press(pilot, "enter")
        await settled(pilot)
        assert "No number is registered for sign-in" in screen_text(pilot)
        hints = {h.label: h.enabled for h in page(pilot).hints() if isinstance(h, Hint)}
        assert (hints["Add"], hints["Change"], hints["Delete"]) == (True, False, False)
        await press(pilot, "insert")
        form = pilot.app.screen
        assert isinstance(form, FormDialog)
        assert "Alternate mobile is not offered" in screen_text(pilot)
        save = form.query_one("#save", Button)
        assert save.disabled
        await type_text(pilot, "+49 15")
        assert "too short" in screen_text(pilot)
        await type_text(pilot, "12 3456789")
        assert "+49 1512 3456789 (Germany) of Lee Gu" in screen_text(pilot)
        assert not save.disabled
        await press(pilot, "down", "enter")
        assert "Office" in screen_text(pilot)
        assert "Alternate" not in screen_text(pilot).replace("Alternate mobile is not offered", "")
        await press(pilot, "escape", "escape")
        assert isinstance(pilot.app.screen, OpenedScreen)


async def test_devices_are_staged_and_marked_and_can_be_kept(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE)) as pilot:
        await press(pilot, "f9")
        await type_text(pilot, "mfa")
        await press(pilot, "enter")
        await settled(pilot)
        await press(pilot, "right_square_bracket")
        await until(pilot, lambda: "3 · registered 3" in screen_text(pilot))
        await press(pilot, "space")
        await until(pilot, lambda: "1 change on this tab" in screen_text(pilot))
        assert "[ ] ✎" in screen_text(pilot)
        await press(pilot, "space")
        await until(pilot, lambda: "change on this tab" not in screen_text(pilot))


async def test_read_only_shows_the_page_and_changes_nothing(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path, user=ADELE, readonly=True)) as pilot:
        await press(pilot, "f9")
        await type_text(pilot, "mfa")
        await press(pilot, "enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, OpenedScreen)
        await press(pilot, "insert")
        assert "read-only" in screen_text(pilot)
        assert not isinstance(pilot.app.screen, FormDialog)
        await press(pilot, "right_square_bracket")
        await until(pilot, lambda: "registered 3" in screen_text(pilot))
        await press(pilot, "space")
        assert "change on this tab" not in screen_text(pilot)
