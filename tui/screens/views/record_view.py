"""RecordView: a tab to read, newest first, paged as the operator scrolls; its actions have keys of their own."""

from collections.abc import AsyncIterator, Sequence
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from services.action import Action
from services.record import Record
from services.tabs.tab import Load, Page, RecordTab
from tui.background import start
from tui.glyphs import ASCII_CLASS
from tui.screens.action_flow import begin, objection
from tui.screens.dialogs.choice import Choice
from tui.screens.dialogs.details import Details
from tui.screens.views.acting import key_hint
from tui.screens.views.said import NO_ROWS
from tui.screens.views.view import View
from tui.widgets.key_bar import Hint
from tui.widgets.record_table import RecordTable
from tui.widgets.summary_bars import SummaryBars
from tui.widgets.table_messages import DetailsRequested, Highlighted, MoreWanted, Opened
from tui.widgets.title_line import TitleLine

OPENS = "enter"
"""The key of the action that takes the place of the details when Enter is pressed on a row."""


class RecordView(View[RecordTab]):
    """One record tab of one user."""

    BINDINGS: ClassVar[list[BindingType]] = [Binding("f", "narrow", "Narrow the list", id="records.narrow")]

    _pages: AsyncIterator[Page] | None = None
    _held: AsyncIterator[Page] | None = None
    _note = ""
    _cut_off = False

    def compose(self) -> ComposeResult:
        """Title, what the list comes to, and the table."""
        self._chosen = {facet.id: facet.options[0][0] for facet in self.tab.facets}
        yield TitleLine()
        yield SummaryBars()
        yield RecordTable(self.tab.columns, ascii_only=self.app.has_class(ASCII_CLASS), empty=self.tab.empty)

    @property
    def table(self) -> RecordTable:
        """The table."""
        return self.query_one(RecordTable)

    @property
    def complete(self) -> bool:
        """Whether the whole list has come."""
        return self._pages is None and self.error is None

    @property
    def chosen(self) -> dict[str, str]:
        """By what the list is narrowed, facet by facet."""
        return dict(self._chosen)

    async def load(self) -> None:
        """The first pages, enough for the whole terminal: this view may not be laid out yet. Raises `RollcallError`."""
        self._note, self._cut_off = "", False
        self._say("loading")
        self.table.loading_note = "Loading"
        self._pages = self._load()(self.session.tenant, self.user)
        await self._read(2 * self.screen.size.height)
        self.table.loading_note = ""

    def _load(self) -> Load:
        narrow = self.tab.narrow
        return narrow(self._chosen) if narrow is not None else self.tab.load

    async def _read(self, rows: int) -> None:
        """Reads on until there are more than so many rows.

        While it reads it holds the pages: a second reader would cut it off in the middle of one, and the
        rest of the list would never come.
        """
        held = self._held = self._pages
        try:
            while (page := await self._next()) and (page.partial or self.table.total <= rows):
                continue
        finally:
            if self._held is held:
                self._held = None

    async def _next(self) -> Page | None:
        if self._pages is None:
            return None
        page = await anext(self._pages, None)
        if page is None:
            self._pages = None
            self._say(f"{self.table.total:,}", "all")
            return None
        records = [record for record in page.rows if isinstance(record, Record)]
        if page.replace:
            self.table.set_rows(records)
        else:
            self.table.extend(records)
        self._note = page.note
        if page.summary is not None:
            self.query_one(SummaryBars).show(page.summary)
        self._say(f"{self.table.total:,} so far")
        return page

    def _say(self, *facts: str) -> None:
        """The title, with what is chosen other than at first."""
        chosen = [
            dict(facet.options)[self._chosen[facet.id]]
            for facet in self.tab.facets
            if self._chosen[facet.id] != facet.options[0][0]
        ]
        self.title.show(self.tab.title, " · ".join(filter(None, (*facts, self._note, *chosen))))

    async def _further(self) -> None:
        await self._read(self.table.total)

    def show_failed(self) -> None:
        """An empty table says so."""
        self.table.loading_note = NO_ROWS

    def left(self) -> None:
        """Stops reading: what nobody looks at must not use up what the service lets one ask."""
        loading = [w for w in self.workers if w.node is self and w.group == "load" and not w.is_finished]
        if loading:
            self._cut_off = True
            self.workers.cancel_group(self, "load")

    def shown(self) -> None:
        """Begins again what was stopped."""
        if self._cut_off:
            self.reload()

    def focus_body(self) -> None:
        """The table."""
        self.table.focus()

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The keys of the actions, dimmed where they do not fit the row, and the table's."""
        offered = [self._hint(action) for action in self.tab.actions if action.key]
        offered.append(Hint("F3", "Details") if self._opening else Hint("Enter", "Open"))
        if self.tab.facets:
            offered.append(Hint("f", "Narrow"))
        export = [("e", "Export")] if self.tab.export else []
        return (*offered, ("/", "Filter"), ("s", "Sort"), *export)

    @property
    def leading_hints(self) -> int:
        """All keys of the actions."""
        return max(2, sum(1 for action in self.tab.actions if action.key))

    @property
    def _opening(self) -> Action | None:
        """The action that Enter on a row starts."""
        return next((action for action in self.tab.actions if OPENS in action.key.split(",")), None)

    def _hint(self, action: Action) -> Hint:
        return key_hint(self.app, action, self._objection(action))

    def _objection(self, action: Action) -> str:
        return objection(self.session, action, self.user, self.table.cursor_row)

    def reason(self, words: str) -> str:
        """Why the action of this title cannot be done now; "" when it can, or when there is none."""
        return next((self._objection(a) for a in self.tab.actions if a.title == words), "")

    def action_act(self, action_id: str) -> None:
        """Starts one of the tab's actions on the row under the cursor."""
        action = next(action for action in self.tab.actions if action.id == action_id)
        begin(self.page, action, self.user, self.table.cursor_row)

    @on(Highlighted)
    def _moved(self) -> None:
        if self.tab.actions and self.display:
            self.page.show_hints()

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        """Where there is nothing to choose, f belongs to the screen."""
        return bool(self.tab.facets) if action == "narrow" else super().check_action(action, parameters)

    def action_narrow(self) -> None:
        """Asks by what to narrow the list, and loads it anew."""
        options = [
            (f"{facet.id}={value}", f"{facet.title}: {label}")
            for facet in self.tab.facets
            for value, label in facet.options
            if self._chosen[facet.id] != value
        ]

        def chosen(answer: str | None) -> None:
            if answer is not None:
                facet, _, value = answer.partition("=")
                self._chosen[facet] = value
                self.reload()

        self.app.push_screen(Choice(f"{self.tab.title}: narrow the list", options), chosen)

    @on(MoreWanted)
    def _more(self, event: MoreWanted) -> None:
        event.stop()
        if self._pages is not None and self._held is None:
            start(self, "load", self.guarded, self._further)

    @on(Opened)
    def _open(self, event: Opened) -> None:
        event.stop()
        record = self.table.row(event.key)
        if self._opening is not None:
            begin(self.page, self._opening, self.user, record)
        elif record is not None and self.tab.opens is not None:
            self.post_message(self.OpeningWanted(self.tab.opens(self.user, record)))
        elif record is not None:
            self._show_details(record)

    @on(DetailsRequested)
    def _details(self, event: DetailsRequested) -> None:
        event.stop()
        record = self.table.row(event.key)
        if record is not None and not self.page.show_saying():
            self._show_details(record)

    def _show_details(self, record: Record) -> None:
        name = record.name or "".join(record.cells[1:2])
        self.app.push_screen(Details(name, record.details))
