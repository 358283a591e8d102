"""TabExporter: reads a tab from the tenant and writes it to a file, with nothing on a screen."""

import asyncio
import errno
import os
import sqlite3
from collections.abc import Awaitable, Callable, Coroutine, Iterator, Sequence
from pathlib import Path

import msgspec

from services.errors import InvalidInput, NotFound, NotPermitted, Rejected, RollcallError
from services.export.content import AnyRow, Layout, columns_of, header, in_mode, labels, wanted
from services.export.files import Sheet, open_sheet
from services.export.half_file import HalfFile
from services.export.order import exportable
from services.export.spool import Spool
from services.jobs.export import Report
from services.people import find
from services.record import Record
from services.tabs.registry import BY_ID
from services.tabs.sizes import size as shown_size
from services.tabs.tab import RecordTab, Row, ToggleTab, hidden
from services.task import Export
from services.tenant import Tenant
from services.user import User
from state.transaction import unhurried

SLICE = 500
"""Rows that are looked at and written at a time."""

_TRIES = (0.0, 1.0, 4.0)
"""Seconds before switches that nobody could tell yet are asked for again."""

_NO_ROOM = (errno.ENOSPC, errno.EDQUOT, errno.EFBIG, errno.EIO)
_PERMANENT = (NotPermitted, NotFound, Rejected)


class TabExporter:
    """Writes the exports of one tenant's journal. `learn` finds out what the operator may see; it never raises."""

    def __init__(self, tenant: Tenant, learn: Callable[[], Awaitable[object]]) -> None:
        self._tenant = tenant
        self._learn = learn

    async def write(self, order: Export, report: Report) -> str:
        """Writes the whole file and returns the sentence that says where it is and what is in it.

        Raises `RollcallError`: by what the operator can do; for what the disk says, too.
        """
        half = HalfFile(Path(order.path), order.token)
        try:
            if (whole := await asyncio.to_thread(half.placed)) is not None:
                return f"{shown_size(whole)} in {order.path}, finished just before Rollcall was cut off."
            await asyncio.to_thread(half.open)
            told = await self._fill(order, half, report)
            await _to_its_end(asyncio.to_thread(half.place, overwrite=order.overwrite))
            return told
        except (OSError, sqlite3.Error) as error:
            raise _explained(error, order.path) from error

    async def tidy(self, order: Export) -> None:
        """Removes what is left of the work."""
        await asyncio.to_thread(HalfFile(Path(order.path), order.token).remove)

    async def _fill(self, order: Export, half: HalfFile, report: Report) -> str:
        tab, user = await self._subject(order)
        details: dict[str, None] = {}
        kind = Row if isinstance(tab, ToggleTab) else Record
        with Spool(half.spool, kind) as spool:
            report(f"Reading {tab.title}", 0, 0)
            note = await self._read(order, tab, user, spool, details)
            total = len(spool)
            report(f"{total:,} rows were read; writing {order.path}", 0, total)
            sheet = await asyncio.to_thread(open_sheet, order.format, half.path, tab.title)
            layout = columns_of(order, tab, list(details))
            try:
                sheet.titles(header(order, self._tenant, user, tab, note), layout.titles)
                count, trouble = await self._write(order, tab, user, spool, sheet, layout, report)
                await unhurried(asyncio.to_thread(sheet.finish))
            except BaseException:
                sheet.abandon()
                raise
        size = shown_size(half.path.stat().st_size)
        note_said = [f"Note: {note}."] if note and isinstance(tab, ToggleTab) else []
        told = [f"{count:,} rows, {size}, in {order.path}.", *trouble, *note_said]
        if sheet.cut:
            told.append(f"{sheet.cut:,} cells were longer than a spreadsheet takes and end in an ellipsis.")
        return " ".join(told)

    async def _subject(self, order: Export) -> tuple[ToggleTab | RecordTab, User]:
        tab = BY_ID.get(order.tab)
        if tab is None or exportable(tab) or not isinstance(tab, ToggleTab | RecordTab):
            raise InvalidInput(f"This version of Rollcall has no tab {order.tab} that can be exported.")
        user = await find(self._tenant, order.user)
        if order.behind is not None:
            tab = _behind(tab, user, msgspec.convert(order.behind, Row))
        await self._learn()
        if reason := hidden(tab, self._tenant, user):
            raise InvalidInput(f"The tab {tab.title} of {user.name} is hidden: {reason}.")
        return tab, user

    async def _read(
        self,
        order: Export,
        tab: ToggleTab | RecordTab,
        user: User,
        spool: Spool,
        details: dict[str, None],
    ) -> str:
        """Reads the whole tab into the spool; what the tab last said about its rows."""
        note, load = "", tab.load
        if isinstance(tab, RecordTab) and tab.narrow is not None and order.narrow:
            load = tab.narrow(order.narrow)
        kept = wanted(order)
        async for page in load(self._tenant, user):
            note = page.note
            rows = [row for row in page.rows if kept(row)]
            if page.replace:
                details.clear()
            labels(rows, details)
            await unhurried(asyncio.to_thread(_take, spool, rows, page.replace))
        return note

    async def _write(
        self,
        order: Export,
        tab: ToggleTab | RecordTab,
        user: User,
        spool: Spool,
        sheet: Sheet,
        layout: Layout,
        report: Report,
    ) -> tuple[int, list[str]]:
        """How many rows were written, and what could not be found out about them."""
        shown, seen, written, unknown, why = in_mode(order), 0, 0, 0, ""
        slices = spool.slices(SLICE)
        while rows := await unhurried(asyncio.to_thread(_next, slices)):
            seen += len(rows)
            if isinstance(tab, ToggleTab) and tab.resolve is not None:
                rows, said = await self._resolved(tab, user, rows)
                why = why or said
            rows = [row for row in rows if shown(row)]
            unknown += sum(isinstance(row, Row) and None in row.on for row in rows)
            written += len(rows)
            await unhurried(asyncio.to_thread(sheet.add, map(layout.cells, rows)))
            report("", seen, len(spool))
        if not unknown:
            return written, []
        because = f": {why}" if why else ""
        return written, [f"Switches of {unknown:,} rows could not be found out{because}."]

    async def _resolved(self, tab: ToggleTab, user: User, rows: Sequence[AnyRow]) -> tuple[list[AnyRow], str]:
        """The rows with the switches that could be found out, and why others could not."""
        found, why = list(rows), ""
        for wait in _TRIES:
            open_ = [n for n, row in enumerate(found) if isinstance(row, Row) and None in row.on]
            if not open_ or tab.resolve is None:
                break
            if wait:
                await self._tenant.clock.sleep(wait)
            asked = [row for n in open_ if isinstance(row := found[n], Row)]
            try:
                answers = await tab.resolve(self._tenant, user, asked)
            except RollcallError as error:
                if not isinstance(error, _PERMANENT) and type(error) is not RollcallError:
                    raise
                return found, error.sentence
            for n, row in zip(open_, answers, strict=True):
                found[n] = row
        return found, why


