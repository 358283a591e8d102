"""Leaving: asks first when leaving would lose what the disk has not taken."""

from collections.abc import Callable

from textual.app import App

from state.errors import Corrupt, StateError
from tui.screens.dialogs.confirm import Confirm
from tui.staging import Staging

_PATIENCE = 1.0
"""Seconds that a change which is on its way to the disk is given before it is asked about."""


async def leave(app: App[None], staging: Staging, end: Callable[[], None]) -> None:
    """Calls `end` when everything that is staged is stored, or the operator wants it lost."""
    count = await staging.at_risk(_PATIENCE)
    if not count:
        end()
        return
    what, them = ("1 change is", "it") if count == 1 else (f"{count:,} changes are", "them")
    lines = [f"{what} in memory alone.", "", *_why(staging.trouble)]

    def answered(sure: bool | None) -> None:
        if sure:
            end()

    app.push_screen(Confirm("Not stored", lines, f"Leave and lose {them}", dangerous=True), answered)


def _why(trouble: StateError | None) -> list[str]:
    if trouble is None:
        return [
            "The state file is slow or locked by another program.",
            "",
            "Cancel, and wait until it is stored.",
        ]
    if isinstance(trouble, Corrupt):
        return [trouble.sentence, "", "That cannot be stored any more. Cancel, and note it first."]
    return [trouble.sentence, "", "Cancel and mend that: what is in memory is stored by itself then."]


async def kept(staging: Staging) -> bool:
    """Whether nothing is in memory alone, after one more try to store it."""
    try:
        await staging.store()
    except StateError:
        # the operator was asked, or there is no screen any more that could say it
        return False
    return True
