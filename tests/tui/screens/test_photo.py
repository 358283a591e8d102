"""The photo in the header of a real page: there when the tenant has one, initials elsewhere, never in the way."""

from pathlib import Path

import pytest
from PIL import Image

from tests.sandbox import Endpoints, running_sandbox
from tests.tui.screens.program import ADELE, press, program, running, screen_text, type_text, until
from tests.tui.stage import lines_of
from tui.drawing import Drawing
from tui.screens.dialogs.form import FormDialog
from tui.widgets.user_header import UserHeader

pytestmark = pytest.mark.anyio


async def test_the_header_follows_the_photo_and_the_terminal(tenant: Endpoints, tmp_path: Path) -> None:
    file = tmp_path / "adele.png"
    Image.linear_gradient("L").convert("RGB").save(file)
    app = program(tenant, tmp_path / "state", user=ADELE, photo=Drawing.HALF_CELLS)
    async with running(app) as pilot:
        header = app.screen.query_one(UserHeader)
        assert lines_of(header)[0].startswith(" AV  Adele Vance")
        await press(pilot, "f9")
        await type_text(pilot, "change photo")
        await press(pilot, "enter")
        await type_text(pilot, str(file))
        await press(pilot, "f2")
        await until(pilot, lambda: "▀▀▀▀" in screen_text(pilot))
        assert [line.split()[:2] for line in lines_of(header)] == [["Adele", "Vance"], ["Cloud", "user"]]
        await pilot.resize_terminal(120, 40)
        await until(pilot, lambda: screen_text(pilot).splitlines().count("▀▀▀▀▀▀") == 3)
        assert lines_of(header)[2].split() == ["Sales", "Manager", "·", "Sales"]
        await pilot.resize_terminal(80, 20)
        await until(pilot, lambda: lines_of(header)[0].startswith(" AV  Adele Vance"))
        assert "▀" not in screen_text(pilot)
        await pilot.resize_terminal(80, 24)
        await press(pilot, "f9")
        await type_text(pilot, "remove photo")
        await press(pilot, "enter", "f2")
        await until(pilot, lambda: lines_of(header)[0].startswith(" AV  Adele Vance"))


async def test_a_picture_is_chosen_from_folder_to_folder(tenant: Endpoints, tmp_path: Path) -> None:
    (tmp_path / "pictures" / "team").mkdir(parents=True)
    Image.linear_gradient("L").convert("RGB").save(tmp_path / "pictures" / "team" / "adele.png")
    async with running(program(tenant, tmp_path / "state", user=ADELE)) as pilot:
        await press(pilot, "f9")
        await type_text(pilot, "change photo")
        await press(pilot, "enter")
        await type_text(pilot, f"{tmp_path}/pict")
        await press(pilot, "enter")
        await until(pilot, lambda: "pictures/" in screen_text(pilot))
        await press(pilot, "enter")
        await until(pilot, lambda: "the folder above" in screen_text(pilot))
        await press(pilot, "down", "enter")
        await until(pilot, lambda: "adele.png" in screen_text(pilot))
        await press(pilot, "down", "enter")
        await until(pilot, lambda: "Set photo (256 x 256" in screen_text(pilot))
        assert isinstance(pilot.app.screen, FormDialog)
        # what will do needs no list: Enter goes on
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, FormDialog)
        assert pilot.app.focused is pilot.app.screen.query_one("#cancel")


async def test_a_refused_photo_costs_the_page_nothing(tmp_path: Path) -> None:
    with running_sandbox(faults=("error-item:status=403,path=photos",)) as refusing:
        app = program(refusing, tmp_path, user=ADELE, photo=Drawing.SIXEL)
        async with running(app) as pilot:
            shown = screen_text(pilot)
    assert " AV  Adele Vance" in shown
    assert "Job title" in shown
    assert "403" not in shown
