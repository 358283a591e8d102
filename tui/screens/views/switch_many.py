"""SwitchMany: what sets many switches of a tab at once: a pasted list, another user's memberships, all shown."""

from collections.abc import Container, Sequence

import msgspec

from services.comparison import Comparison, compared, rows_of
from services.errors import RollcallError
from services.people import find_people
from services.session import Session
from services.tabs.tab import Need, Row, ToggleTab
from services.user import User
from state.values import Change
from tui.background import start
from tui.screens.dialogs.compare import Compare
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.details import Details
from tui.screens.dialogs.paste_list import PasteList
from tui.screens.dialogs.user_picker import UserPicker
from tui.screens.views.asking import Asking
from tui.screens.views.checked import CheckedView
from tui.staging import Staging
from tui.widgets.toggle_table import ToggleTable

ASKS_ABOVE = 50
"""Toggling more cells than this at once asks first."""

Cell = tuple[str, int, bool]
"""Row key, number of the switch, value to stage."""


class SwitchMany(CheckedView[ToggleTab]):
    """The half of a toggle tab's view that stages cells."""

    def __init__(self, session: Session, staging: Staging, user: User, tab: ToggleTab) -> None:
        super().__init__(session, staging, user, tab)
        self._asking = Asking(self)

    @property
    def table(self) -> ToggleTable:
        """The table."""
        return self.query_one(ToggleTable)

    @property
    def scope(self) -> str:
        """For whom a switch is set, where that is not one user."""
        return ""

    def _stage_cells(self, cells: Sequence[Cell]) -> None:
        found = self._changes(cells)
        if needs := self._needs(cells):
            self._asking.stage(found, needs)
        else:
            self.stage(found)

    def _needs(self, cells: Sequence[Cell]) -> Sequence[tuple[User, Need]]:
        """What must go along with these cells, each once and in order."""
        if self.tab.needs is None:
            return ()
        found: dict[tuple[str, str, str], tuple[User, Need]] = {}
        rows = {row.key: row for row in self.table.rows_of({key for key, _, _ in cells})}
        for key, toggle, value in cells:
            for need in self.tab.needs(rows[key], toggle, value) if key in rows else ():
                found.setdefault((need.tab, need.row, need.field), (self.user, need))
        return list(found.values())

    def _changes(self, cells: Sequence[Cell]) -> list[Change]:
        """What these cells come to, in their order; those of rows that are not here are left out."""
        wanted: dict[str, list[tuple[int, bool]]] = {}
        for key, toggle, value in cells:
            wanted.setdefault(key, []).append((toggle, value))
        changes = {
            (row.key, toggle): self.change(
                row.key, row.name, self.tab.toggles[toggle].id, row.on[toggle], value, dict(row.facts)
            )
            for row in self.table.rows_of(wanted)
            for toggle, value in wanted[row.key]
        }
        return [changes[key, toggle] for key, toggle, _ in cells if (key, toggle) in changes]

    def _ask(self, cells: Sequence[Cell], title: str) -> None:
        """Stages the cells; above `ASKS_ABOVE` only when their number was typed."""
        if len(cells) <= ASKS_ABOVE:
            self._stage_cells(cells)
            return
        lines = [f"{title}:"]
        for number, toggle in enumerate(self.tab.toggles):
            for value, word in ((True, "on"), (False, "off")):
                count = sum(1 for _, n, to in cells if (n, to) == (number, value))
                lines += [f"{toggle.title} is switched {word} in {count:,} rows."] if count else []
        lines += [self.scope] if self.scope else []
        lines.append("Nothing is written before you apply it.")

        def answered(sure: bool | None) -> None:
            if sure:
                self._stage_cells(cells)

        self.app.push_screen(
            Confirm("Stage many changes", lines, "Stage them", type_to_confirm=str(len(cells))), answered
        )

    def bring_in(self) -> None:
        """Asks for a pasted list of names or ids and stages the first switch on for each that is found."""
        if self.table.readonly:
            self.page.say(self.table.readonly)
            return
        self.app.push_screen(PasteList(), self._brought)

    def _brought(self, lines: list[str] | None) -> None:
        if not lines:
            return
        known = self._by_name({line.casefold() for line in lines})
        missing: list[str] = []
        ambiguous: list[str] = []
        cells: dict[Cell, None] = {}
        for line in lines:
            rows = known.get(line.casefold(), [])
            if len(rows) != 1:
                (ambiguous if rows else missing).append(line)
            elif self.table.value(rows[0], 0) is False and not rows[0].lock(0):
                cells[rows[0].key, 0, True] = None
        already = len(lines) - len(cells) - len(missing) - len(ambiguous)
        self._tell_brought(len(cells), already, missing, ambiguous)
        if cells:
            self._ask(list(cells), f"{len(cells):,} of {len(lines):,} lines")

    def _by_name(self, wanted: Container[str]) -> dict[str, list[Row]]:
        """Rows by those of their names that are wanted; a pasted line may call them by id, name or mail."""
        found: dict[str, list[Row]] = {}
        mail = next((n for n, column in enumerate(self.tab.columns) if column.id == "mail"), None)
        for row in self.table.rows:
            names = {row.key.casefold(), row.name.casefold()}
            if mail is not None and row.cells[mail]:
                names.add(row.cells[mail].casefold())
            for name in filter(wanted.__contains__, names):
                found.setdefault(name, []).append(row)
        return found

    def _tell_brought(
        self, found: int, already: int, missing: Sequence[str], ambiguous: Sequence[str]
    ) -> None:
        if not missing and not ambiguous:
            self.page.say(f"{found} to be staged, {already} on already or not writable.")
            return
        pairs = [("To be staged", str(found)), ("On already or not writable", str(already))]
        pairs += [("Not found", line) for line in missing]
        pairs += [("Name is not unique, use the id", line) for line in ambiguous]
        self.app.push_screen(Details("Brought in from the list", pairs))

    def compare(self) -> None:
        """Asks for another user, shows how the two differ on this tab, and stages what is chosen."""

        async def search(text: str) -> list[tuple[str, str, str]]:
            return [hit for hit in await find_people(self.session.tenant, text) if hit[0] != self.user.id]

        def chosen(user: str | None) -> None:
            if user is not None:
                start(self, "compare", self._compare, user)

        self.app.push_screen(UserPicker(f"Compare {self.user.name} with", search), chosen)

    async def _compare(self, identifier: str) -> None:
        self.page.say("Reading what the other user has")
        try:
            other = await self.session.find_user(identifier)
            theirs = await rows_of(self.session.tenant, self.tab, other)
        except RollcallError as error:
            self.page.say_error(error)
            return
        self.page.messages.dismiss()
        toggles = range(len(self.tab.toggles))
        mine = (
            msgspec.structs.replace(row, on=tuple(self.table.value(row, n) for n in toggles))
            for row in self.table.rows
        )
        self._show_comparison(other, compared(mine, theirs))

    def _show_comparison(self, other: User, found: Comparison) -> None:
        if self.table.readonly:
            every = (*found.missing, *found.surplus, *found.locked)
            found = msgspec.structs.replace(found, missing=(), surplus=(), locked=every)

        def answered(what: str | None) -> None:
            cells: list[Cell] = [(*cell, True) for cell in found.missing] if what else []
            cells += [(*cell, False) for cell in found.surplus] if what == "equal" else []
            if cells:
                self._ask(cells, f"As {other.name}")

        names = (self.user.name, other.name)
        lists = [self._names(cells) for cells in (found.missing, found.surplus, found.locked)]
        self.app.push_screen(Compare(names, lists[0], lists[1], lists[2], found.unknown), answered)

    def _names(self, cells: Sequence[tuple[str, int]]) -> list[str]:
        """What a person calls these cells, in order."""
        found = []
        names = {row.key: row.name for row in self.table.rows_of({key for key, _ in cells})}
        for key, number in cells:
            name = names.get(key, key)
            found.append(f"{name} ({self.tab.toggles[number].title})" if len(self.tab.toggles) > 1 else name)
        return sorted(found, key=str.casefold)
