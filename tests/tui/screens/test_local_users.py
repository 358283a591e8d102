"""Local users on the screens, from a real Active Directory: listed, opened, their Basics changed, and blocked."""

from pathlib import Path

import pytest

from tests.domain_controller import Domain
from tests.sandbox import Endpoints
from tests.tui.screens.program import press, program, running, screen_text, settled, type_text, until
from tui.screens.user import UserScreen

pytestmark = pytest.mark.anyio


async def test_a_local_user_is_listed_opened_changed_and_blocked(
    tenant: Endpoints, domain: Domain, tmp_path: Path
) -> None:
    guid = domain.add("zora", displayName="Zora Local", title="Printer")
    app = program(tenant, tmp_path, active_directory=domain.profile())
    async with running(app, size=(120, 40)) as pilot:
        await pilot.press("slash", *"zora", "enter")
        await settled(pilot)
        assert isinstance(pilot.app.screen, UserScreen)
        shown = screen_text(pilot)
        assert "Local user" in shown
        assert "‹Basics›" in shown
        assert "Security groups" not in shown
        await press(pilot, *["down"] * 3, "enter")
        await type_text(pilot, " 2")
        await press(pilot, "enter", "f2")
        assert "Set-ADUser" in screen_text(pilot)
        await press(pilot, "f2")
        await until(pilot, lambda: domain.value(guid, "title") == "Printer 2")
        await settled(pilot)
        await press(pilot, "f9")
        shown = screen_text(pilot)
        assert "Enable sign-in  (the sign-in is not blocked)" in shown
        assert "Revoke cloud sessions  (the account is only in Active Directory)" in shown
        await type_text(pilot, "block sign")
        await press(pilot, "enter")
        assert "cannot log on to the domain any more" in screen_text(pilot)
        await press(pilot, "tab", "enter")
        await until(pilot, lambda: domain.value(guid, "userAccountControl") == "514")


async def test_the_list_stays_where_active_directory_does_not_answer(
    tenant: Endpoints, domain: Domain, tmp_path: Path
) -> None:
    closed = domain.profile(server=f"ldaps://{domain.host}:1")
    async with running(program(tenant, tmp_path, active_directory=closed), size=(120, 40)) as pilot:
        shown = screen_text(pilot)
        assert "no Local users: The domain controller" in shown
        assert "Adele Vance" in shown
