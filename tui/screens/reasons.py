"""Reasons: asking why a process is started, in one way for whatever is started."""

from typing import TYPE_CHECKING

from services.errors import InvalidInput
from services.session import Session
from tui.screens.dialogs.ask_reason import AskReason

if TYPE_CHECKING:
    from tui.screens.page import Page


async def ask(page: "Page", session: Session) -> str:
    """What the operator tells, "" where the profile does not ask. It is to be awaited in a worker.

    Raises `InvalidInput` when they tell nothing: then nothing is to be started.
    """
    asked = session.profile.ask_reason
    if not asked:
        return ""
    reason = await page.app.push_screen_wait(AskReason(asked, session.reason))
    if reason is None:
        raise InvalidInput("Nothing was started.")
    session.reason = reason
    return reason
