"""The header says which user of which tenant, whatever their names are."""

import pytest
from textual.pilot import Pilot

from services.user import Tag, User
from tests.tui.stage import HOSTILE, Stage, assert_harmless, lines_of, on_stage
from tui.widgets.user_header import UserHeader

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


async def test_the_tenant_is_there_before_the_user_is() -> None:
    assert "Contoso" in await shown(80, None, [], "", "Contoso", False)


@pytest.mark.parametrize("text", HOSTILE)
async def test_hostile_names(text: str) -> None:
    user = User(id="1", display_name=text, user_principal_name=text)
    for width in (40, 80):
        await shown(width, user, [Tag(text)], text, text, False)
