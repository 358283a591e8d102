"""RecordView: a tab to read, newest first, paged as the operator scrolls."""

from collections.abc import AsyncIterator, Sequence

from textual import on
from textual.app import ComposeResult

from services.record import Record
from services.tabs.tab import Page, RecordTab
from tui.background import start
from tui.glyphs import ASCII_CLASS
from tui.screens.dialogs.details import Details
from tui.screens.views.view import NOT_LOADED, View
from tui.widgets.key_bar import Hint
from tui.widgets.record_table import RecordTable
from tui.widgets.table_messages import DetailsRequested, MoreWanted, Opened
from tui.widgets.title_line import TitleLine


class RecordView(View[RecordTab]):
    """One record tab of one user."""

    _pages: AsyncIterator[Page] | None = None
    _held: AsyncIterator[Page] | None = None

    def compose(self) -> ComposeResult:
        """Title and table."""
        yield TitleLine()
        yield RecordTable(
            self.tab.columns, ascii_only=self.app.has_class(ASCII_CLASS), empty="Nothing was recorded"
        )

    @property
    def table(self) -> RecordTable:
        """The table."""
        return self.query_one(RecordTable)

    async def load(self) -> None:
        """The first pages, enough for the whole terminal: this view may not be laid out yet. Raises `RollcallError`."""
        self.title.show(self.tab.title, "loading")
        self.table.loading_note = "Loading"
        self._pages = self.tab.load(self.session.tenant, self.user)
        await self._read(2 * self.screen.size.height)
        self.table.loading_note = ""

    async def _read(self, rows: int) -> None:
        """Reads on until there are more than so many rows.

        While it reads it holds the pages: a second reader would cut it off in the middle of one, and the
        rest of the list would never come.
        """
        held = self._held = self._pages
        try:
            while await self._next() and self.table.total <= rows:
                continue
        finally:
            if self._held is held:
                self._held = None

    async def _next(self) -> bool:
        if self._pages is None:
            return False
        page = await anext(self._pages, None)
        if page is None:
            self._pages = None
            self.title.show(self.tab.title, f"{self.table.total:,} · all")
            return False
        records = [record for record in page.rows if isinstance(record, Record)]
        if page.replace:
            self.table.set_rows(records)
        else:
            self.table.extend(records)
        self.title.show(self.tab.title, " · ".join(filter(None, (f"{self.table.total:,} so far", page.note))))
        return True

    async def _further(self) -> None:
        await self._read(self.table.total)

    def show_failed(self) -> None:
        """An empty table says so."""
        self.table.loading_note = NOT_LOADED.capitalize()

    def focus_body(self) -> None:
        """The table."""
        self.table.focus()

    def hints(self) -> Sequence[Hint | tuple[str, str]]:
        """The table's keys."""
        return (("Enter", "Open"), ("/", "Filter"), ("s", "Sort"))

    @on(MoreWanted)
    def _more(self, event: MoreWanted) -> None:
        event.stop()
        if self._pages is not None and self._held is None:
            start(self, "load", self.guarded, self._further)

    @on(Opened)
    def _open(self, event: Opened) -> None:
        event.stop()
        record = self.table.row(event.key)
        if record is not None and self.tab.opens is not None:
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
        self.app.push_screen(Details(record.cells[1] if len(record.cells) > 1 else "", record.details))
