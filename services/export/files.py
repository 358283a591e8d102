"""The two kinds of file, each written row by row in a memory that does not grow with the rows."""

import csv
import os
import re
from collections.abc import Iterable, Sequence
from contextlib import suppress
from functools import partial
from pathlib import Path
from typing import Any, Protocol

from services.errors import InvalidInput
from services.export.spreadsheet import ROWS, fitting, harmless, legal
from services.task import Format

_UNNAMEABLE = re.compile(r"[\[\]:*?/\\\x00-\x1f]")


class Sheet(Protocol):
    """A file that is being written. `cut` counts the cells that were too long for it. All may raise `OSError`."""

    cut: int

    def titles(self, about: Sequence[tuple[str, str]], titles: Sequence[str]) -> None:
        """What the file is about, and what its columns are called; before any row."""
        ...

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """Further rows. Raises `InvalidInput` when the file takes no more."""
        ...

    def finish(self) -> None:
        """Ends the file; all of it is on the disk then."""
        ...

    def abandon(self) -> None:
        """Closes what is open; the file is of no use."""
        ...


class CsvSheet:
    """RFC 4180 in UTF-8, with the mark by which Excel knows that; every record has the same number of fields."""

    def __init__(self, path: Path) -> None:
        self.cut = 0
        self._file = os.fdopen(_create(path), "w", encoding="utf-8-sig", errors="replace", newline="")
        self._writer = csv.writer(self._file, lineterminator="\r\n")

    def titles(self, about: Sequence[tuple[str, str]], titles: Sequence[str]) -> None:
        """The header, a blank record, the titles."""
        width = max(2, len(titles))
        self.add([*((*pair, *[""] * (width - 2)) for pair in about), [""] * width, titles])

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """One record a row."""
        self._writer.writerows([harmless(cell) for cell in row] for row in rows)

    def finish(self) -> None:
        """Flushes to the disk."""
        self._file.flush()
        os.fsync(self._file.fileno())
        self._file.close()

    def abandon(self) -> None:
        """Closes it; the rest of the buffer may find no room either, which was said before."""
        with suppress(OSError):
            self._file.close()


class XlsxSheet:
    """One sheet of texts: nothing in it is a formula, a number or a link."""

    def __init__(self, path: Path, name: str) -> None:
        # 30 ms that only those pay who export
        import xlsxwriter

        self.cut = 0
        self._path = path
        self._row = 0
        os.close(_create(path))
        options = {
            "constant_memory": True,
            "use_zip64": True,
            "tmpdir": str(path.parent),
            "strings_to_formulas": False,
            "strings_to_urls": False,
            "strings_to_numbers": False,
        }
        self._errors = xlsxwriter.exceptions.XlsxWriterException
        self._book = xlsxwriter.Workbook(str(path), options)
        self._sheet = self._book.add_worksheet(_sheet_name(name))
        # texts that look like XlsxWriter's own rich strings would go into the file's XML as they are
        self._sheet._xml_rich_inline_string = partial(_plain, self._sheet)
        self._strong = self._book.add_format({"bold": True})

    def titles(self, about: Sequence[tuple[str, str]], titles: Sequence[str]) -> None:
        """The header, a blank row, the titles, which stay in sight."""
        self.add(about)
        self._row += 1
        self._write(titles, self._strong)
        self._sheet.freeze_panes(self._row, 0)
        self._sheet.set_column(0, max(0, len(titles) - 1), 24)
        self._first = self._row - 1
        self._last_column = max(0, len(titles) - 1)

    def add(self, rows: Iterable[Sequence[str]]) -> None:
        """One row each."""
        for row in rows:
            self._write(row)

    def finish(self) -> None:
        """Packs the sheet and flushes it to the disk."""
        self._sheet.autofilter(self._first, 0, max(self._first, self._row - 1), self._last_column)
        try:
            self._book.close()
        except self._errors as error:
            raise (error.args[0] if isinstance(error.args[0], OSError) else OSError(str(error))) from None
        with self._path.open("rb") as file:
            os.fsync(file.fileno())

    def abandon(self) -> None:
        """Closes the sheet's own half file; its folder is removed by who made it."""
        with suppress(OSError):
            self._sheet._opt_close()
        self._book.fileclosed = True

    def _write(self, cells: Sequence[str], look: object = None) -> None:
        if self._row >= ROWS:
            raise InvalidInput(
                f"A sheet holds {ROWS:,} rows and this tab has more: export it as CSV, or fewer of its rows."
            )
        for column, text in enumerate(cells):
            text = legal(text)
            fits = fitting(text)
            self.cut += fits is not text
            self._sheet.write_string(self._row, column, fits, look)
        self._row += 1


def open_sheet(kind: Format, path: Path, name: str) -> Sheet:
    """A new file (0600) of this kind. Raises `OSError`, also where one is already."""
    return XlsxSheet(path, name) if kind is Format.XLSX else CsvSheet(path)


def _sheet_name(name: str) -> str:
    """As much of the name as a sheet may be called; Excel keeps some characters and "History" for itself."""
    found = legal(_UNNAMEABLE.sub(" ", name)).strip(" '")[:31].strip(" '")
    return found if found and found.casefold() != "history" else "Rollcall"


def _plain(sheet: Any, text: str, attributes: Sequence[tuple[str, Any]] = ()) -> None:
    sheet._xml_inline_string(text, True, list(attributes))


def _create(path: Path) -> int:
    flags = os.O_CREAT | os.O_EXCL | os.O_WRONLY | os.O_CLOEXEC | getattr(os, "O_NOFOLLOW", 0)
    return os.open(path, flags, 0o600)
