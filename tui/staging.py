"""Staging: the operator's pending changes as every screen sees them, stored before they are shown.

Where the disk refuses they are shown all the same, marked as not stored, and stored as soon as it takes them.
"""

import asyncio
from collections.abc import Callable, Mapping, Sequence

import msgspec
from textual.app import App
from textual.signal import Signal
from textual.timer import Timer

from services.errors import RollcallError
from services.session import Session
from state.errors import Corrupt, StateError
from state.pending import merged
from state.values import Change, Json
from tui.background import start_beside

BETWEEN_TRIES = 2.0
"""Seconds between two tries to store what is in memory alone."""

_SLOW = 2.0
"""Seconds after which it is said what a change waits for."""

_FOR_NOW = (
    "Until then what you change is in memory alone, and is stored by itself afterwards: leave Rollcall open."
)
_FOR_GOOD = "What you change now is in memory alone and is lost when Rollcall ends: note it first."


class _Edit(msgspec.Struct, frozen=True):
    """What was done to the pending changes in one go: some staged, or some, by their keys, thrown away."""

    staged: Sequence[Change] = ()
    gone: Sequence[str] = ()


class Staging:
    """The pending changes of one tenant. Writing is serialised; the mirror is read back after each write.

    `changed` is published when the mirror shows something else: what the database holds, so that nothing is
    drawn that a kill could take away, and behind it what could not be stored, whose number is `unstored`.
    `warn` is told why, `note` that it is over.
    """

    def __init__(
        self, app: App[None], session: Session, warn: Callable[[str], object], note: Callable[[str], object]
    ) -> None:
        self._app = app
        self._session = session
        self._warn = warn
        self._note = note
        self._writing = asyncio.Lock()
        self._stored: Sequence[Change] = ()
        self._changes: Sequence[Change] = ()
        self._left: list[_Edit] = []
        self._under_way: dict[asyncio.Task[None], _Edit] = {}
        self._next_try: Timer | None = None
        self.trouble: StateError | None = None
        """Why what is in memory alone could not be stored when that was tried last."""
        self.changed: Signal[int] = Signal(app, "staged changes")

    @property
    def all(self) -> Sequence[Change]:
        """Every pending change, in the order it was staged."""
        return self._changes

    @property
    def unstored(self) -> int:
        """How many changes (also: discarded ones) a kill would take away, as the disk refuses them."""
        return _cells(self._left)

    async def at_risk(self, patience: float) -> int:
        """The same with what is still on its way to the disk after so many seconds."""
        if self._under_way:
            await asyncio.wait(self._under_way, timeout=patience)
        return _cells([*self._left, *self._under_way.values()])

    def of(self, user: str, tab: str) -> list[Change]:
        """The pending changes of one user on one tab."""
        return [c for c in self._changes if c.user == user and c.tab == tab]

    def counts(self, *users: str) -> Mapping[str, int]:
        """Changes of these users by tab."""
        found: dict[str, int] = {}
        for change in self._changes:
            if change.user in users:
                found[change.tab] = found.get(change.tab, 0) + 1
        return found

    async def load(self) -> None:
        """Reads what is stored, at the start. Raises `StateError`."""
        async with self._writing:
            await self._read()

    async def reload(self) -> None:
        """Reads what is stored anew; what cannot be read stays as it is shown, and is told."""
        try:
            await self.load()
        except StateError as error:
            self._warn(error.sentence)

    async def stage(self, changes: Sequence[Change]) -> None:
        """Stores the changes, then shows them. Raises `RollcallError`, and shows nothing then."""
        await self._session.may_stage(changes)
        await self._edit(_Edit(staged=changes))

    async def discard(self, changes: Sequence[Change]) -> None:
        """Removes pending changes for good."""
        await self._edit(_Edit(gone=[change.key for change in changes]))

    async def store(self) -> None:
        """Stores what is in memory alone, in order. Raises `StateError`; what was not stored stays then."""
        async with self._writing:
            if not self._left:
                return
            # more may be added meanwhile
            while self._left:
                try:
                    await self._write(self._left[0])
                except StateError as error:
                    self._mind(error)
                    raise
                except RollcallError as error:
                    # the operator's role has changed since, and nobody may store it for them
                    self._warn(error.sentence)
                    self._left.pop(0)
                else:
                    self._stored = _with(self._stored, self._left.pop(0))
            await self._read()
            self.trouble = None
        self._note("The state file can be written again: everything that is staged is stored.")

    async def _edit(self, edit: _Edit) -> None:
        """Carries it out, also when whoever asked does not wait for it: a page is left sooner than a lock."""
        task = asyncio.create_task(self._do(edit))
        self._under_way[task] = edit
        task.add_done_callback(self._under_way.pop)
        await asyncio.shield(task)

    async def _do(self, edit: _Edit) -> None:
        if self._left:
            # no change waits for a disk that is known to refuse
            self._keep(edit)
            return
        loop = asyncio.get_running_loop()
        slow = loop.call_later(_SLOW, self._say_slow)
        try:
            async with self._writing:
                stored = await self._take(edit)
            if stored and slow.when() <= loop.time():
                self._note("It is stored now.")
        finally:
            slow.cancel()

    async def _take(self, edit: _Edit) -> bool:
        """Whether the disk took it; what it refuses, or what would overtake that, is kept."""
        if self._left:
            self._keep(edit)
            return False
        try:
            await self._write(edit)
            await self._read()
        except StateError as error:
            self._mind(error)
            self._keep(edit)
            self._try_later()
            return False
        return True

    def _mind(self, error: StateError) -> None:
        """Warns of what is new."""
        if self.trouble is None or error.sentence != self.trouble.sentence:
            self._warn(f"{error.sentence} {_FOR_GOOD if isinstance(error, Corrupt) else _FOR_NOW}")
        self.trouble = error

    async def _write(self, edit: _Edit) -> None:
        if edit.staged:
            await self._session.stage(edit.staged)
        else:
            await self._session.pending.discard(edit.gone)

    async def _read(self) -> None:
        self._stored = await self._session.pending.all()
        self._show()

    def _keep(self, edit: _Edit) -> None:
        self._left.append(edit)
        self._show()

    def _show(self) -> None:
        self._changes = self._stored
        for edit in self._left:
            self._changes = _with(self._changes, edit)
        self.changed.publish(len(self._changes))

    def _say_slow(self) -> None:
        path = self._session.database.path
        self._warn(
            f"Still storing the last change, which is shown when it is done: {path} is slow or locked."
        )

    def _try_later(self) -> None:
        if self._next_try is not None:
            self._next_try.stop()
        self._next_try = self._app.set_timer(
            BETWEEN_TRIES, lambda: start_beside(self._app, "store", self._try)
        )

    async def _try(self) -> None:
        try:
            await self.store()
        except StateError:
            # said already, and the footer counts what is not stored
            self._try_later()


def _cells(edits: Sequence[_Edit]) -> int:
    """How many cells they are about."""
    keys = {change.key for edit in edits for change in edit.staged}
    return len(keys.union(*(edit.gone for edit in edits)))


def _with(changes: Sequence[Change], edit: _Edit) -> Sequence[Change]:
    """What is pending after the edit."""
    found = merged({change.key: change for change in changes}, edit.staged)
    return [change for key, change in found.items() if key not in edit.gone]


def shown(value: Json) -> str:
    """A change's value as a person reads it."""
    if value is None or value in ("", []):
        return "-"
    if isinstance(value, bool):
        return "on" if value else "off"
    if isinstance(value, list):
        return ", ".join(str(v) for v in value)
    return str(value)
