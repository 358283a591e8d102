"""Filters: which processes and steps a list shows, as conditions that the database decides."""

from collections.abc import Iterator
from datetime import UTC, datetime

import msgspec
from sqlalchemy import ColumnElement, String, cast, or_

from state.tables.processes import COUNTS, PLANS, PROCESSES, STEPS
from state.times import stored
from state.values import ProcessStatus, StepClass

_TROUBLE = (StepClass.REFUSED, StepClass.FAILED, StepClass.UNKNOWN)


class ProcessFilter(msgspec.Struct, frozen=True):
    """Which processes. Each field that is not empty narrows.

    `text`: every word of it is in the title, the operator, the user's id, the kind, the status, the number,
    a class that some step has, or (such as 2026-11-26) the day it was started on by the operator's clock.
    `trouble`: only those with a step that was refused, failed or is unknown.
    """

    text: str = ""
    status: tuple[ProcessStatus, ...] = ()
    trouble: bool = False
    kind: str = ""
    user: str = ""
    operator: str = ""
    since: datetime | None = None

    def conditions(self) -> Iterator[ColumnElement[bool]]:
        """What must hold, all of it."""
        columns = PROCESSES.c
        for column, wanted in (
            (columns.kind, self.kind),
            (columns.user_id, self.user),
            (columns.operator, self.operator),
        ):
            if wanted:
                yield column == wanted
        if self.status:
            yield columns.status.in_([status.value for status in self.status])
        if self.trouble:
            yield or_(*(columns[COUNTS[step_class]] > 0 for step_class in _TROUBLE))
        if self.since is not None:
            yield columns.created_at >= stored(self.since)
        for word in self.text.split():
            yield _process_has(word)


def step_has(word: str) -> ColumnElement[bool]:
    """Whether a step's title, target, sentence, class or number has the word."""
    texts = (PLANS.c.title, PLANS.c.target, STEPS.c.sentence, STEPS.c.state, cast(STEPS.c.number, String))
    return or_(*_in(word, *texts))


def _process_has(word: str) -> ColumnElement[bool]:
    columns = PROCESSES.c
    texts = (columns.title, columns.operator, columns.user_id, columns.kind, columns.status, columns.reason)
    found = [*_in(word, *texts, cast(columns.id, String))]
    classes = [step_class for step_class in StepClass if word.lower() in step_class.value]
    found += [columns[COUNTS[step_class]] > 0 for step_class in classes]
    if span := _span(word):
        found.append((columns.created_at >= stored(span[0])) & (columns.created_at < stored(span[1])))
    return or_(*found)


def _in(word: str, *columns: ColumnElement[str]) -> Iterator[ColumnElement[bool]]:
    # SQLite folds ASCII letters alone
    for form in (
        dict.fromkeys((word, word.lower(), word.upper(), word.capitalize()))
        if not word.isascii()
        else (word,)
    ):
        for column in columns:
            yield column.icontains(form, autoescape=True)


def _span(word: str) -> tuple[datetime, datetime] | None:
    """The day, month or year that a word like 2026-11-26 names, by this machine's clock."""
    parts = word.split("-")
    if not all(part.isdecimal() and part.isascii() for part in parts) or len(parts) > 3 or len(parts[0]) != 4:
        return None
    year, month, day = (*map(int, parts), 0, 0)[:3]
    try:
        first = datetime(year, month or 1, day or 1).astimezone(UTC)
        if day:
            after = datetime.fromordinal(datetime(year, month, day).toordinal() + 1)
        else:
            after = datetime(year + (month in (0, 12)), month % 12 + 1 if month else 1, 1)
    except (ValueError, OverflowError):
        return None
    return first, after.astimezone(UTC)
