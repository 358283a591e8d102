"""The start of the screen: which tenant, which state, which characters; then the app takes over."""

import argparse
import asyncio
import os
import sys
from collections.abc import Awaitable, Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING

from services.errors import InvalidInput
from services.places import default_config, default_state, private_dir, sandbox_dir, state_file
from services.profile import Config, TenantProfile
from services.profile_file import choose, load
from tui.crash import Defect
from tui.drawing import Drawing, drawing
from tui.logged import logged
from tui.options import StartOptions
from tui.tenants import SANDBOX, choices

if TYPE_CHECKING:
    from services.credentials import Prompt
    from services.first_look import FirstLook
    from services.sandbox.embedded import EmbeddedTenant
    from services.session import Session

TEXTUAL = {"TEXTUAL_ANIMATIONS": "none", "TEXTUAL_SMOOTH_SCROLL": "0", "TEXTUAL_FPS": "30"}
"""For slow lines; Textual reads them while it is imported. What the operator has set stays.

Frames are drawn only when something changed. At 15 a second a key that came just after a frame, as they do while
a list loads, waited up to 130 ms for its own.
"""


def open_screen(arguments: argparse.Namespace) -> int:
    """Opens the screen and stays until it is left. Raises `InvalidInput` for what must be mended first."""
    config = configured(arguments.config)
    profile = choose(config, arguments.tenant or "")
    state_dir = private_dir(arguments.state or default_state())
    if problem := state_problem(state_file(state_dir)):
        raise InvalidInput(problem)
    if not all(stream.isatty() for stream in (sys.stdin, sys.stdout, sys.stderr)):
        raise InvalidInput("The screen needs a terminal for its input, output and errors.")
    for name, value in TEXTUAL.items():
        os.environ.setdefault(name, value)
    if start_options(arguments, config, profile).photo is Drawing.KITTY:
        # such terminals have all colours, whatever a login over SSH forwards of that, and find the picture by one
        os.environ.setdefault("TEXTUAL_COLOR_SYSTEM", "truecolor")

    from tui.app import RollcallApp

    with logged(arguments, config, "screen") as log:
        while True:
            options = start_options(arguments, config, profile)
            app = RollcallApp(
                connector(profile, state_dir, readonly=options.readonly),
                options=options,
                look=looker(profile, state_dir) if not options.user else None,
            )
            log.on_trouble = app.warn
            app.run(mouse=config.mouse)
            if app.defect is not None:
                raise Defect(app.lost) from app.defect
            if not app.next_tenant:
                return app.return_code or 0
            profile = choose(config, app.next_tenant)
            # what was to be opened at once was of the tenant before
            arguments.user = arguments.tab = None


def configured(path: Path | None) -> Config:
    """The profile file that was named, else the default one, else none at all."""
    if path is not None:
        return load(path)
    path = default_config()
    return load(path) if path.exists() else Config()


def start_options(
    arguments: argparse.Namespace, config: Config, profile: TenantProfile | None
) -> StartOptions:
    """The arguments and the profile file as the app reads them."""
    plain = arguments.ascii or config.ascii or plain_terminal(os.environ)
    tenants = choices(config)
    label = profile.name if profile else SANDBOX
    return StartOptions(
        user=arguments.user,
        tab=arguments.tab,
        readonly=arguments.readonly or (profile is not None and profile.readonly),
        ascii=plain,
        keys=config.keys,
        bell=config.bell,
        photo=drawing(os.environ, config.photo, plain=plain),
        tenant_label=label,
        tenant_look=next((each.look for each in tenants if each.name == label), "tenant"),
        tenants=tenants,
        sandbox=profile is None,
    )


def plain_terminal(env: Mapping[str, str]) -> bool:
    """Whether the terminal can be trusted with ASCII alone: no UTF-8 locale, or the Linux console."""
    locale = next((env[name] for name in ("LC_ALL", "LC_CTYPE", "LANG") if env.get(name)), "C")
    codeset = locale.partition("@")[0].partition(".")[2]
    return codeset.lower().replace("-", "") != "utf8" or env.get("TERM") == "linux"


def state_problem(path: Path) -> str:
    """Why this state file cannot be used, in one sentence; "" when it can, or is not there yet."""
    if not path.exists():
        return ""
    from state.inspection import inspect

    return inspect(path)


def looker(profile: TenantProfile | None, state_dir: Path) -> "Callable[[], FirstLook | None] | None":
    """What gives a first look at the users of the tenant, as they are kept; None of the embedded one."""
    if profile is None:
        return None

    def look() -> "FirstLook | None":
        from services.first_look import first_look

        return first_look(profile, state_dir)

    return look


def connector(
    profile: TenantProfile | None, state_dir: Path, *, readonly: bool
) -> "Callable[[Prompt], Awaitable[Session]]":
    """How the app connects, and connects again: to the tenant, or to the embedded one it holds on to."""
    held: list[EmbeddedTenant] = []

    async def connect(prompt: "Prompt") -> "Session":
        from services.session import Session

        target = profile
        if target is None:
            from services.sandbox.embedded import attach

            # the hold lasts as long as this program: the last one out stops the sandbox
            held[:] = [await asyncio.to_thread(attach, sandbox_dir(state_dir))]
            target = held[0].profile
        return await Session.open(target, state_dir=state_dir, readonly=readonly, prompt=prompt)

    return connect
