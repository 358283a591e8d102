"""FieldList: the lines of a property form, as section headings and one line a property."""

from collections.abc import Mapping, Sequence
from typing import TypeAlias, Unpack

import msgspec
from rich.cells import cell_len

from services.operation import Json
from services.tabs.tab import FieldValue, Property
from tui.plain import pad
from tui.widgets.line_list import LineList
from tui.widgets.looks import Naming, Piece

Staged: TypeAlias = Mapping[str, tuple[Json, str]]
"""Field id to the staged value and how a person reads it."""

_MOST_TITLE = 28
_LEFT = 5
"""Cells before the title: cursor, changed mark and spaces."""


class Field(msgspec.Struct, frozen=True):
    """One property with what it holds and what is staged for it."""

    spec: Property
    value: FieldValue
    staged: tuple[Json, str] | None = None

    @property
    def shown(self) -> str:
        """How a person reads it as it would be."""
        return self.value.shown if self.staged is None else self.staged[1]

    @property
    def now(self) -> Json:
        """The value as it would be."""
        return self.value.value if self.staged is None else self.staged[0]

    @property
    def lock(self) -> str:
        """Why it cannot be edited; "" when it can."""
        if self.spec.kind == "fixed":
            return self.value.lock or "This is for reading only."
        return self.value.lock


class FieldList(LineList):
    """Draws the fields; the form around it edits them."""

    def __init__(self, properties: Sequence[Property], **naming: Unpack[Naming]) -> None:
        super().__init__(**naming)
        self._properties = list(properties)
        self._entries: list[str | Field] = []
        self.before_shown = False
        widest = max((cell_len(each.title) for each in properties), default=0)
        self.value_column = _LEFT + min(widest, _MOST_TITLE) + 2

    def show(self, values: Mapping[str, FieldValue], staged: Staged) -> None:
        """Draw these values; properties without one are left out. Only lines that differ are repainted."""
        entries: list[str | Field] = []
        section = ""
        for each in self._properties:
            if each.id not in values:
                continue
            if each.section != section:
                section = each.section
                entries.append(section)
            entries.append(Field(each, values[each.id], staged.get(each.id)))
        old, self._entries = self._entries, entries
        if len(old) != len(entries):
            self.set_count(len(entries))
            return
        for index, (before, after) in enumerate(zip(old, entries, strict=True)):
            if before != after:
                self.refresh_line(index)

    @property
    def field(self) -> Field | None:
        """The field with the cursor."""
        if self.cursor >= len(self._entries):
            return None
        entry = self._entries[self.cursor]
        return entry if isinstance(entry, Field) else None

    @property
    def fields(self) -> list[Field]:
        """All fields in order."""
        return [entry for entry in self._entries if isinstance(entry, Field)]

    def line_of(self, field_id: str) -> int | None:
        """The line of a field."""
        for index, entry in enumerate(self._entries):
            if isinstance(entry, Field) and entry.spec.id == field_id:
                return index
        return None

    def changed_line(self, step: int) -> int | None:
        """The next changed line in this direction, round the ends; None when nothing is changed."""
        count = len(self._entries)
        for away in range(1, count + 1):
            index = (self.cursor + step * away) % count
            entry = self._entries[index]
            if isinstance(entry, Field) and entry.staged is not None:
                return index
        return None

    def holds_cursor(self, index: int) -> bool:
        """Headings do not."""
        return isinstance(self._entries[index], Field)

    def pieces_at(self, index: int, width: int) -> list[Piece]:
        """One heading or field."""
        entry = self._entries[index]
        if isinstance(entry, str):
            return [(f" {entry}", "section")]
        marks = self.glyphs
        cursor = marks.cursor if index == self.cursor else " "
        changed = entry.staged is not None
        mark = marks.changed if changed else " "
        title = pad(entry.spec.title, self.value_column - _LEFT - 2, marks.ellipsis)
        pieces: list[Piece] = [
            (f" {cursor} ", ""),
            (f"{mark} ", "changed" if changed else ""),
            (f"{title}  ", ""),
        ]
        if changed and self.before_shown:
            pieces.append((f"{entry.value.shown or '(empty)'} {marks.arrow} ", "dim"))
        if changed:
            pieces.append((entry.shown or "(empty)", "changed"))
        elif entry.lock:
            pieces += [(entry.shown, "dim"), (f"  {marks.lock}", "dim")]
        else:
            pieces.append((entry.shown, ""))
        return pieces
