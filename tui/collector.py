"""Collector: when Python looks for circles among objects: seldom, and often enough for memory to stay flat."""

import gc
from collections.abc import Callable
from typing import Final

_NEW_OBJECTS: Final = 10_000
"""Objects after which it looks for circles among the newest; few of ours are in any."""
_LEFT: Final = 10
"""Tabs left, after which it looks everywhere.

Textual makes a node for the style of every part of a widget that gets or loses the focus, in a circle with its
styles. By itself the collector comes to the older ones after some four hundred tabs, 40 MB later.
"""


class Collector:
    """Says to Python's collector when; `after_paint` calls what it is given when the screen has been painted."""

    def __init__(self, after_paint: Callable[[Callable[[], object]], object]) -> None:
        self._after_paint = after_paint
        self._furnished = False
        self._left = 0

    def begin(self) -> None:
        """It is off since the start of the command."""
        gc.enable()

    def connected(self) -> None:
        """The tenant is connected, and what that took is there for good."""
        self._spare()

    def tab_came(self) -> None:
        """The first tab is there, and with it all that every further one is made of."""
        if not self._furnished:
            self._furnished = True
            self._spare()

    def tab_left(self) -> None:
        """A tab was left, whose parts lost the focus."""
        self._left += 1
        if self._left % _LEFT == 0:
            self._after_paint(gc.collect)

    def _spare(self) -> None:
        """Keeps it from what is there (modules, styles).

        Looked through while a large list is built, that stops every key for a third of a second.
        """
        gc.freeze()
        gc.set_threshold(_NEW_OBJECTS)
