"""The writing window on the screen: asked before it opens, counted down in the header, closed by itself."""

from pathlib import Path

import pytest

from tests.sandbox import Endpoints
from tests.tui.screens.program import ADELE, page, press, program, running, screen_text, settled, until

pytestmark = pytest.mark.anyio


async def test_what_is_staged_is_applied_once_the_window_is_open(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="security-groups", writing_window="30m")
    async with running(app) as pilot:
        assert "Open or close writing" in [words for _, words in page(pilot).keys()]  # noqa: SIM118
        await press(pilot, "space")
        assert "1 change on this tab" in screen_text(pilot)
        await press(pilot, "f2", "enter")
        assert "Writing is closed: W opens the writing window." in screen_text(pilot)
        await press(pilot, "W")
        shown = screen_text(pilot)
        assert "Open the writing window?" in shown
        assert "Open for 30 min" in shown
        # the harmless button has the focus
        await press(pilot, "enter")
        assert app.session is not None
        assert app.session.writing.closed
        await press(pilot, "W", "tab", "enter")
        await until(pilot, lambda: "Writing 30 min" in screen_text(pilot))
        assert "It closes by itself." in screen_text(pilot)
        await press(pilot, "enter")
        await until(pilot, lambda: "succeeded" in screen_text(pilot) or "1 done" in screen_text(pilot))
        await settled(pilot)
        await press(pilot, "W", "tab", "enter")
        await until(pilot, lambda: "Writing 30 min" not in screen_text(pilot))
        assert app.session.writing.closed


async def test_where_the_profile_has_none_the_key_is_not_there(tenant: Endpoints, tmp_path: Path) -> None:
    app = program(tenant, tmp_path, user=ADELE)
    async with running(app) as pilot:
        await press(pilot, "W")
        assert "writing window" not in screen_text(pilot)
        assert "Open or close writing" not in [words for _, words in page(pilot).keys()]  # noqa: SIM118
