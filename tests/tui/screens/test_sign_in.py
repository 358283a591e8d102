"""Signing in on the screen: asked in place, shown with its code, refused in words, and nothing lost by it."""

import asyncio
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.personal import code, post, program
from tests.tui.screens.program import ADELE, running, screen_text, settled, until
from tui.screens.dialogs.sign_in import SignInDialog

BLOCKED = "AADSTS53003: Access has been blocked by Conditional Access policies."


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """A tenant with its sign-in service."""
    with running_sandbox(users=20, groups=20, sign_in=tmp_path_factory.mktemp("tls")) as endpoints:
        yield endpoints


def test_it_asks_in_place_and_goes_on_with_everybody_listed(lab: Endpoints, tmp_path: Path) -> None:
    async def work() -> None:
        app = program(lab, tmp_path)
        async with running(app) as pilot:
            await until(pilot, lambda: isinstance(app.screen, SignInDialog))
            assert "Nothing has been asked" in screen_text(pilot)
            assert code(pilot) == ""
            await pilot.press("enter")
            await until(pilot, lambda: code(pilot))
            shown = screen_text(pilot)
            assert f"{lab.authority}/devicelogin" in shown
            assert "left" in shown
            copied: list[str] = []
            app.copy_to_clipboard = copied.append  # type: ignore[method-assign, assignment]
            await pilot.press("c", "u")
            assert copied == [code(pilot), f"{lab.authority}/devicelogin"]
            # refused by the tenant's policy: said with what to do, and Enter begins anew
            await post(lab, "devicelogin", code=code(pilot), outcome=BLOCKED)
            await until(pilot, lambda: "Conditional Access" in screen_text(pilot))
            assert code(pilot) == ""
            await pilot.press("enter")
            await until(pilot, lambda: code(pilot))
            await post(lab, "devicelogin", code=code(pilot))
            await until(pilot, lambda: ADELE in screen_text(pilot))
            assert "Signed in as " in screen_text(pilot)

            # the sign-in ends while somebody works
            await settled(pilot)
            await post(lab, "control/revoke", sign_ins="true")
            await pilot.press("f5")
            await until(pilot, lambda: isinstance(app.screen, SignInDialog))
            await pilot.press("escape")
            await until(pilot, lambda: not isinstance(app.screen, SignInDialog))
            assert "Sign in (Ctrl+P, Sign in)" in screen_text(pilot)
            # declined, it does not come again by itself; the palette has it
            await pilot.press("f5")
            await settled(pilot)
            assert not isinstance(app.screen, SignInDialog)
            await pilot.press("ctrl+p", *"sign in", "down", "enter")
            await until(pilot, lambda: isinstance(app.screen, SignInDialog))

    asyncio.run(work())
