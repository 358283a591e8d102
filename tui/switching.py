"""Switching to another tenant: this one is left as the program is left, and the other one is opened in its place."""

from collections.abc import Callable
from typing import TYPE_CHECKING, cast

from tui.leaving import leave
from tui.screens.dialogs.choice import Pick
from tui.screens.dialogs.confirm import Confirm
from tui.widgets.pick_list import Item

if TYPE_CHECKING:
    from textual.app import App

    from tui.desk import Desk


def begin(app: "App[None]", switch: Callable[[str], None]) -> None:
    """Asks for the tenant, then whether what runs here may be handed over; `switch` is called with its name."""
    options = cast("Desk", app).options
    items = [Item(each.name, each.name, each.note, look=each.look) for each in options.tenants]

    async def chosen(name: str | None) -> None:
        if name is not None and name != options.tenant_label:
            await _leave(app, name, switch)

    app.push_screen(Pick("Switch tenant", items, options.tenant_label), chosen)


async def _leave(app: "App[None]", name: str, switch: Callable[[str], None]) -> None:
    session, here = cast("Desk", app).session, cast("Desk", app).options.tenant_label
    if session is None or not session.engine.busy:
        await _go(app, name, switch)
        return
    lines = [
        f"Processes of {here} run here. What is on its way is finished.",
        f"The rest waits in the journal until a worker, or Rollcall with {here}, goes on with it.",
    ]

    async def answered(sure: bool | None) -> None:
        if sure:
            await _go(app, name, switch)

    app.push_screen(Confirm(f"Leave {here}?", lines, f"Switch to {name}"), answered)


async def _go(app: "App[None]", name: str, switch: Callable[[str], None]) -> None:
    staging = cast("Desk", app).staging
    if staging is None:
        switch(name)
    else:
        await leave(app, staging, lambda: switch(name))
