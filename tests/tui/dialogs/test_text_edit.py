"""A text of several lines is kept as typed, and cannot be kept while it is wrong."""

import pytest
from textual.pilot import Pilot
from textual.widgets import Static

from services.errors import InvalidInput
from services.operation import Json
from tests.tui.stage import HOSTILE, Stage, assert_harmless, drawn, on_stage, open_dialog
from tui.screens.dialogs.text_edit import TextEdit
from tui.widgets.text_box import TextBox

pytestmark = pytest.mark.anyio


def short(text: str) -> Json:
    """At most twenty characters."""
    if len(text) > 20:
        raise InvalidInput("At most 20 characters.")
    return text


async def test_paragraphs_are_kept() -> None:
    app = Stage(Static())

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, TextEdit("Reply", "Away.", short))
        await pilot.press("enter", "o", "k", "f2")
        await pilot.pause()
        assert app.results == ["Away.\nok"]

    await on_stage(app, act)


async def test_what_is_wrong_is_said_and_not_kept() -> None:
    app = Stage(Static())

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, TextEdit("Reply", "x" * 20, short))
        await pilot.press("y", "f2")
        await pilot.pause()
        assert app.results == []
        assert "At most 20 characters." in " ".join(drawn(app))
        await pilot.press("escape")
        await pilot.pause()
        assert app.results == [None]

    await on_stage(app, act)


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text_is_only_text(text: str) -> None:
    app = Stage(Static())

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, TextEdit(text, text, None))
        assert app.screen.query_one(TextBox) is not None
        assert_harmless(app)

    await on_stage(app, act)
