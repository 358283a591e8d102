"""Picture: the cells of a screen, those that Textual drew and those that the terminal has."""

from collections.abc import Sequence

from tui.terminal.cells import WIDE, Cell

Row = list[Cell | None]
"""From the left; None is a cell that nothing is known of."""


class Picture:
    """A screen of cells. What lies outside is left out."""

    def __init__(self, columns: int, rows: int) -> None:
        self.columns = columns
        self.rows: list[Row] = [[None] * columns for _ in range(rows)]

    def resize(self, columns: int, rows: int) -> None:
        """Cuts off at the right and at the bottom, or adds what is not known."""
        self.columns = columns
        del self.rows[rows:]
        for row in self.rows:
            if len(row) > columns > 0:
                put(row, columns, [None] * (len(row) - columns))
            del row[columns:]
            row += [None] * (columns - len(row))
        self.rows += [[None] * columns for _ in range(rows - len(self.rows))]

    def forget(self) -> None:
        """Nothing is known any more."""
        for row in self.rows:
            row[:] = [None] * self.columns

    def forget_from(self, x: int, y: int) -> None:
        """Nothing is known of what lies to the right and below."""
        for row in self.rows[y:]:
            put(row, x, [None] * (self.columns - x))


def put(row: Row, x: int, cells: Sequence[Cell | None]) -> None:
    """Puts the cells into the row; of a wide one that loses a half a blank remains, as in most terminals."""
    end = x + len(cells)
    first = row[x]
    if first is not None and not first.width:
        row[x - 1] = first.torn
    if end < len(row):
        last = row[end]
        if last is not None and not last.width:
            row[end] = last.torn
    row[x:end] = cells


def overwrite(row: Row, x: int, cells: Sequence[Cell | None]) -> None:
    """The same in a terminal, of which nobody knows what it makes of a half."""
    end = x + len(cells)
    for left, right in ((x - 1, x), (end - 1, end)):
        if 0 < right < len(row) and (half := row[right]) is not None and not half.width:
            row[left] = row[right] = None
    row[x:end] = cells


def cut(cells: list[Cell], room: int) -> list[Cell]:
    """What finds room; no half of a wide cell."""
    if len(cells) <= room:
        return cells
    kept = cells[:room]
    if kept and kept[-1].width == WIDE:
        kept.pop()
    return kept
