"""SharedTable: the table of switches that several users share: on for all of them, for some, or for none."""

from collections.abc import Callable, Collection, Hashable, Mapping

from services.shared_rows import SharedRow
from services.tabs.tab import Row
from tui.widgets.row_marks import mark_of
from tui.widgets.toggle_table import ToggleTable

Place = tuple[str, int]
"""A row's key and the number of the switch."""


class SharedTable(ToggleTable):
    """Its rows are `SharedRow`s. A switch that is on for some is off as far as a key is concerned: Space sets it for
    all of them, and once more for none.
    """

    _mixed: frozenset[Place] = frozenset()

    def set_shared(self, staged: Mapping[str, Mapping[int, bool]], mixed: Collection[Place]) -> None:
        """These are all staged cells now; the mixed ones come to be on for some, and are given as off."""
        others = self._mixed.symmetric_difference(mixed)
        self._mixed = frozenset(mixed)
        self.set_staged(staged)
        self._draw_cells(list(others))

    def is_some(self, row: Row, toggle: int) -> bool:
        """Whether the switch is on for some of them only, what is staged counted."""
        if self.is_staged(row.key, toggle):
            return (row.key, toggle) in self._mixed
        held = row.held[toggle] if isinstance(row, SharedRow) else 0
        return held > 0 and row.on[toggle] is False

    def _switch(self, row: Row, number: int) -> str:
        return self._marks.some if self.is_some(row, number) else super()._switch(row, number)

    def _counts(self, key: str, toggle: int, value: bool) -> bool:
        return value or (key, toggle) in self._mixed

    def _line_state(self, place: int) -> Hashable:
        key = self._row(place).key
        mixed = tuple((key, part.number) in self._mixed for part in self._places.leads)
        return super()._line_state(place), mixed

    def _marking(self) -> Callable[[Row], int]:
        """Bit n: the switch n is on for someone."""
        return lambda row: mark_of(tuple(n > 0 for n in row.held) if isinstance(row, SharedRow) else row.on)
