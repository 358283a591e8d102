"""Checked: a tab that knows what was written on it a moment ago and the tenant does not show yet."""

from collections.abc import Collection, Mapping
from types import MappingProxyType
from typing import Generic

from services.recent import on_tab, unseen_writes
from state.errors import StateError
from state.values import Json
from tui.background import start
from tui.screens.views.view import T, View


class CheckedView(View[T], Generic[T]):
    """Follows what becomes of what was applied; `show_checked` draws that there is less to be checked."""

    awaited: Mapping[str, Json] = MappingProxyType({})
    """What was applied here and is not seen in the tenant yet: the key of the cell, its value."""

    def on_mount(self) -> None:
        """Loads, and follows the journal."""
        self.hear(self.page.desk.processes_changed, self.journal_moved)
        super().on_mount()

    @property
    def whose(self) -> Collection[str]:
        """The ids of the users whose tab it is."""
        return (self.user.id,)

    async def unseen(self) -> Mapping[str, Json]:
        """Of this tab alone: what was written on another one is told there. Raises `StateError`."""
        found = await unseen_writes(self.session.processes, self.session.clock, self.whose)
        return on_tab(found, self.whose, self.tab.id)

    def journal_moved(self, _: None) -> None:
        """Looks whether the tenant shows more by now, where something is awaited."""
        if self.awaited:
            start(self, "awaited", self._look_again)

    async def _look_again(self) -> None:
        """What was applied is seen in the tenant by now: then it is not being checked any more."""
        try:
            found = await self.unseen()
        except StateError as error:
            self.page.say_error(error)
            return
        if found != self.awaited:
            self.awaited = found
            self.show_checked()

    def show_checked(self) -> None:
        """Draws how much is still being checked."""
