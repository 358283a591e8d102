"""What a page hears: signals as long as it is there; afterwards they do not keep it."""

import gc
from weakref import ref

import pytest
from textual.app import App
from textual.screen import Screen
from textual.signal import Signal

from tui.hearing import Hearing

pytestmark = pytest.mark.anyio


class Listener(Hearing, Screen[None]):
    """Notes what it hears."""

    def __init__(self) -> None:
        super().__init__()
        self.heard: list[str] = []

    def on_mount(self) -> None:
        """Follows the app's signal."""
        assert isinstance(self.app, Desk)
        self.hear(self.app.failed, lambda text: self.heard.append(text))


class Desk(App[None]):
    """An app with something to tell."""

    failed: Signal[str]

    def on_mount(self) -> None:
        """Makes the signal."""
        self.failed = Signal(self, "failed")


async def test_a_closed_page_hears_nothing_and_is_not_kept() -> None:
    app = Desk()
    async with app.run_test() as pilot:
        page = Listener()
        await app.push_screen(page)
        app.failed.publish("one")
        await pilot.pause()
        assert page.heard == ["one"]
        gone, heard = ref(page), page.heard
        await app.pop_screen()
        await pilot.pause()
        del page
        gc.collect()
        assert gone() is None
        app.failed.publish("two")
        await pilot.pause()
        assert heard == ["one"]
