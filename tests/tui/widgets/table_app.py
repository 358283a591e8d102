"""The smallest app around one table, which stages what it is asked to and keeps every message."""

from collections.abc import AsyncIterator, Sequence
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from textual import on
from textual.app import App, ComposeResult
from textual.pilot import Pilot
from textual.strip import Strip

from services.columns import Column
from services.record import Record
from services.tabs.tab import Row, Toggle
from tui.widgets.line_table import LineTable
from tui.widgets.record_table import RecordTable
from tui.widgets.table_messages import (
    TableMessage,
    ToggleAllRequested,
    Toggled,
    UndoAllRequested,
    UndoRequested,
)
from tui.widgets.toggle_table import ToggleTable

COLUMNS = (
    Column("name", "Name", least=12),
    Column("about", "Description"),
    Column("mail", "Mail", wide=True),
)
MEMBER = (Toggle("member", "Member"),)
BOTH = (Toggle("member", "Member"), Toggle("owner", "Owner"))
M = TypeVar("M", bound=TableMessage)


class TableApp(App[None]):
    """Shows one table; plays the screen's part for staging and undoing."""

    def __init__(self, table: LineTable[Any]) -> None:
        super().__init__()
        self.table = table
        self.heard: list[TableMessage] = []

    def compose(self) -> ComposeResult:
        yield self.table

    def on_mount(self) -> None:
        self.table.focus()

    def of(self, kind: type[M]) -> list[M]:
        """The messages of exactly this kind, oldest first."""
        return [message for message in self.heard if type(message) is kind]

    @on(TableMessage)
    def hear(self, message: TableMessage) -> None:
        """Stages and undoes at once, as the real screen does after it has stored them."""
        self.heard.append(message)
        if not isinstance(self.table, ToggleTable):
            return
        if isinstance(message, Toggled | ToggleAllRequested):
            self.table.stage(message.cells)
        elif isinstance(message, UndoRequested):
            self.table.unstage(message.cells)
        elif isinstance(message, UndoAllRequested):
            self.table.set_staged({})


def group(number: int, *, on: bool | None = False, name: str = "", lock: str = "", toggles: int = 1) -> Row:
    """One group's row; only the first toggle gets `on`."""
    name = name or f"Group {number}"
    cells = (name, f"About {name}", f"g{number}@contoso.example")
    return Row(f"k{number}", name, cells, (on, False)[:toggles], (lock,) * toggles if lock else ())


def groups(count: int) -> list[Row]:
    """Rows k0, k1, ..."""
    return [group(number) for number in range(count)]


def records(count: int) -> list[Record]:
    """Records k0, k1, ..."""
    return [
        Record(f"k{number}", (f"User {number}", f"u{number}@contoso.example", "")) for number in range(count)
    ]


def toggle_table(rows: Sequence[Row] = (), toggles: Sequence[Toggle] = MEMBER, **options: Any) -> ToggleTable:
    """A toggle table that already has rows."""
    table = ToggleTable(COLUMNS, toggles, settle=0, **options)
    table.set_rows(rows)
    return table


def record_table(rows: Sequence[Record] = (), **options: Any) -> RecordTable:
    """A record table that already has rows."""
    table = RecordTable(COLUMNS, settle=0, **options)
    table.set_rows(rows)
    return table


@asynccontextmanager
async def running(
    table: LineTable[Any], size: tuple[int, int] = (80, 24)
) -> AsyncIterator[tuple[TableApp, Pilot[None]]]:
    """The app, mounted and focused."""
    app = TableApp(table)
    async with app.run_test(size=size) as pilot:
        await pilot.pause()
        yield app, pilot


def lines(table: LineTable[Any]) -> list[str]:
    """What the table shows, line by line."""
    return [table.render_line(y).text for y in range(table.size.height)]


def strips(table: LineTable[Any]) -> list[Strip]:
    """The same with looks."""
    return [table.render_line(y) for y in range(table.size.height)]
