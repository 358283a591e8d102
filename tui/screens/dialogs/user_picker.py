"""UserPicker: find one user by typing."""

import asyncio
from collections.abc import Awaitable, Callable, Sequence
from typing import TypeAlias

from textual import events, work

from services.errors import RollcallError
from services.found import Found
from tui.screens.dialogs.choice import Pick
from tui.widgets.entry import Entry
from tui.widgets.pick_list import Item, PickList

Line: TypeAlias = tuple[str, str, str] | tuple[str, str, str, str]
"""Id, name and user name; a fourth text is the reason why it cannot be chosen."""

Search: TypeAlias = Callable[[str], Awaitable[Sequence[Line]]]
"""Text to the users found; raises `RollcallError`."""

PAUSE = 0.25
"""Seconds without a key before a search goes out."""


_NOBODY = "*"
"""Key of the line that says what a search did not bring; no directory id looks like it."""


def lines_of(found: Found, *, kinds: bool) -> list[Line]:
    """Recipients as lines, with the kind of each where there are several; what failed comes last."""
    notes = (f"{each.kind:5}  {each.address}" if kinds else each.address for each in found.recipients)
    lines: list[Line] = [
        (each.id, each.name, note) for each, note in zip(found.recipients, notes, strict=True)
    ]
    return [*lines, (_NOBODY, "Not all", "", found.complaint)] if found.complaint else lines


class UserPicker(Pick):
    """Dismisses with a user's id. A newer search takes the place of an older one, answered or not.

    `typed` is what was typed before it opened; `listed`: something is found before anything is typed.
    """

    LEAST_LINES = 12

    def __init__(
        self, title: str, search: Search, *, typed: str = "", listed: bool = False, pause: float = PAUSE
    ) -> None:
        super().__init__(title, [])
        self._listed = listed
        self._search = search
        self._typed_before = typed
        self._pause = pause
        self._open = False

    def on_mount(self) -> None:
        """Goes on with what was typed."""
        super().on_mount()
        self._open = True
        if self._listed and not self._typed_before:
            self.look_for("")
        self.type_on(self._typed_before)

    def type_on(self, text: str) -> None:
        """Takes what was typed before the line had the focus."""
        if not self._open:
            self._typed_before += text
            return
        entry = self.query_one(Entry)
        entry.value += text
        entry.cursor_position = len(entry.value)

    def on_key(self, event: events.Key) -> None:
        """Letters that are faster than the focus."""
        if self.focused is None and event.character is not None and event.is_printable:
            event.stop()
            self.type_on(event.character)

    def look_for(self, typed: str) -> None:
        """Ask the directory."""
        self._find(typed.strip())

    @work(exclusive=True, group="user-search")
    async def _find(self, text: str) -> None:
        """Wait for the typing to pause, ask, show; cancelled by the next key."""
        if not text and not self._listed:
            self.query_one(PickList).set_items([])
            self.say("")
            return
        if text:
            await asyncio.sleep(self._pause)
        self.say("Searching", "dim")
        try:
            found = await self._search(text)
        except RollcallError as error:
            self.say(error.sentence, "error")
            return
        self.query_one(PickList).set_items([Item(*each) for each in found])
        self.say("" if found else "Nothing found." if self._listed else "Nobody found.", "dim")
