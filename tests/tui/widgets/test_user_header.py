"""The header says which user of which tenant, whatever their names are."""

import io

import pytest
from PIL import Image
from textual.drivers.headless_driver import HeadlessDriver
from textual.pilot import Pilot
from textual.widget import Widget

from services.user import Tag, User
from tests.tui.stage import HOSTILE, Stage, assert_harmless, lines_of, on_stage
from tui.drawing import Drawing
from tui.widgets.user_header import UserHeader, initials

pytestmark = pytest.mark.anyio

USER = User(id="1", display_name="Adele Vance", user_principal_name="adelev@contoso.example")


async def shown(width: int, user: User | None, tags: list[Tag], risk: str, tenant: str, sandbox: bool) -> str:
    """The line, after checking that it is one and harmless."""
    header = UserHeader()
    app = Stage(header)
    lines: list[str] = []

    async def act(pilot: Pilot[None]) -> None:
        header.show(user, "Cloud user", tags, risk, tenant, sandbox)
        await pilot.pause()
        assert_harmless(app)
        lines.extend(lines_of(header))

    await on_stage(app, act, (width, 5))
    assert len(lines) == 1
    return lines[0]


async def test_all_of_it_at_120_columns() -> None:
    line = await shown(120, USER, [Tag("Sign-in blocked", "error")], "high", "Contoso", False)
    assert line.startswith(" Adele Vance  adelev@contoso.example  Cloud user · Sign-in blocked · Risk: high ")
    assert line.rstrip().endswith("Contoso")


async def test_the_user_name_gives_way_before_the_tags() -> None:
    line = await shown(80, USER, [Tag("Sign-in blocked", "error")], "high", "Contoso", False)
    assert "Sign-in blocked · Risk: high" in line
    assert "adelev@contoso.example" not in line
    assert "Adele Vance  adelev" in line


async def test_a_long_name_gives_way_too() -> None:
    user = User(id="1", display_name="Hubert Blaine " * 6, user_principal_name="h@contoso.example")
    line = await shown(80, user, [Tag("Sign-in blocked", "error")], "high", "Contoso", False)
    assert "Sign-in blocked · Risk: high" in line
    assert line.startswith(" Hubert Bla")


@pytest.mark.parametrize("tenant", ["sandbox", "Fabrikam"])
async def test_the_sandbox_says_so(tenant: str) -> None:
    assert "sandbox" in await shown(80, USER, [], "", tenant, True)


async def test_what_is_open_for_a_while_stands_before_the_tenant() -> None:
    header = UserHeader()
    header.show_windows(["Writing 12 min"])
    app = Stage(header)
    lines: list[str] = []

    async def act(pilot: Pilot[None]) -> None:
        header.show(USER, "Cloud user", [Tag("Sign-in blocked", "error")], "high", "Contoso", False)
        await pilot.pause()
        lines.extend(lines_of(header))
        header.show_windows([])
        await pilot.pause()
        lines.extend(lines_of(header))

    await on_stage(app, act, (80, 5))
    assert "Risk: high  Writing 12 min  Contoso" in lines[0]
    assert "Writing" not in lines[1]


async def test_the_tenant_is_there_before_the_user_is() -> None:
    assert "Contoso" in await shown(80, None, [], "", "Contoso", False)


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_names(text: str) -> None:
    user = User(id="1", display_name=text, user_principal_name=text)
    for width in (40, 80):
        await shown(width, user, [Tag(text)], text, text, False)


@pytest.mark.parametrize(
    ("name", "letters"),
    [
        ("Adele Vance", "AV"),
        ("adele", "A"),
        ("Ludwig van Beethoven (Vienna)", "LB"),
        ("山田太郎", "山"),
        ("'t Hooft, 3 Gerard", "TG"),
        ("Łukasz Ożóg", "ŁO"),
        ("e\u0301va \U0001f600", "E\u0301"),
        ("42 \x1b[2J", "J"),
        ("[]\u202e", ""),
    ],
)
def test_initials(name: str, letters: str) -> None:
    assert initials(name) == letters


def _jpeg(color: str) -> bytes:
    written = io.BytesIO()
    Image.new("RGB", (96, 96), color).save(written, "JPEG")
    return written.getvalue()


@pytest.mark.parametrize("drawing", [Drawing.HALF_CELLS, Drawing.KITTY, Drawing.SIXEL])
async def test_a_photo_stands_beside_two_lines(
    drawing: Drawing, capfd: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    written: list[str] = []
    monkeypatch.setattr(HeadlessDriver, "write", lambda driver, data: written.append(data))
    header = UserHeader()
    app = Stage(header)
    user = User(id="1", display_name="Adele Vance", user_principal_name="a@x.example", job_title="Manager")

    async def act(pilot: Pilot[None]) -> None:
        def show(*tags: Tag) -> list[str]:
            header.show(user, "Cloud user", tags, "high", "Contoso", False, "AV")
            return lines_of(header)

        assert show()[0].startswith(" AV  Adele Vance  a@x.example  Cloud user · Risk: high ")
        await header.show_photo(_jpeg("red"), drawing)
        await pilot.pause()
        first, second = show(Tag("Sign-in blocked", "error"))
        assert (first[:34].strip(), first.rstrip()[-7:]) == ("Adele Vance  a@x.example", "Contoso")
        assert second.strip() == "Cloud user · Sign-in blocked · Risk: high"
        (image,) = header.children
        assert (image.region.x, image.region.size) == (0, (4, 2))
        cells = "".join(line for widget in app.screen.walk_children(Widget) for line in lines_of(widget))
        assert {Drawing.HALF_CELLS: "▀▀▀▀", Drawing.KITTY: "\U0010eeee", Drawing.SIXEL: "\x1bP0;0;0q"}[
            drawing
        ] in cells
        await header.show_photo(_jpeg("blue"), drawing)
        assert list(header.children) != [image]
        await header.show_photo(b"", drawing)
        await pilot.pause()
        assert not header.children
        assert len(show()) == 1

    await on_stage(app, act, (80, 24))
    told, errors = capfd.readouterr()
    # what is drawn goes through the driver alone, and nothing is asked of the terminal
    assert (told, errors) == ("", "")
    sent = "".join(written)
    assert ("\x1b_Gi=" in sent, "\x1b_Ga=d" in sent) == (drawing is Drawing.KITTY,) * 2
    assert ("\x1b[16t" in sent, "\x1b[c" in sent) == (False, False)
