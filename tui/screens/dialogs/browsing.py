"""Browsing: a path is chosen from what lies in a folder, and in the folders there."""

from collections.abc import Awaitable, Callable
from typing import TYPE_CHECKING, Any

from services.action import Question
from services.found import Found
from tui.screens.dialogs.user_picker import Line, UserPicker, lines_of
from tui.widgets.answer_lines import TextLine

if TYPE_CHECKING:
    from textual.app import App

_HOME = "~/"


def browse(
    app: "App[Any]", line: TextLine, find: Callable[[Question, str], Awaitable[Found]], folder: str = ""
) -> None:
    """Lists `folder`, or the one of what was typed; a file that is chosen is what the line holds then."""
    place, slash, begun = line.text.rpartition("/")
    begun = "" if folder else begun
    folder = folder or (f"{place}{slash}" if slash else _HOME)

    async def search(text: str) -> list[Line]:
        return lines_of(await find(line.question, f"{folder}{text}"), kinds=False)

    def chosen(path: str | None) -> None:
        if path is None:
            return
        if path.endswith("/"):
            browse(app, line, find, path)
        else:
            line.put(path)

    app.push_screen(UserPicker(folder, search, typed=begun, listed=True), chosen)
