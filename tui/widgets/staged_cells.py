"""Which switches of a table are staged, and to what value."""

from collections.abc import Collection, Iterable, Mapping


class StagedCells:
    """Staged values by row key and toggle number."""

    def __init__(self) -> None:
        self._cells: dict[str, dict[int, bool]] = {}

    def __bool__(self) -> bool:
        return bool(self._cells)

    def __len__(self) -> int:
        return sum(map(len, self._cells.values()))

    def __contains__(self, key: str) -> bool:
        return key in self._cells

    def rows(self) -> Collection[str]:
        """The keys of the rows that have staged cells."""
        return self._cells.keys()

    def of(self, key: str) -> Mapping[int, bool]:
        """The staged cells of one row."""
        return self._cells.get(key, {})

    def replace(self, cells: Mapping[str, Mapping[int, bool]]) -> list[tuple[str, int]]:
        """These are all. Returns the (key, toggle) cells that are other than before."""
        before, self._cells = self._cells, {key: dict(row) for key, row in cells.items() if row}
        return [
            (key, toggle)
            for key in before.keys() | self._cells.keys()
            for toggle in before.get(key, {}).keys() | self._cells.get(key, {}).keys()
            if before.get(key, {}).get(toggle) is not self._cells.get(key, {}).get(toggle)
        ]

    def add(self, cells: Iterable[tuple[str, int, bool]]) -> list[tuple[str, int]]:
        """Stages (key, toggle, value) cells. Returns which."""
        added = []
        for key, toggle, value in cells:
            self._cells.setdefault(key, {})[toggle] = value
            added.append((key, toggle))
        return added

    def remove(self, cells: Iterable[tuple[str, int]]) -> list[tuple[str, int]]:
        """Forgets (key, toggle) cells. Returns which."""
        removed = list(cells)
        for key, toggle in removed:
            row = self._cells.get(key, {})
            row.pop(toggle, None)
            if not row:
                self._cells.pop(key, None)
        return removed
