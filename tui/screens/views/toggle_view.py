"""ToggleView: a tab of switches, from the tenant to the table and from the table to the pending changes."""

from collections.abc import AsyncIterator, Mapping, Sequence
from typing import ClassVar

import msgspec
from textual import on
from textual.app import ComposeResult

from services.action import Action
from services.errors import RollcallError
from services.recent import told
from services.record import Record
from services.tabs.registry import BY_ID
from services.tabs.tab import Page, Row, as_written
from services.user import User
from state.values import Change, Json
from tui.background import start
from tui.glyphs import ASCII_CLASS
from tui.screens.action_flow import begin, objection
from tui.screens.dialogs.details import Details
from tui.screens.views.acting import key_hint
from tui.screens.views.said import NO_ROWS
from tui.screens.views.switch_many import SwitchMany
from tui.staging import shown
from tui.widgets.key_bar import Hint
from tui.widgets.table_messages import (
    BeforeAfterRequested,
    DetailsRequested,
    FilterChanged,
    Highlighted,
    Locked,
    Opened,
    RowsShown,
    ToggleAllRequested,
    Toggled,
    UndoAllRequested,
    UndoRequested,
)
from tui.widgets.title_line import TitleLine
from tui.widgets.toggle_table import ToggleTable

COUNTING = 0.5
"""Seconds between two counts while rows come in: a key waits for its turn behind every frame that is drawn."""