def _behind(tab: ToggleTab | RecordTab, user: User, row: Row) -> ToggleTab:
    """The tab of the same id on the page that this row leads to."""
    opened = tab.opens(user, row).tabs if isinstance(tab, ToggleTab) and tab.opens is not None else ()
    for found in opened:
        if found.id == tab.id and isinstance(found, ToggleTab) and found.export:
            return found
    raise InvalidInput(f"{row.name} on the tab {tab.title} leads to nothing that can be exported.")


async def _to_its_end(work: Coroutine[None, None, None]) -> None:
    """Carries the work out; a cancel meanwhile comes too late, so that what is said afterwards is true."""
    task = asyncio.ensure_future(work)
    while not task.done():
        try:
            await asyncio.wait({task})
        except asyncio.CancelledError:
            continue
    task.result()


def _take(spool: Spool, rows: Sequence[AnyRow], anew: bool) -> None:
    if anew:
        spool.empty()
    spool.add(rows)


def _next(slices: Iterator[list[AnyRow]]) -> list[AnyRow]:
    return next(slices, [])


def _explained(error: OSError | sqlite3.Error, path: str) -> RollcallError:
    """What the disk or the file system said, with what to do."""
    number = error.errno if isinstance(error, OSError) else None
    name = getattr(error, "sqlite_errorname", "")
    folder = os.path.dirname(path)
    if number in _NO_ROOM or name.startswith(("SQLITE_FULL", "SQLITE_IOERR")):
        return RollcallError(
            f"The disk of {folder} does not take {path} (full, over quota or damaged); no file was written. "
            "Make room, or export into another folder."
        )
    if number in (errno.EACCES, errno.EPERM, errno.EROFS):
        return InvalidInput(f"The folder {folder} is not writable for you. Export into another one.")
    if number in (errno.ENOENT, errno.ENOTDIR):
        return InvalidInput(f"The folder {folder} is not there (any more). Export into another one.")
    said = error.strerror if isinstance(error, OSError) else str(error)
    return RollcallError(f"{path} could not be written: {said or error}. Export into another folder.")
