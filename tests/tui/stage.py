"""A bare app for one widget or dialog, and what is really on its screen."""

from collections.abc import Awaitable, Callable, Iterator
from typing import Any, TypeVar

from textual.app import App, ComposeResult
from textual.message import Message
from textual.pilot import Pilot
from textual.screen import Screen
from textual.widget import Widget

HOSTILE = (
    "[/x",
    "[/x]",
    "[@click=app.quit]x[/]",
    "[red",
    "\x1b[2J\x1b[31mred",
    "\x1b]52;c;aGFjaw==\x1b\\",
    "a\x9b31mb\x85c\x00",
    "\u202etxt.exe\u202c \u2066x\u2069",
    "\ud800 lone",
    "line\nbreak\r\ttab\u2028sep",
    "山田太郎 \u0645\u0631\u062d\u0628\u0627 👩\u200d👩\u200d👧",
    "e" + "\u0301" * 40,
)
"""What a directory may hold after all."""

Shown = TypeVar("Shown", bound=Message)


class Stage(App[None]):
    """Shows the widgets it is given, and keeps the messages that came out of them."""

    ENABLE_COMMAND_PALETTE = False

    def __init__(self, *shown: Widget, ascii_only: bool = False) -> None:
        super().__init__()
        self._shown = shown
        self.seen: list[Message] = []
        self.results: list[Any] = []
        self.set_class(ascii_only, "-ascii")

    def compose(self) -> ComposeResult:
        """The widgets below one another."""
        yield from self._shown

    def of(self, kind: type[Shown]) -> list[Shown]:
        """The messages of one kind, in order."""
        found = [message for message in self.seen if isinstance(message, kind)]
        return list(dict.fromkeys(found))


def lines_of(widget: Widget) -> list[str]:
    """The lines of one widget as they are drawn."""
    return [strip.text for strip in widget.render_lines(widget.size.region)]


def drawn(app: App[Any]) -> Iterator[str]:
    """Every line that any widget of the screen draws."""
    for widget in app.screen.walk_children(Widget):
        if widget.display and widget.size.area and not widget.children:
            yield from lines_of(widget)


def assert_harmless(app: App[Any]) -> None:
    """Nothing on the screen is a character that a terminal would obey or hide."""
    for line in drawn(app):
        bad = [char for char in line if not char.isprintable() and char not in "\u200c\u200d"]
        assert not bad, f"{bad!r} in {line!r}"


async def on_stage(
    app: Stage, act: Callable[[Pilot[None]], Awaitable[None]], size: tuple[int, int] = (80, 24)
) -> None:
    """Run the app and the scene."""
    async with app.run_test(size=size, message_hook=app.seen.append) as pilot:
        await pilot.pause()
        await act(pilot)


async def open_dialog(app: Stage, pilot: Pilot[None], dialog: Screen[Any]) -> None:
    """Push the dialog; its result goes to `app.results`."""
    await app.push_screen(dialog, app.results.append)
    await pilot.pause()
