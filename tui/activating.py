"""Activating a role from the palette: who it is for, what PIM has ready, and the dialog of the action."""

from typing import TYPE_CHECKING

from services.actions import activate_role
from services.errors import RollcallError
from tui.background import start
from tui.screens import action_flow

if TYPE_CHECKING:
    from textual.app import App

    from tui.screens.page import Page


def activate(app: "App[None]") -> None:
    """Opens the dialog over the page that is open, or says there why no role can be activated."""
    from tui.screens.page import Page

    if isinstance(app.screen, Page):
        start(app.screen, "activate", _begin, app.screen)


async def _begin(page: "Page") -> None:
    session = page.session
    page.say(f"{activate_role.TITLE}: asking the tenant")
    own = await session.roles.learn(fresh=True)
    if own.trouble:
        page.say(own.trouble, "warning")
        return
    try:
        # the action is done to whoever signed in, as any other is to the user of a page
        operator = await session.find_user(own.person)
    except RollcallError as error:
        page.say_error(error)
        return
    action_flow.begin(page, activate_role.offered(session.roles), operator)
