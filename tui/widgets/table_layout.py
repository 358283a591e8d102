"""Where the parts of a table's line stand, worked out once for all rows."""

from collections.abc import Sequence
from typing import TypeVar

import msgspec

from services.columns import Column
from tui.widgets.cell_text import width_of
from tui.widgets.column_fit import GAP, fit_columns

GUTTER = 2
"""The cursor's mark and the range's mark."""
_STRETCH = 16
_STRETCHES = 25
T = TypeVar("T")


class Place(msgspec.Struct, frozen=True):
    """One part of a line: from cell `x` on, `width` cells wide without the gap after it."""

    x: int
    width: int
    number: int
    """Which toggle or which column."""

    @property
    def end(self) -> int:
        """The first cell after it."""
        return self.x + self.width


class Layout(msgspec.Struct, frozen=True):
    """The lead's places (toggles), the text columns' places, and how far the cursor's bar reaches."""

    leads: tuple[Place, ...]
    columns: tuple[Place, ...]
    bar: int
    width: int


def lay_out(columns: Sequence[Column], leads: Sequence[int], wants: Sequence[int], width: int) -> Layout:
    """Places for a table `width` cells wide whose leads have fixed widths."""
    x = GUTTER
    lead_places = []
    for number, size in enumerate(leads):
        lead_places.append(Place(x, size, number))
        x += size + 1
    places = []
    widths = fit_columns(columns, wants, max(1, width - x), width)
    for number, size in enumerate(widths):
        if size and x < width:
            places.append(Place(x, min(size, width - x), number))
            x += size + GAP
    return Layout(tuple(lead_places), tuple(places), min(width, places[0].end if places else x), width)


def sample(rows: Sequence[T]) -> Sequence[T]:
    """A few hundred rows from all over the list: neighbours, which are unpacked together."""
    apart = max(_STRETCH, len(rows) // _STRETCHES)
    return [row for first in range(0, len(rows), apart) for row in rows[first : first + _STRETCH]]


def wanted(columns: Sequence[Column], cells: Sequence[Sequence[str]]) -> list[int]:
    """How wide each column's content is: nearly the widest, so that one freak takes no room.

    0 stands for a wide column in which all rows are blank: it has nothing to show for its room.
    """
    result = []
    for number, column in enumerate(columns):
        sizes = sorted(width_of(row[number]) for row in cells if number < len(row))
        if column.wide and sizes and not sizes[-1]:
            result.append(0)
            continue
        content = sizes[int((len(sizes) - 1) * 0.97)] if sizes else 0
        result.append(max(content, width_of(column.title) + 1))
    return result
