"""KeyOrder: keys that arrive together each reach what the one before it put in focus."""

from typing import Any, ClassVar

import anyio
import pytest
from rich.console import RenderableType
from textual import events
from textual.app import App, ComposeResult
from textual.binding import Binding, BindingType
from textual.screen import ModalScreen, Screen
from textual.widgets import Input

from tui.key_order import KeyOrder

pytestmark = pytest.mark.anyio


class Asked(ModalScreen[str]):
    """A dialog that puts its own focus when it is mounted, and gives back what was typed."""

    AUTO_FOCUS = "#asked"

    def compose(self) -> ComposeResult:
        """One line."""
        yield Input(id="asked")

    def on_input_submitted(self, event: Input.Submitted) -> None:
        """Enter closes it."""
        event.stop()
        self.dismiss(event.value)


class Page(App[None]):
    """Two lines, a key that goes to the next, and one that opens a dialog."""

    AUTO_FOCUS = "#first"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("down", "app.focus_next", ""),
        Binding("f2", "ask", ""),
        Binding("f3", "shut", ""),
        Binding("f4", "think", ""),
    ]

    def __init__(self) -> None:
        super().__init__()
        self.answer: str | None = None
        self.values: dict[str | None, str] = {}
        self._order = KeyOrder(self, super().on_event)

    async def on_event(self, event: events.Event) -> None:
        """As RollcallApp does."""
        if isinstance(event, events.Key | events.Paste) and not event.is_forwarded:
            await self._order.take(event)
        else:
            await super().on_event(event)

    def compose(self) -> ComposeResult:
        """The lines."""
        yield Input(id="first")
        yield Input(id="second")

    def action_ask(self) -> None:
        """Opens the dialog."""

        def answered(answer: str | None) -> None:
            self.answer = answer

        self.push_screen(Asked(), answered)

    async def action_think(self) -> None:
        """Takes longer than a key waits for a widget that is gone, and moves the focus at last."""
        await anyio.sleep(0.4)
        self.query_one("#second").focus()

    async def action_shut(self) -> None:
        """Takes away the widget that the key came to."""
        if self.focused is not None:
            await self.focused.remove()
        self.query_one("#second").focus()


async def typed(*keys: str) -> Page:
    """All keys at once, as one read from the terminal brings them."""
    app = Page()
    async with app.run_test() as pilot:
        for key in keys:
            sent: Any = events.Paste(key[1:]) if key.startswith("!") else None
            app.post_message(sent or events.Key(key, key if len(key) == 1 else None))
        for _ in range(20):
            await pilot.pause()
        app.values = {each.id: each.value for each in app.query(Input)}
    return app


async def test_letters_after_a_key_that_moves_the_focus_go_to_the_new_line() -> None:
    app = await typed("a", "b", "down", "c", "d", "!pasted", "e")
    assert app.values == {"first": "ab", "second": "cdpastede"}


async def test_letters_after_a_key_that_opens_a_dialog_go_to_the_dialog() -> None:
    app = await typed("a", "f2", "x", "y", "enter", "b")
    assert app.answer == "xy"
    assert app.values == {"first": "ab", "second": ""}


async def test_a_key_whose_widget_is_taken_away_holds_nothing_up() -> None:
    app = await typed("f3", "z")
    assert app.values == {"second": "z"}


async def test_a_key_waits_for_a_widget_that_is_slow_to_answer() -> None:
    app = Page()
    async with app.run_test() as pilot:
        for key in ("f4", "z"):
            app.post_message(events.Key(key, key if len(key) == 1 else None))
        with anyio.fail_after(20):
            while not any(each.value for each in app.query(Input)):
                await pilot.pause()
        assert app.query_one("#second", Input).value == "z"


async def test_what_a_key_changed_is_drawn_without_the_wait_for_the_next_frame(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("textual.screen.UPDATE_PERIOD", 3600)
    app = Page()
    async with app.run_test():
        drawn = {"a": anyio.Event(), "ab": anyio.Event()}
        display = app._display

        def displayed(screen: Screen[Any], picture: RenderableType | None) -> None:
            display(screen, picture)
            if event := drawn.get(app.query_one(Input).value):
                event.set()

        monkeypatch.setattr(app, "_display", displayed)
        for text, event in drawn.items():
            app.post_message(events.Key(text[-1], text[-1]))
            # not by the pilot: its pauses draw
            with anyio.fail_after(5):
                await event.wait()
