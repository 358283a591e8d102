"""Signing in on the screen: asked in place, shown with its code, refused in words, and nothing lost by it."""

import asyncio
import ssl
from collections.abc import Iterator
from pathlib import Path

import httpx
import pytest
from textual.pilot import Pilot

from services.credentials import Prompt
from services.profile import TenantProfile
from services.session import Session
from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.program import ADELE, Program, StillClock, running, screen_text, settled, until
from tui.options import StartOptions
from tui.screens.dialogs.sign_in import SignInDialog

BLOCKED = "AADSTS53003: Access has been blocked by Conditional Access policies."


@pytest.fixture(scope="module")
def lab(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Endpoints]:
    """A tenant with its sign-in service."""
    with running_sandbox(users=20, groups=20, sign_in=tmp_path_factory.mktemp("tls")) as endpoints:
        yield endpoints


def program(lab: Endpoints, folder: Path) -> Program:
    """The app with a profile that signs in by device code."""
    profile = TenantProfile(
        name="lab",
        tenant_id=lab.tenant_id,
        graph_url=lab.graph_url,
        exchange_url=lab.exchange_url,
        authority=lab.authority,
        ca_bundle=lab.ca_bundle,
        client_id="0e5f6a52-9d0c-4c0e-8a4e-0a4b7f6f1c11",
    )

    async def connect(prompt: Prompt) -> Session:
        try:
            return await Session.open(profile, state_dir=folder, prompt=prompt, clock=StillClock())
        finally:
            app.attempts += 1

    app = Program(connect, options=StartOptions(bell=False, tenant_label="lab"))
    return app


async def post(lab: Endpoints, path: str, **form: str) -> None:
    """What the person, or the tenant's policy, does elsewhere."""
    trusted = ssl.create_default_context(cafile=lab.ca_bundle)
    async with httpx.AsyncClient(verify=trusted, trust_env=False) as client:
        assert (await client.post(f"{lab.authority}/{path}", data=form)).is_success


def code(pilot: Pilot[None]) -> str:
    """The code on show, "" while there is none."""
    shown = screen_text(pilot).partition("Code  ")[2].split()
    return shown[0] if shown else ""


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
