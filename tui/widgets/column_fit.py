"""Shares a table's width among its text columns by what they hold."""

from collections.abc import Sequence

from services.columns import Column

GAP = 2
"""Blank cells between two columns."""
WIDE = 120
"""From this many cells on, columns marked `wide` are shown."""


def fit_columns(columns: Sequence[Column], wants: Sequence[int], room: int, whole: int) -> list[int]:
    """Widths in cells, in the order of `columns`; 0 where a column is left out.

    `wants` is how wide each column's content is (0: a wide column with nothing in it, which is left out),
    `room` what the columns and their gaps may take together,
    `whole` the table's width, which decides about wide columns. The first column is never left out; from
    the right, columns give way until every one that stays has its least.
    """
    shown = [
        i for i, column in enumerate(columns) if i == 0 or not column.wide or (whole >= WIDE and wants[i])
    ]
    while len(shown) > 1 and _least(columns, shown) > room:
        shown.pop()
    widths = [0] * len(columns)
    left = max(1, room - GAP * (len(shown) - 1))
    flexible = []
    for i in shown:
        fixed = columns[i].width
        if fixed is None:
            flexible.append(i)
        else:
            widths[i] = max(1, min(fixed, left))
            left -= widths[i]
    for i, width in zip(flexible, _share([_wish(columns[i], wants[i]) for i in flexible], left), strict=True):
        widths[i] = width
    return widths


def _least(columns: Sequence[Column], shown: Sequence[int]) -> int:
    return sum(columns[i].width or columns[i].least for i in shown) + GAP * (len(shown) - 1)


def _wish(column: Column, want: int) -> tuple[int, int]:
    return column.least, max(column.least, want)


def _share(wishes: Sequence[tuple[int, int]], room: int) -> list[int]:
    """Every column its least, then what is left to those that want more, evenly, until nobody does."""
    widths = [least for least, _ in wishes]
    if not widths:
        return []
    left = room - sum(widths)
    if left < 0:
        return [max(1, room), *widths[1:]]
    hungry = [i for i, (least, want) in enumerate(wishes) if want > least]
    while left and hungry:
        part = max(1, left // len(hungry))
        for i in list(hungry):
            given = min(part, wishes[i][1] - widths[i], left)
            widths[i] += given
            left -= given
            if widths[i] == wishes[i][1]:
                hungry.remove(i)
            if not left:
                break
    return widths
