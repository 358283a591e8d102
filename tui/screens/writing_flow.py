"""The way of the writing window on the screen: it is asked before it opens, and before it closes too soon."""

from datetime import datetime
from typing import TYPE_CHECKING

from services.errors import RollcallError
from services.windows import time_left
from state.errors import StateError
from tui.background import start_beside
from tui.screens import reasons
from tui.screens.dialogs.confirm import Confirm

if TYPE_CHECKING:
    from tui.screens.page import Page


def begin(page: "Page") -> None:
    """Asks whether to open it, or to close it where it is open. A program that is read-only says so."""
    session = page.session
    writing, now = session.writing, session.clock.now()
    if session.readonly:
        page.say(session.readonly_reason, "warning")
        return
    if writing.length is None:
        return
    if writing.until is not None:
        title, button, step = "Close the writing window?", "Close now", _close
        lines = [f"Open until {_shown(writing.until)}. Then nothing new is started."]
    else:
        length = time_left(now + writing.length, now)
        title, button, step = "Open the writing window?", f"Open for {length}", _open
        lines = [f"Until {_shown(now + writing.length)} changes can be applied and actions be done."]
    lines.append("What runs by then runs to its end, and what was scheduled starts at its time.")

    def answered(sure: bool | None) -> None:
        if sure:
            start_beside(page, "writing", step, page)

    page.app.push_screen(Confirm(title, lines, button), answered)


async def _open(page: "Page") -> None:
    session = page.session
    try:
        await session.writing.open(session.operator, await reasons.ask(page, session))
    except (RollcallError, StateError) as error:
        page.say_error(error)
        return
    if session.writing.until is not None:
        page.say(f"Writing is open until {_shown(session.writing.until)}. It closes by itself.")


async def _close(page: "Page") -> None:
    session = page.session
    try:
        await session.writing.close(session.operator)
    except StateError as error:
        page.say_error(error)
        return
    page.say(session.writing.closed)


def _shown(moment: datetime) -> str:
    return f"{moment.astimezone():%H:%M}"
