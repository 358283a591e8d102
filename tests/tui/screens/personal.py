"""The program of an operator who signs in by device code, and what they and their tenant do elsewhere."""

import ssl
from pathlib import Path
from typing import Any

import httpx
from textual.pilot import Pilot

from services.credentials import Prompt
from services.profile import TenantProfile
from services.session import Session
from tests.sandbox import Endpoints
from tests.tui.screens.program import Program, StillClock, screen_text, settled, until
from tui.options import StartOptions
from tui.screens.dialogs.sign_in import SignInDialog

CLIENT = "0e5f6a52-9d0c-4c0e-8a4e-0a4b7f6f1c11"


def program(lab: Endpoints, folder: Path, *, user: str | None = None, tab: str | None = None) -> Program:
    """The app with a profile that signs in by device code."""
    profile = TenantProfile(
        name="lab",
        tenant_id=lab.tenant_id,
        graph_url=lab.graph_url,
        exchange_url=lab.exchange_url,
        authority=lab.authority,
        ca_bundle=lab.ca_bundle,
        client_id=CLIENT,
    )

    async def connect(prompt: Prompt) -> Session:
        try:
            return await Session.open(profile, state_dir=folder, prompt=prompt, clock=StillClock())
        finally:
            app.attempts += 1

    app = Program(connect, options=StartOptions(user=user, tab=tab, bell=False, tenant_label="lab"))
    return app


async def post(lab: Endpoints, path: str, **form: str) -> None:
    """What the person, or the tenant's policy, does elsewhere."""
    await _post(lab, path, data=form)


async def consent(lab: Endpoints, *names: str) -> None:
    """The administrator grants these permissions, and no others."""
    await _post(lab, "control/consents", content=" ".join(names))


async def _post(lab: Endpoints, path: str, **sent: Any) -> None:
    trusted = ssl.create_default_context(cafile=lab.ca_bundle)
    async with httpx.AsyncClient(verify=trusted, trust_env=False) as client:
        assert (await client.post(f"{lab.authority}/{path}", **sent)).is_success


def code(pilot: Pilot[None]) -> str:
    """The code on show, "" while there is none."""
    shown = screen_text(pilot).partition("Code  ")[2].split()
    return shown[0] if shown else ""


async def sign_in(lab: Endpoints, pilot: Pilot[None]) -> None:
    """The dialog is there, or comes: signs in, and waits for what goes on then."""
    await until(pilot, lambda: isinstance(pilot.app.screen, SignInDialog))
    await pilot.press("enter")
    await until(pilot, lambda: code(pilot))
    await post(lab, "devicelogin", code=code(pilot))
    await until(pilot, lambda: not isinstance(pilot.app.screen, SignInDialog))
    await settled(pilot)
