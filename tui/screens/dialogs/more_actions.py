"""MoreActions: everything that can be done to a user, by part of its name; what does not fit says why."""

from collections.abc import Sequence
from typing import ClassVar

from tui.screens.dialogs.choice import Pick
from tui.widgets.pick_list import Item


class MoreActions(Pick):
    """Actions as (id, title, what it is for, why it does not fit or ""). Dismisses with the id of one that fits."""

    MOST_LINES: ClassVar[int] = 16
    """All of them at 24 lines, with some reasons on two."""

    def __init__(self, title: str, actions: Sequence[tuple[str, str, str, str]]) -> None:
        super().__init__(
            title, [Item(action, name, about, reason) for action, name, about, reason in actions]
        )
