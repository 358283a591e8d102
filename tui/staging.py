"""Staging: the operator's pending changes as every screen sees them, stored before they are shown."""

import asyncio
from collections.abc import Mapping, Sequence

from textual.app import App
from textual.signal import Signal

from services.session import Session
from state.values import Change, Json


class Staging:
    """The pending changes of one tenant. Writing is serialised; the mirror is read back after each write.

    `changed` is published after the database holds what the mirror shows, so nothing is drawn that a kill
    could take away.
    """

    def __init__(self, app: App[None], session: Session) -> None:
        self._session = session
        self._writing = asyncio.Lock()
        self._changes: list[Change] = []
        self.changed: Signal[int] = Signal(app, "staged changes")

    @property
    def all(self) -> Sequence[Change]:
        """Every pending change, in the order it was staged."""
        return self._changes

    def of(self, user: str, tab: str) -> list[Change]:
        """The pending changes of one user on one tab."""
        return [c for c in self._changes if c.user == user and c.tab == tab]

    def counts(self, user: str) -> Mapping[str, int]:
        """Changes of one user by tab."""
        found: dict[str, int] = {}
        for change in self._changes:
            if change.user == user:
                found[change.tab] = found.get(change.tab, 0) + 1
        return found

    async def reload(self) -> None:
        """Reads what is stored: at start, after an apply, after another copy of the program changed it."""
        async with self._writing:
            await self._read()

    async def stage(self, changes: Sequence[Change]) -> None:
        """Stores the changes, then shows them. Raises `RollcallError` or `StateError`; nothing is shown then."""
        async with self._writing:
            await self._session.stage(changes)
            await self._read()

    async def discard(self, changes: Sequence[Change]) -> None:
        """Removes pending changes for good. Raises `StateError`."""
        async with self._writing:
            await self._session.pending.discard([change.key for change in changes])
            await self._read()

    async def _read(self) -> None:
        self._changes = await self._session.pending.all()
        self.changed.publish(len(self._changes))


def shown(value: Json) -> str:
    """A change's value as a person reads it."""
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return str(value)
