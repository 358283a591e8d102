"""The whole program on a stage: the real app and session against a sandbox tenant, at a moment that stands still."""

import asyncio
import time
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from datetime import UTC, datetime
from functools import partial
from pathlib import Path

from textual.pilot import Pilot
from textual.widget import Widget
from textual.worker import WorkerError

from services.credentials import Prompt
from services.domain_controller import DomainController
from services.first_look import first_look
from services.profile import TenantProfile
from services.secret import Secret
from services.session import Session
from state.clock import Clock
from tests.sandbox import Endpoints
from tests.tui.stage import lines_of
from tui.app import RollcallApp
from tui.drawing import Drawing
from tui.options import StartOptions
from tui.screens.page import Page

NOW = datetime(2026, 1, 15, 12, 0, tzinfo=UTC)
"""Noon of the day that the sandbox was seeded for."""

ADELE = "adelev@contoso.example"
"""The sandbox's first user, licensed for Exchange."""

NO_CONTROLLER = DomainController()
"""A tenant without Local accounts."""


class StillClock:
    """The wall clock stands still; what waits, waits as ever."""

    def now(self) -> datetime:
        """Always `NOW`."""
        return NOW

    def monotonic(self) -> float:
        """The machine's."""
        return time.monotonic()

    async def sleep(self, seconds: float) -> None:
        """The machine's."""
        await asyncio.sleep(seconds)


def profile(tenant: Endpoints, controller: DomainController, writing_window: str = "") -> TenantProfile:
    """The tenant as a profile file would name it."""
    return TenantProfile(
        name="lab",
        tenant_id=tenant.tenant_id,
        graph_url=tenant.graph_url,
        exchange_url=tenant.exchange_url,
        sharepoint_url=tenant.sharepoint_url,
        marketplace_url=tenant.marketplace_url,
        sign_in="static-token",
        token=Secret(tenant.token),
        active_directory=controller,
        writing_window=writing_window,
    )


class Program(RollcallApp):
    """The app, which counts how often it tried to connect."""

    attempts = 0


def program(
    tenant: Endpoints,
    folder: Path,
    *,
    user: str | None = None,
    tab: str | None = None,
    ascii_only: bool = False,
    readonly: bool = False,
    photo: Drawing = Drawing.INITIALS,
    clock: Clock | None = None,
    connect: Callable[[], None] | None = None,
    active_directory: DomainController = NO_CONTROLLER,
    writing_window: str = "",
    gate: asyncio.Event | None = None,
    look: bool = False,
) -> "Program":
    """The app, connected to this tenant as soon as it runs, with its state in `folder`.

    `connect` is called before each attempt to connect, and may raise; the attempt waits for the `gate`.
    With `look` the users that are kept are shown before.
    """
    folder.mkdir(mode=0o700, exist_ok=True)

    async def open_session(_: Prompt) -> Session:
        if connect is not None:
            connect()
        if gate is not None:
            await gate.wait()
        session = await Session.open(
            profile(tenant, active_directory, writing_window),
            state_dir=folder,
            readonly=readonly,
            clock=clock or StillClock(),
        )
        session.operator = "operator@jumphost"
        return session

    async def counted(prompt: Prompt) -> Session:
        try:
            return await open_session(prompt)
        finally:
            app.attempts += 1

    options = StartOptions(
        user=user, tab=tab, readonly=readonly, ascii=ascii_only, bell=False, photo=photo, tenant_label="lab"
    )
    looked = partial(first_look, profile(tenant, active_directory, writing_window), folder)
    app = Program(counted, options=options, look=looked if look else None)
    return app


@asynccontextmanager
async def running(app: RollcallApp, size: tuple[int, int] = (80, 24)) -> AsyncIterator[Pilot[None]]:
    """The app with a pilot, at rest."""
    async with app.run_test(size=size) as pilot:
        await settled(pilot)
        yield pilot


async def settled(pilot: Pilot[None]) -> None:
    """Waits until nothing is loaded, stored or sent any more."""
    app = pilot.app
    assert isinstance(app, Program)
    await until(pilot, lambda: app.attempts)
    while True:
        await until(pilot, lambda: app.screen.is_mounted)
        await pilot.pause()
        busy = [w for w in app.workers if not w.is_finished and w.group != "follow"]
        if not busy and app.screen.is_mounted:
            return
        try:
            await app.workers.wait_for_complete(busy)
        except WorkerError:
            continue


async def until(pilot: Pilot[None], true: Callable[[], object]) -> None:
    """Waits until something is so."""
    async with asyncio.timeout(30):
        while not true():
            await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Presses keys one after the other, each when the last one's work is done."""
    for key in keys:
        await pilot.press(key)
        await settled(pilot)


async def type_text(pilot: Pilot[None], text: str) -> None:
    """Types a text."""
    await pilot.press(*({" ": "space"}.get(character, character) for character in text))
    await settled(pilot)


def screen_text(pilot: Pilot[None]) -> str:
    """All that the top screen draws, widget after widget."""
    shown = (w for w in pilot.app.screen.walk_children(Widget) if w.display and w.size.area)
    return "\n".join("\n".join(lines_of(w)) for w in shown if not w.children)


def page(pilot: Pilot[None]) -> Page:
    """The page on top."""
    assert isinstance(pilot.app.screen, Page)
    return pilot.app.screen
