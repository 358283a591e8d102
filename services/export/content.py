"""Content: what stands in the file: its header, its columns, and each row's texts."""

from collections.abc import Callable, Sequence
from datetime import datetime

import msgspec

from services.export.order import rows_of
from services.matching import matches, words_of
from services.record import Record
from services.tabs.tab import RecordTab, Row, ToggleTab
from services.task import Export
from services.tenant import Tenant
from services.user import User

NOT_KNOWN = "not known"
_WORDS = {True: "on", False: "off", None: NOT_KNOWN}
MOST_DETAILS = 200
"""Columns that the details of records may have; a file of a thousand of them helps nobody."""

AnyRow = Row | Record


class Layout(msgspec.Struct, frozen=True):
    """The file's columns: what they are called, and how a row's texts are found."""

    titles: tuple[str, ...]
    cells: Callable[[AnyRow], list[str]]


def header(
    order: Export, tenant: Tenant, user: User, tab: ToggleTab | RecordTab, note: str
) -> list[tuple[str, str]]:
    """What the file says about itself, above its columns."""
    profile = tenant.profile
    now: datetime = tenant.clock.now()
    found = [
        ("Tenant", f"{profile.name} ({profile.tenant_id})"),
        ("User", f"{user.name} ({user.upn})"),
        ("Tab", tab.title),
        ("Time", now.isoformat(timespec="seconds")),
        ("Rows", rows_of(order)),
    ]
    return [*found, ("Note", note)] if note else found


def columns_of(order: Export, tab: ToggleTab | RecordTab, details: Sequence[str]) -> Layout:
    """The columns that were asked for; `details` are the labels that the records' detail windows have."""
    kept = [n for n, column in enumerate(tab.columns) if not order.columns or column.id in order.columns]
    titles = [tab.columns[n].title for n in kept]
    full = not order.columns
    if isinstance(tab, RecordTab):
        return _records(kept, titles, details if full else (), with_id=full)
    names = [toggle.title for toggle in tab.toggles]
    why = [f"{name} cannot be changed" for name in names] if full else []
    before = [titles[0], "Id", *titles[1:]] if full else titles

    def cells(row: AnyRow) -> list[str]:
        if not isinstance(row, Row):
            return []
        texts = [_at(row.cells, n) for n in kept]
        start = [texts[0], row.key, *texts[1:]] if full else texts
        locks = [row.lock(n) for n in range(len(names))] if full else []
        return [*start, *(_WORDS[on] for on in row.on), *locks]

    return Layout((*before, *names, *why), cells)


def wanted(order: Export) -> Callable[[AnyRow], bool]:
    """Whether a row's texts hold what the filter asks for."""
    words = words_of(order.filter)
    return lambda row: matches(words, row.cells)


def in_mode(order: Export) -> Callable[[AnyRow], bool]:
    """Whether a row is one of those that the mode shows; it needs to know the row's switches."""
    staged = frozenset(order.staged)
    if order.mode == "members":
        return lambda row: row.key in staged or (isinstance(row, Row) and True in row.on)
    if order.mode == "changed":
        return lambda row: row.key in staged
    return lambda row: True


def labels(rows: Sequence[AnyRow], known: dict[str, None]) -> None:
    """Adds the labels of the records' details to those that are known."""
    for row in rows:
        if isinstance(row, Record) and len(known) < MOST_DETAILS:
            known.update((label, None) for label, _ in row.details)


def _records(kept: Sequence[int], titles: Sequence[str], details: Sequence[str], *, with_id: bool) -> Layout:
    more = [label for label in details if label not in titles]

    def cells(row: AnyRow) -> list[str]:
        texts = [_at(row.cells, n) for n in kept]
        held = dict(row.details) if isinstance(row, Record) else {}
        return [*texts, *(held.get(label, "") for label in more), *([row.key] if with_id else [])]

    return Layout((*titles, *more, *(["Id"] if with_id else [])), cells)


def _at(cells: Sequence[str], number: int) -> str:
    return cells[number] if number < len(cells) else ""
