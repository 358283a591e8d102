"""GoToTab: any tab by part of its name; hidden ones are there too, and say why they are hidden."""

from collections.abc import Sequence

from tui.screens.dialogs.choice import Pick
from tui.widgets.pick_list import Item


class GoToTab(Pick):
    """Tabs as (id, title, why it is hidden or ""). Dismisses with the id of a tab that is not hidden."""

    def __init__(self, tabs: Sequence[tuple[str, str, str]], current: str = "") -> None:
        items = [Item(tab, title, reason=reason) for tab, title, reason in tabs]
        super().__init__("Go to tab", items, current)
