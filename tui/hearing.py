"""Hearing: the signals that a page or a tab follows, and gives up when it is closed."""

from collections.abc import Callable
from typing import TYPE_CHECKING, Any, TypeVar, cast

if TYPE_CHECKING:
    from textual.dom import DOMNode
    from textual.signal import Signal

T = TypeVar("T")


class Hearing:
    """For widgets. Textual's signal holds its subscribers, closed ones too until it is published once more.

    Some signals are published seldom, such as those of failures; a page that was left stayed in memory, with all
    that stood on it.
    """

    def hear(self, signal: "Signal[T]", then: Callable[[T], object]) -> None:
        """Calls `then` whenever the signal is published, as long as this widget is there."""
        signal.subscribe(self._node, then)
        self._heard().append(signal)

    def on_unmount(self) -> None:
        """Hears nothing any more."""
        for signal in self._heard():
            signal.unsubscribe(self._node)

    @property
    def _node(self) -> "DOMNode":
        return cast("DOMNode", self)

    def _heard(self) -> "list[Signal[Any]]":
        # where Textual's widgets are made, a mixin has no say
        return self.__dict__.setdefault("_heard_signals", [])  # type: ignore[no-any-return]