class ToggleView(SwitchMany):
    """One toggle tab of one user."""

    kind: ClassVar[type[ToggleTable]] = ToggleTable
    """The table's."""

    def compose(self) -> ComposeResult:
        """Title and table."""
        yield TitleLine()
        yield self.kind(
            self.tab.columns,
            self.tab.toggles,
            ascii_only=self.app.has_class(ASCII_CLASS),
            readonly=self.session.objection(self.tab.id),
            empty=self.tab.empty or f"This tenant has no {self.tab.title.lower()}",
            no_match="No row matches. Esc clears the filter, m shows all",
        )

    def on_mount(self) -> None:
        """By name from the start: the directory's own order means nothing to a person."""
        self.table.sort((False, 0))
        self._unknown = False
        """None of the rows that came last has a switch that is known: there is nothing to count yet."""
        super().on_mount()

    async def load(self) -> None:
        """Rows as they arrive: cached ones first. Raises `RollcallError`."""
        table, note, unseen = self.table, "", await self.unseen()
        table.readonly = self.session.objection(self.tab.id)
        self.title.show(self.tab.title, "loading")
        table.loading_note = "Loading"
        counted = -COUNTING
        async for page in self.pages(unseen):
            rows = [row for row in page.rows if isinstance(row, Row)]
            self._take(page, rows)
            note = page.note
            # an empty page says that all have come for now
            if (now := self.session.clock.monotonic()) - counted >= COUNTING or not rows:
                counted = now
                self._show_title(note)
        table.all_here()
        table.loading_note = ""
        # the first token for a service came with its rows, and told what it is good for
        table.readonly = self.session.objection(self.tab.id)
        self.show_staged()
        # a page behind a row counts the changes of its own rows, which are only known now
        self.post_message(self.HiddenChanged(self.hidden_changes))
        self.awaited = unseen
        self._show_title(note or told(unseen))
        self.journal_moved(None)

    async def pages(self, unseen: Mapping[str, Json]) -> AsyncIterator[Page]:
        """The rows as they arrive, each with what was written a moment ago. Raises `RollcallError`."""
        async for page in self.tab.load(self.session.tenant, self.user):
            if unseen:
                rows = [self._as_written(row, self.user, unseen) for row in page.rows if isinstance(row, Row)]
                page = msgspec.structs.replace(page, rows=rows)
            yield page

    def show_checked(self) -> None:
        """In the title."""
        self._show_title(told(self.awaited))

    def _take(self, page: Page, rows: Sequence[Row]) -> None:
        if rows:
            self._unknown = all(row.on[0] is None for row in rows)
        if page.replace:
            self.table.set_rows(rows, more=True)
        elif rows:
            self.table.extend(rows)

    def _show_title(self, note: str = "") -> None:
        table = self.table
        # the first switch alone: others may be known for the rows on screen only
        facts = [f"{table.total:,}"]
        if not self._unknown:
            facts.append(f"{self.tab.toggles[0].counted} {table.on_count(0):,}")
        if behind := len(self.staged) - len(self._of_rows(self.staged)):
            facts.append(f"{behind:,} changed behind rows")
        if table.mode != "all" or table.filter_text:
            facts.append(f"{table.shown:,} shown")
        if table.mode != "all":
            facts.append(f"{table.mode} only")
        if table.filter_text:
            facts.append(f'filter: "{table.filter_text}"')
        if note:
            facts.append(note)
        self.title.show(self.tab.title, " · ".join(facts))

    def show_failed(self) -> None:
        """An empty table says so."""
        self.table.loading_note = NO_ROWS

    def show_staged(self) -> None:
        """Draws the staged cells of this tab."""
        numbers = {toggle.id: number for number, toggle in enumerate(self.tab.toggles)}
        cells: dict[str, dict[int, bool]] = {}
        for change in self.staged:
            if change.field in numbers:
                cells.setdefault(change.row, {})[numbers[change.field]] = bool(change.after)
        self.table.set_staged(cells)
        if self.error is None:
            self._show_title()

    @property
    def staged(self) -> list[Change]:
        """What is staged on this tab; on a page behind a row only what is staged on its own rows."""
        every = super().staged
        return every if BY_ID.get(self.tab.id) is self.tab else self._of_rows(every)

    def _of_rows(self, changes: Sequence[Change]) -> list[Change]:
        toggles = {toggle.id for toggle in self.tab.toggles}
        known = self.table.known([change.row for change in changes])
        return [change for change in changes if change.field in toggles and change.row in known]

    def focus_body(self) -> None:
        """The table."""
        self.table.focus()

    @property
    def hidden_changes(self) -> int:
        """Staged cells that the filter or the mode hides."""
        return self.table.hidden_changes

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The table's keys."""
        return (
            Hint("Space", "Toggle", not self.table.readonly),
            *(key_hint(self.app, a, "") for a in self.tab.actions if a.key and not self._objection(a)),
            *([("Enter", "Open")] if self.tab.opens else []),
            ("/", "Filter"),
            ("m", "Members"),
            Hint("u", "Undo", bool(self.staged)),
            ("c", "Compare"),
            Hint("i", "Bring in", not self.table.readonly),
            *([("e", "Export")] if self.tab.export else []),
        )

    @property
    def record(self) -> Record | None:
        """The row under the cursor as the actions take it."""
        row = self.table.cursor_row
        return Record(row.key, row.cells, (), row.facts) if row is not None else None

    def _objection(self, action: Action) -> str:
        return objection(self.session, action, self.user, self.record)

    def reason(self, words: str) -> str:
        """Why the action of this title cannot be done now; "" when it can, or when there is none."""
        return next((self._objection(a) for a in self.tab.actions if a.title == words), "")

    def action_act(self, action_id: str) -> None:
        """Starts one of the tab's actions on the row under the cursor."""
        action = next(action for action in self.tab.actions if action.id == action_id)
        begin(self.page, action, self.user, self.record)

    @on(Highlighted)
    def _moved(self) -> None:
        if self.tab.actions and self.display:
            self.page.show_hints()

    @on(Toggled)
    def _toggled(self, event: Toggled) -> None:
        event.stop()
        self._stage_cells(event.cells)

    @on(ToggleAllRequested)
    def _all_requested(self, event: ToggleAllRequested) -> None:
        event.stop()
        self._ask(event.cells, f"Toggle {event.count:,} rows")

    @on(Locked)
    def _locked(self, event: Locked) -> None:
        event.stop()
        row = self.table.row(event.key)
        if event.reason == self.table.readonly:
            # it is said of the whole tab, and its beginning must fit the line
            self.page.say(event.reason)
        else:
            self.page.say(f"{row.name if row else event.key}: {event.reason}.")

    @on(UndoRequested)
    def _undo(self, event: UndoRequested) -> None:
        event.stop()
        wanted = {(key, self.tab.toggles[toggle].id) for key, toggle in event.cells}
        self.unstage([change for change in self.staged if (change.row, change.field) in wanted])

    @on(UndoAllRequested)
    def _undo_all(self, event: UndoAllRequested) -> None:
        event.stop()
        self.unstage(self.staged)

    @on(FilterChanged)
    def _filtered(self, event: FilterChanged) -> None:
        event.stop()
        self._show_title()
        self.post_message(self.HiddenChanged(event.hidden_changes))

    @on(BeforeAfterRequested)
    def _before_after(self, event: BeforeAfterRequested) -> None:
        event.stop()
        row = self.table.row(event.key)
        if row is None:
            return
        toggle = self.tab.toggles[event.toggle]
        before, after = row.on[event.toggle], self.table.value(row, event.toggle)
        self.page.say(f"{row.name}, {toggle.title}: {word(before)} → {word(after)}")

    @on(Opened)
    def _open(self, event: Opened) -> None:
        event.stop()
        row = self.table.row(event.key)
        if row is not None and self.tab.opens is not None:
            opening = msgspec.structs.replace(self.tab.opens(self.user, row), row=row)
            self.post_message(self.OpeningWanted(opening))

    @on(DetailsRequested)
    def _details(self, event: DetailsRequested) -> None:
        event.stop()
        row = self.table.row(event.key)
        if row is None or self.page.show_saying():
            return
        pairs = [(column.title, row.cells[n]) for n, column in enumerate(self.tab.columns)]
        for number, toggle in enumerate(self.tab.toggles):
            pairs.append((toggle.title, word(self.table.value(row, number))))
            if row.lock(number):
                pairs.append((f"{toggle.title} cannot be changed", row.lock(number)))
        self.app.push_screen(Details(row.name, [*pairs, ("id", row.key)]))

    @on(RowsShown)
    def _rows_shown(self, event: RowsShown) -> None:
        event.stop()
        if self.tab.resolve is None:
            return
        rows = [row for key in event.keys if (row := self.table.row(key)) and None in row.on]
        if rows:
            start(self, "resolve", self._resolve, rows)

    async def _resolve(self, rows: Sequence[Row]) -> None:
        resolve = self.tab.resolve
        if resolve is None:
            return
        try:
            found = await resolve(self.session.tenant, self.user, rows)
        except RollcallError as error:
            self.page.say_error(error)
            return
        unseen = await self.unseen()
        self._unknown = False
        current = {row.key: self.table.row(row.key) for row in found}
        self.table.update_rows(
            [
                self._as_written(joined(row, current[row.key]), self.user, unseen)
                for row in found
                if current[row.key]
            ]
        )
        self._show_title()

    def _as_written(self, row: Row, user: User, unseen: Mapping[str, Json]) -> Row:
        """The row with what was written a moment ago and the directory does not show yet."""
        for number, toggle in enumerate(self.tab.toggles if unseen else ()):
            key = "\x1f".join((user.id, self.tab.id, row.key, toggle.id))
            # what was asked for instead, such as a licence request, is not the thing itself
            if isinstance(unseen.get(key), bool) and row.on[number] is not None:
                row = as_written(self.tab, row, number, bool(unseen[key]))
        return row


def joined(found: Row, current: Row | None) -> Row:
    """What was found out, on the row as it is now: it may have been loaded again meanwhile."""
    if current is None:
        return found
    on = tuple(f if c is None else c for f, c in zip(found.on, current.on, strict=True))
    return msgspec.structs.replace(current, on=on, locks=found.locks, facts=found.facts)


def word(value: bool | None) -> str:
    return "not known yet" if value is None else shown(value)
