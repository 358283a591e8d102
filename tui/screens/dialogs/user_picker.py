"""UserPicker: find one user by typing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from textual import work

from services.errors import RollcallError
from tui.screens.dialogs.choice import Pick
from tui.widgets.pick_list import Item, PickList

Search: TypeAlias = Callable[[str], Awaitable[Sequence[tuple[str, str, str]]]]
"""Text to the users found, as (id, name, user name); raises `RollcallError`."""

PAUSE = 0.25
"""Seconds without a key before a search goes out."""


class UserPicker(Pick):
    """Dismisses with a user's id. A newer search takes the place of an older one, answered or not."""

    LEAST_LINES = 12

    def __init__(self, title: str, search: Search, *, pause: float = PAUSE) -> None:
        super().__init__(title, [])
        self._search = search
        self._pause = pause

    def look_for(self, typed: str) -> None:
        """Ask the directory."""
        self._find(typed.strip())

    @work(exclusive=True, group="user-search")
    async def _find(self, text: str) -> None:
        """Wait for the typing to pause, ask, show; cancelled by the next key."""
        if not text:
            self.query_one(PickList).set_items([])
            self.say("")
            return
        await asyncio.sleep(self._pause)
        self.say("Searching", "dim")
        try:
            found = await self._search(text)
        except RollcallError as error:
            self.say(error.sentence, "error")
            return
        self.query_one(PickList).set_items([Item(user, name, upn) for user, name, upn in found])
        self.say("" if found else "Nobody found.", "dim")
