"""ExportDialog: what of a tab is written to which file."""

import asyncio
from collections.abc import Callable
from pathlib import Path
from typing import ClassVar

import msgspec
from textual import events, on
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.widget import Widget
from textual.widgets import Button, Input, Static

from services.errors import InvalidInput
from services.export.order import target
from services.task import Format
from tui.background import start
from tui.plain import plain
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.dialog import Dialog, button, buttons
from tui.widgets.entry import Entry
from tui.widgets.option_line import OptionLine


class Wanted(msgspec.Struct, frozen=True):
    """What was chosen. `shown_rows`: those that the filter shows; `shown_columns`: those on screen."""

    path: Path
    shown_rows: bool
    shown_columns: bool
    overwrite: bool


class ExportDialog(Dialog[Wanted]):
    """Dismisses with what to write. A file that is there already is only replaced after a question.

    `every` and `shown` say how many rows there are and which of them are shown ("" when all are).
    """

    DEFAULT_CSS = """
    ExportDialog > #box { width: 78; }
    ExportDialog #path { height: 1; padding: 0 1; }
    ExportDialog #path Static { width: 9; text-style: bold; }
    ExportDialog #path Entry { width: 1fr; }
    ExportDialog #about { height: auto; padding: 1 1 0 1; text-style: dim; }
    """
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("up", "app.focus_previous", "Previous", id="export.previous", show=False),
        Binding("down", "app.focus_next", "Next", id="export.next", show=False),
        Binding("f2,enter", "export", "Export", id="export.start", show=False),
    ]
    HINTS = (
        ("Enter", "Export"),
        ("Up Down", "Move"),
        ("Left Right", "Choose"),
        ("Ctrl+U", "Clear"),
        ("Esc", "Cancel"),
    )

    def __init__(self, title: str, every: str, shown: str, about: str, suggest: Callable[[Format], Path]):
        super().__init__(title)
        self._rows = [("all", every), *([("shown", shown)] if shown else [])]
        self._about = about
        self._suggest = suggest
        self._suggested = ""

    def content(self) -> ComposeResult:
        """Format, rows, columns, file, what is not in it, the buttons."""
        yield OptionLine("Format", [(kind.value, kind.value.upper()) for kind in Format], id="format")
        yield OptionLine("Rows", self._rows, self._rows[-1][0], id="rows")
        yield OptionLine("Columns", [("all", "All"), ("shown", "Those on screen")], id="columns")
        with Horizontal(id="path"):
            yield Static("File", markup=False)
            yield Entry()
        yield Static(plain(self._about), id="about", markup=False)
        yield buttons(button("Cancel", "cancel"), button("Export", "export"))

    def on_mount(self) -> None:
        """Suggests a file."""
        super().on_mount()
        self._show_suggested()

    def first_focus(self) -> Widget:
        """The format: Enter there exports as it stands."""
        return self.query_one("#format")

    def on_descendant_focus(self, event: events.DescendantFocus) -> None:
        """Shows the end of the path, where its name is."""
        if isinstance(event.widget, Entry):
            event.widget.cursor_position = 0
            event.widget.action_end()

    @property
    def _kind(self) -> Format:
        return Format(self.query_one("#format", OptionLine).value)

    @on(OptionLine.Chosen, "#format")
    def _show_suggested(self) -> None:
        """The ending follows the format; a path that was typed keeps the rest."""
        entry = self.query_one(Entry)
        if entry.value == self._suggested:
            try:
                entry.value = self._suggested = str(self._suggest(self._kind))
            except InvalidInput as error:
                self.say(error.sentence, "error")
        elif Path(entry.value).suffix[1:] in list(Format):
            entry.value = str(Path(entry.value).with_suffix(f".{self._kind}"))

    @on(Button.Pressed, "#cancel")
    def _cancelled(self) -> None:
        self.dismiss(None)

    @on(Input.Submitted)
    @on(Button.Pressed, "#export")
    def action_export(self) -> None:
        """Looks whether the file can be written, then is done."""
        start(self, "export", self._check)

    async def _check(self) -> None:
        try:
            path = await asyncio.to_thread(target, self.query_one(Entry).value, self._kind)
            there = await asyncio.to_thread(_size, path)
        except InvalidInput as error:
            self.say(error.sentence, "error")
            self.query_one(Entry).focus()
            return
        if there is None:
            self._done(path, overwrite=False)
            return

        def answered(sure: bool | None) -> None:
            if sure:
                self._done(path, overwrite=True)

        lines = [str(path), f"It is there already ({there:,} bytes)."]
        self.app.push_screen(Confirm("Replace the file?", lines, "Replace", dangerous=True), answered)

    def _done(self, path: Path, *, overwrite: bool) -> None:
        rows, columns = self.query_one("#rows", OptionLine), self.query_one("#columns", OptionLine)
        self.dismiss(Wanted(path, rows.value == "shown", columns.value == "shown", overwrite))


def _size(path: Path) -> int | None:
    """The size of what has this name; None when nothing has."""
    try:
        return path.stat(follow_symlinks=False).st_size
    except FileNotFoundError:
        return None
    except OSError as error:
        raise InvalidInput(f"{path} cannot be looked at: {error.strerror or error}.") from None
