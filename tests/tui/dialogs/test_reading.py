"""Details, TextView, Help, CopyText and PasteList: to read, to copy, to bring in."""

import stat
from pathlib import Path

import pytest
from textual.events import Paste
from textual.pilot import Pilot
from textual.screen import Screen

from tests.tui.stage import HOSTILE, Stage, assert_harmless, drawn, lines_of, on_stage, open_dialog
from tui.screens.dialogs.copy_text import CopyText
from tui.screens.dialogs.details import Details
from tui.screens.dialogs.help import Help
from tui.screens.dialogs.paste_list import PasteList, entries
from tui.screens.dialogs.text_view import TextView
from tui.widgets.note_line import NoteLine
from tui.widgets.text_box import TextBox

pytestmark = pytest.mark.anyio

PAIRS = [("Name", "Eng-Core"), ("Description", "word " * 60), ("Mail", "")]


def note(app: Stage) -> str:
    """What the dialog says."""
    return lines_of(app.screen.query_one(NoteLine))[0].strip()


async def test_details_wrap_and_copy() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, Details("Eng-Core", PAIRS, "8a-bc"))
        text = "\n".join(drawn(app))
        assert "Name         Eng-Core" in text
        assert text.count("word") == 60
        await pilot.press("y")
        assert app.clipboard == "Eng-Core"
        await pilot.press("r")
        assert app.clipboard == "8a-bc"
        await pilot.press("Y")
        assert app.clipboard.startswith("Name: Eng-Core\nDescription: word")
        await pilot.pause()
        assert "clipboard" in note(app)
        await pilot.press("f3")
        assert app.results == [None]

    await on_stage(app, act)


async def test_details_longer_than_the_terminal_scroll() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, Details("Row", [(f"label {n}", f"value {n}") for n in range(100)]))
        assert app.screen.query_one(NoteLine).region.bottom <= 24
        await pilot.press("end", "y")
        await pilot.pause()
        assert app.clipboard == "value 99"
        assert any("value 99" in line for line in drawn(app))

    await on_stage(app, act)


async def test_help_lists_keys_marks_and_tabs() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        shown = Help("User page", [("F2", "Apply")], [("✎", "staged")], [("Basics", "names and jobs")])
        await open_dialog(app, pilot, shown)
        text = "\n".join(drawn(app))
        for word in ("Keys", "Apply", "Marks", "staged", "Tabs", "names and jobs"):
            assert word in text
        await pilot.press("f1")
        assert app.results == [None]

    await on_stage(app, act)


async def test_copied_text_is_shown_and_saved_for_its_owner_alone(tmp_path: Path) -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, CopyText("one\ntwo", tmp_path / "copies"))
        assert app.clipboard == "one\ntwo"
        assert any("two" in line for line in drawn(app))
        await pilot.press("s")
        await pilot.pause()
        (saved,) = (tmp_path / "copies").iterdir()
        assert saved.read_text() == "one\ntwo"
        assert stat.S_IMODE(saved.stat().st_mode) == 0o600
        assert "Saved to" in note(app)
        await pilot.press("escape")
        assert app.results == [None]

    await on_stage(app, act, (160, 24))


async def test_a_file_that_cannot_be_written_is_said(tmp_path: Path) -> None:
    app = Stage()
    (tmp_path / "file").touch()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, CopyText("x", tmp_path / "file"))
        await pilot.press("s")
        await pilot.pause()
        assert "could not be saved" in note(app)

    await on_stage(app, act, (200, 24))


def test_entries_are_trimmed_and_come_once() -> None:
    assert entries(' a@x.example,\r\n"b b";\n\n a@x.example\n') == ["a@x.example", "b b"]


async def test_a_pasted_list_comes_back_as_lines() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, PasteList())
        await pilot.press("f2")
        assert not app.results
        app.screen.query_one(TextBox).post_message(Paste("Eng-Core\r\n\x1b]52;c;x\x1b\\Eng-All\n"))
        await pilot.pause()
        assert note(app) == "2 entries"
        assert_harmless(app)
        await pilot.press("f2")
        await pilot.pause()
        assert app.results == [["Eng-Core", "\ufffd]52;c;x\ufffd\\Eng-All"]]

    await on_stage(app, act)


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_text(text: str, tmp_path: Path) -> None:
    app = Stage()
    dialogs: list[Screen[None]] = [
        Details(text, [(text, text), (text, "")], text),
        TextView(text, text),
        Help(text, [(text, text)], [(text, text)], [(text, text)]),
        CopyText(text, tmp_path, text),
    ]

    async def act(pilot: Pilot[None]) -> None:
        for dialog in dialogs:
            await open_dialog(app, pilot, dialog)
            assert_harmless(app)
            await pilot.press("y")
            await pilot.pause()
            assert_harmless(app)
            await pilot.press("escape")
            await pilot.pause()

    await on_stage(app, act, (60, 20))
