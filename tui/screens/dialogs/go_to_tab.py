"""GoToTab: any tab by part of its name; hidden ones are there too, and say why they are hidden."""

from collections.abc import Sequence

from tui.screens.dialogs.choice import Pick
from tui.widgets.pick_list import Item


class GoToTab(Pick):
    """Tabs as (id, title, why there is nothing to see on it or "", whether it can be gone to all the same).

    Dismisses with the id of a tab that can be gone to.
    """

    def __init__(self, tabs: Sequence[tuple[str, str, str, bool]], current: str = "") -> None:
        items = [Item(tab, title, reason=reason, open=shown) for tab, title, reason, shown in tabs]
        super().__init__("Go to tab", items, current)
