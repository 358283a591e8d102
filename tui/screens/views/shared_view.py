"""SharedView: a tab of switches for several users at once; what it stages are changes of each of them."""

from collections.abc import AsyncIterator, Collection, Mapping, Sequence
from itertools import islice
from typing import ClassVar

from textual import on

from services.errors import RollcallError
from services.session import Session
from services.shared_rows import Shared, SharedRow, settable, widened
from services.tabs.tab import Need, Page, Row, ToggleTab
from services.turns import give_way
from services.user import User
from state.values import Change, Json
from tui.screens.dialogs.details import Details
from tui.screens.views.switch_many import Cell
from tui.screens.views.toggle_view import ToggleView, joined, word
from tui.staging import Staging
from tui.widgets.key_bar import Hint
from tui.widgets.shared_table import SharedTable
from tui.widgets.table_messages import BeforeAfterRequested, DetailsRequested
from tui.widgets.toggle_table import ToggleTable

_SLICE = 500
"""Rows that are built between two turns of the loop."""
_TOLD = 3
"""Users of whom it is said why they were left out; F3 on the row tells all."""


class SharedView(ToggleView):
    """One toggle tab of several users. A switch that cannot be set for one of them is set for the others."""

    kind: ClassVar[type[ToggleTable]] = SharedTable

    def __init__(self, session: Session, staging: Staging, users: Sequence[User], tab: ToggleTab) -> None:
        super().__init__(session, staging, users[0], widened(tab))
        self._users = {user.id: user for user in users}
        self._shared = Shared(tab, users)

    async def pages(self, unseen: Mapping[str, Json]) -> AsyncIterator[Page]:
        """All rows, once the last user's are read. Raises `RollcallError`."""
        count = len(self._users)

        def seen(user: User, row: Row) -> Row:
            return self._as_written(row, user, unseen)

        async for number in self._shared.read(self.session.tenant, seen):
            self.title.show(self.tab.title, f"loading · {number} of {count} users read")
        rows = self._shared.rows()
        first = True
        while some := list(islice(rows, _SLICE)):
            yield Page(some, replace=first)
            first = False
            await give_way()
        yield Page((), replace=first)

    @property
    def whose(self) -> Collection[str]:
        """The ids of all of them."""
        return self._users

    # What is staged.

    @property
    def staged(self) -> list[Change]:
        """What is staged on this tab for any of them."""
        return [c for c in self.staging.all if c.tab == self.tab.id and c.user in self._users]

    def show_staged(self) -> None:
        """Draws each cell as it comes to be for all of them together."""
        numbers = {toggle.id: number for number, toggle in enumerate(self.tab.toggles)}
        staged = {(c.user, c.row, c.field): bool(c.after) for c in self.staged if c.field in numbers}
        cells: dict[str, dict[int, bool]] = {}
        mixed = set()
        for key, field in {(row, field) for _, row, field in staged}:
            number = numbers[field]
            values = [
                staged.get((user.id, key, field), row.on[number])
                for user, row in self.own_rows(key)
                if row.on[number] is not None
            ]
            cells.setdefault(key, {})[number] = bool(values) and all(values)
            if any(values) and not all(values):
                mixed.add((key, number))
        table = self.table
        if isinstance(table, SharedTable):
            table.set_shared(cells, mixed)
        if self.error is None:
            self._show_title()

    def own_rows(self, key: str) -> Sequence[tuple[User, Row]]:
        """Each user with their own row, where there is one with this key."""
        return self._shared.of(key) if key in self._shared else ()

    def _stage_cells(self, cells: Sequence[Cell]) -> None:
        staged: dict[tuple[str, str], dict[str, Json]] = {}
        for change in self.staged:
            staged.setdefault((change.row, change.field), {})[change.user] = change.after
        changes: list[Change] = []
        needs: list[tuple[User, Need]] = []
        left: dict[str, str] = {}
        for key, toggle, value in cells:
            now = staged.get((key, self.tab.toggles[toggle].id), {})
            some, out = settable(self.tab, self.own_rows(key), toggle, value, now)
            left |= out
            for user, row in some:
                changes.append(self._change(user, row, toggle, value))
                needs += [(user, need) for need in (self.tab.needs or _nothing)(row, toggle, value)]
        if needs:
            self._asking.stage(changes, needs)
        elif changes:
            self.stage(changes)
        if left:
            told = ", ".join(f"{name} ({reason})" for name, reason in list(left.items())[:_TOLD])
            more = f" and {len(left) - _TOLD} more" if len(left) > _TOLD else ""
            # behind the new counts, which would take its place
            self.call_after_refresh(self.page.say, f"Left out: {told}{more}.", "warning")

    def _change(self, user: User, row: Row, toggle: int, value: bool) -> Change:
        field, before = self.tab.toggles[toggle].id, row.on[toggle]
        return self.change(row.key, row.name, field, before, value, dict(row.facts), user=user)

    # What is told and asked.

    def _word_of(self, row: Row, toggle: int) -> str:
        held = row.held[toggle] if isinstance(row, SharedRow) else 0
        return f"on for {held} of {len(self._users)}"

    @on(BeforeAfterRequested)
    def _before_after(self, event: BeforeAfterRequested) -> None:
        event.stop()
        event.prevent_default()
        row = self.table.row(event.key)
        if row is None:
            return
        toggle = self.tab.toggles[event.toggle]
        staged = {c.user: c.after for c in self.staged if (c.row, c.field) == (row.key, toggle.id)}
        after = sum(bool(staged.get(u.id, own.on[event.toggle])) for u, own in self.own_rows(row.key))
        before = self._word_of(row, event.toggle)
        self.page.say(f"{row.name}, {toggle.title}: {before} → on for {after} of {len(self._users)}")

    @on(DetailsRequested)
    def _details(self, event: DetailsRequested) -> None:
        event.stop()
        event.prevent_default()
        row = self.table.row(event.key)
        if row is None or self.page.show_saying():
            return
        pairs = [(column.title, row.cells[n]) for n, column in enumerate(self.tab.columns)]
        for number, toggle in enumerate(self.tab.toggles):
            staged = {c.user: c.after for c in self.staged if (c.row, c.field) == (row.key, toggle.id)}
            for user, own in self.own_rows(row.key):
                told = word(own.on[number])
                if user.id in staged:
                    told += f" → {word(bool(staged[user.id]))} (staged)"
                if own.lock(number):
                    told += f" · {own.lock(number)}"
                pairs.append((f"{user.name}, {toggle.title}", told))
        self.app.push_screen(Details(row.name, [*pairs, ("id", row.key)]))

    async def _resolve(self, rows: Sequence[Row]) -> None:
        resolve = self.tab.resolve
        if resolve is None:
            return
        each: dict[str, dict[str, Row]] = {}
        for row in rows:
            for user, own in self.own_rows(row.key):
                if None in own.on:
                    each.setdefault(user.id, {})[row.key] = own
        found: dict[str, list[Row]] = {}
        unseen = await self.unseen()
        for identifier, own_rows in each.items():
            user = self._users[identifier]
            try:
                known = await resolve(self.session.tenant, user, list(own_rows.values()))
            except RollcallError as error:
                self.page.say_error(error)
                return
            found[identifier] = [
                self._as_written(joined(row, own_rows[row.key]), user, unseen) for row in known
            ]
        self._shared.put(found)
        self._unknown = False
        self.table.update_rows([self._shared.row(row.key) for row in rows if row.key in self._shared])
        self.show_staged()

    @property
    def scope(self) -> str:
        """For each of them."""
        return f"Each row for all {len(self._users)} users for whom that can be done."

    def compare(self) -> None:
        """Only one user can be held against another."""
        self.page.say("One user is compared with another: open the user alone.")

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The table's keys that are for several users."""
        return (
            Hint("Space", "Toggle", not self.table.readonly),
            ("F3", "Each user"),
            ("/", "Filter"),
            ("m", "Members"),
            Hint("u", "Undo", bool(self.staged)),
            Hint("i", "Bring in", not self.table.readonly),
        )


def _nothing(row: Row, toggle: int, value: bool) -> Sequence[Need]:
    return ()
