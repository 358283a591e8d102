"""Acting: the keys of a tab's own actions, as its view needs them."""

from collections.abc import Sequence
from typing import TypeVar

from textual.app import App
from textual.binding import Binding
from textual.widget import Widget

from services.action import Action
from tui.widgets.key_bar import Hint

W = TypeVar("W", bound=Widget)


def keyed(kind: type[W], actions: Sequence[Action]) -> type[W]:
    """The kind of view that has the keys of these actions: Textual takes a widget's keys from its class."""
    keys = [
        Binding(action.key, f"act('{action.id}')", action.title, id=f"action.{action.id}")
        for action in actions
        if action.key
    ]
    return type(kind.__name__, (kind,), {"BINDINGS": keys}) if keys else kind


def key_hint(app: App[None], action: Action, objection: str) -> Hint:
    """The action's first key for the bottom line, dimmed where there is an objection."""
    shown = app.get_key_display(Binding(action.key.partition(",")[0], ""))
    return Hint(shown, action.title, not objection)
