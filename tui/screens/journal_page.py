"""JournalPage: what the lists of processes and of steps share: paged from the journal, filtered, narrowed, live."""

from collections.abc import Sequence
from typing import TYPE_CHECKING, ClassVar

from textual import on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType

from services.columns import Column
from services.proposal import Kind
from services.record import Record
from services.tabs.tab import Facet
from state.errors import StateError
from state.values import Process, StepClass
from tui.background import start
from tui.glyphs import ASCII_CLASS
from tui.screens import process_flow
from tui.screens.dialogs.choice import Choice
from tui.screens.page import Page
from tui.widgets.key_bar import Hint
from tui.widgets.record_table import RecordTable
from tui.widgets.table_messages import FilterChanged, Highlighted, MoreWanted
from tui.widgets.title_line import TitleLine

if TYPE_CHECKING:
    from services.jobs.finishing import Finish

_PAGE = 200
_MOST_AGAIN = 2000
"""Rows that are read again at once when the journal moved; the rest comes again as it is scrolled to."""


ANY = ("", "any")
"""The first option of a facet."""
BAD = (StepClass.REFUSED, StepClass.FAILED, StepClass.UNKNOWN)


class JournalPage(Page):
    """A list that the database filters: what is typed reaches every row of it, not only those on show."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("f5", "refresh", "Refresh", id="page.refresh"),
        Binding("f", "narrow", "Narrow the list", id="journal.narrow"),
        Binding("r", "follow_up('retry')", "Retry", id="journal.retry"),
        Binding("u", "follow_up('undo')", "Undo", id="journal.undo"),
        Binding("x,delete", "cancel", "Cancel process", id="journal.cancel"),
        Binding("p", "report", "Report", id="journal.report"),
        Binding("o", "open_file", "Open the exported file", id="journal.open-file"),
        Binding("escape", "app.leave", "Back", id="journal.back", show=False),
    ]
    COLUMNS: ClassVar[tuple[Column, ...]] = ()
    EMPTY: ClassVar[str] = ""
    MARKABLE: ClassVar[bool] = False

    def __init__(self) -> None:
        super().__init__()
        self.chosen: dict[str, str] = {}
        """By what the list is narrowed, facet by facet; one that is missing has its first option."""
        self._labels: dict[str, str] = {}
        self._complete = False

    async def read(self, last: str, limit: int, text: str) -> Sequence[Record]:
        """Up to `limit` records behind the one with the key `last` ("": from the start). Raises `StateError`."""
        raise NotImplementedError

    async def facets(self) -> Sequence[Facet]:
        """By what the list can be narrowed now. Raises `StateError`."""
        return ()

    async def titled(self) -> tuple[str, str]:
        """Title and facts of the line above the list. Raises `StateError`."""
        raise NotImplementedError

    @property
    def number(self) -> int | None:
        """The number of the process that the keys act on."""
        raise NotImplementedError

    def finish_of(self, process: Process) -> "Finish | None":
        """When a process that runs here will have gone by the quotas, where that is known."""
        follower = self.desk.follower
        return follower.finishes.get(process.id) if follower and process.ended_at is None else None

    @property
    def marked_steps(self) -> Sequence[int]:
        """Numbers of the steps that are marked."""
        return ()

    def look(self, record: Record) -> str:
        """The component class that a record is drawn with."""
        return ""

    def compose_body(self) -> ComposeResult:
        """Title and list."""
        yield TitleLine()
        yield RecordTable(
            self.COLUMNS,
            markable=self.MARKABLE,
            ascii_only=self.app.has_class(ASCII_CLASS),
            empty=self.EMPTY,
            row_class=self.look,
        )

    @property
    def table(self) -> RecordTable:
        """The list."""
        return self.query_one(RecordTable)

    def on_mount(self) -> None:
        """Loads, and follows the journal."""
        super().on_mount()
        self.table.focus()

    def _show_processes(self, _: None) -> None:
        super()._show_processes(None)
        self.action_refresh()

    def action_refresh(self) -> None:
        """Reads again what is on show."""
        start(self, "load", self._load, min(max(_PAGE, self.table.total), _MOST_AGAIN))

    def _anew(self) -> None:
        """Reads from the start, as other rows are wanted now."""
        self.table.ask_again()
        start(self, "load", self._load, _PAGE)

    async def _load(self, limit: int, last: str = "") -> None:
        try:
            records = await self.read(last, limit, self.table.filter_text)
            self._complete = len(records) < limit
            if last:
                self.table.extend(records)
            else:
                self.table.set_rows(records)
            title, facts = await self.titled()
        except StateError as error:
            self.say_error(error)
            return
        self.query_one(TitleLine).show(title, " · ".join(filter(None, (facts, *self._labels.values()))))
        self.show_hints()

    @property
    def counted(self) -> str:
        """How many rows have come, and whether there are more."""
        return f"{self.table.total:,}{'' if self._complete else '+'}"

    @on(MoreWanted)
    def _more(self) -> None:
        if not self._complete and self.table.rows:
            start(self, "load", self._load, _PAGE, self.table.rows[-1].key)

    @on(FilterChanged)
    def _filtered(self) -> None:
        self._anew()

    @on(Highlighted)
    def _moved(self) -> None:
        self.show_hints()

    def action_follow_up(self, kind: str) -> None:
        """Opens what retries the failed steps, or undoes the process, to be reviewed first."""
        if self.number is not None:
            start(self, "follow-up", process_flow.follow_up, self, Kind(kind), self.number, self.marked_steps)

    def action_cancel(self) -> None:
        """Asks, then lets nothing more of the process be sent."""
        if self.number is not None:
            start(self, "cancel", process_flow.ask_to_cancel, self, self.number)

    def action_report(self) -> None:
        """Copies all about the process as plain text."""
        if self.number is not None:
            start(self, "report", process_flow.report, self, self.number)

    def action_open_file(self) -> None:
        """Opens what the process exported."""
        if self.number is not None:
            start(self, "open", process_flow.open_file, self, self.number)

    def action_narrow(self) -> None:
        """Asks by what to narrow the list, and reads it anew."""
        start(self, "narrow", self._narrow)

    async def _narrow(self) -> None:
        try:
            facets = await self.facets()
        except StateError as error:
            self.say_error(error)
            return
        named = {
            f"{facet.id}={value}": (facet, value, label)
            for facet in facets
            for value, label in facet.options
            if self.chosen.get(facet.id, facet.options[0][0]) != value
        }

        def answered(answer: str | None) -> None:
            if answer is None:
                return
            facet, value, label = named[answer]
            self.chosen[facet.id], self._labels[facet.id] = value, f"{facet.title.lower()}: {label}"
            if value == facet.options[0][0]:
                del self._labels[facet.id], self.chosen[facet.id]
            self._anew()

        options = [(key, f"{facet.title}: {label}") for key, (facet, _, label) in named.items()]
        self.app.push_screen(Choice(f"{self.title}: narrow the list", options), answered)


def process_hints(process: Process | None) -> Sequence[Hint]:
    """Retry and undo of what has ended, cancel of what runs."""
    if process is None or process.kind == "export":
        return ()
    if process.ended_at is None:
        return (Hint("x", "Cancel process"),)
    counts = process.counts
    failed = any(counts.get(kind) for kind in (*BAD, StepClass.CANCELLED))
    changed = process.despite or any(counts.get(kind) for kind in (StepClass.DONE, StepClass.UNKNOWN))
    return (Hint("r", "Retry", failed), Hint("u", "Undo", bool(changed)))
