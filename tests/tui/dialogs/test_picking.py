"""Choice, GoToTab and UserPicker: type, move, Enter."""

import asyncio

import pytest
from textual.pilot import Pilot

from services.errors import Unreachable
from tests.tui.stage import HOSTILE, Stage, assert_harmless, drawn, lines_of, on_stage, open_dialog
from tui.screens.dialogs.choice import Choice
from tui.screens.dialogs.go_to_tab import GoToTab
from tui.screens.dialogs.more_actions import MoreActions
from tui.screens.dialogs.user_picker import UserPicker
from tui.widgets.note_line import NoteLine
from tui.widgets.pick_list import Item, PickList, matching

pytestmark = pytest.mark.anyio

COUNTRIES = [("DE", "Germany"), ("FR", "France"), ("GF", "French Guiana"), ("US", "United States")]
TABS = [
    ("basics", "Basics", "", True),
    ("mail", "Mail", "no Exchange licence", False),
    ("security-groups", "Security groups", "", True),
    ("mail-groups", "Mail-enabled security groups", "no Exchange licence", False),
    ("sign-ins", "Sign-ins", "a consent is missing; Enter tries again", True),
]


def test_every_typed_word_must_occur_and_beginnings_come_first() -> None:
    items = [Item("1", "Old French"), Item("2", "French Guiana"), Item("3", "Germany")]
    assert [item.key for item in matching(items, "fre")] == ["2", "1"]
    assert [item.key for item in matching(items, "gui fr")] == ["2"]


@pytest.mark.parametrize(
    ("keys", "result"),
    [
        (("enter",), "FR"),
        (("down", "enter"), "GF"),
        (("u", "n", "i", "enter"), "US"),
        (("f", "r", "down", "enter"), "GF"),
        (("x", "x", "enter", "escape"), None),
    ],
)
async def test_choice(keys: tuple[str, ...], result: str | None) -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, Choice("Usage location", COUNTRIES, "FR"))
        for key in keys:
            await pilot.press(key)
            await pilot.pause()
        assert app.results == [result]

    await on_stage(app, act)


async def test_a_click_on_the_cursor_chooses() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, Choice("Usage location", COUNTRIES))
        await pilot.click(PickList, offset=(5, 3))
        assert not app.results
        await pilot.click(PickList, offset=(5, 3))
        assert app.results == ["US"]

    await on_stage(app, act)


async def test_hidden_tabs_say_why_and_cannot_be_chosen() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, GoToTab(TABS, "basics"))
        assert any("Mail  (no Exchange licence)" in line for line in drawn(app))
        await pilot.press("m", "a", "i", "l", "enter")
        await pilot.pause()
        assert not app.results
        await pilot.press(*["backspace"] * 4, *"secu", "enter")
        await pilot.pause()
        assert app.results == ["security-groups"]

    await on_stage(app, act)


async def test_what_is_typed_fits_better_than_where_one_is() -> None:
    app = Stage()
    tabs = [(tab, title, "", True) for tab, title, _, _ in TABS]

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, GoToTab(tabs, "mail-groups"))
        await pilot.press("m", "a", "i", "l", "enter")
        await pilot.pause()
        assert app.results == ["mail"]

    await on_stage(app, act)


async def test_the_newest_search_wins() -> None:
    app = Stage()
    asked: list[str] = []
    first = asyncio.Event()

    async def search(text: str) -> list[tuple[str, str, str]]:
        asked.append(text)
        if text == "a":
            await first.wait()
        return [(text, f"User {text}", f"{text}@contoso.example")]

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, UserPicker("Manager", search, pause=0))
        await pilot.press("a")
        await pilot.pause()
        await pilot.press("b")
        await app.workers.wait_for_complete()
        first.set()
        await pilot.pause()
        assert asked[-1] == "ab"
        assert any("ab@contoso.example" in line for line in drawn(app))
        await pilot.press("enter")
        await pilot.pause()
        assert app.results == ["ab"]

    await on_stage(app, act)


async def test_a_search_waits_for_the_typing_to_pause() -> None:
    app = Stage()
    asked: list[str] = []

    async def search(text: str) -> list[tuple[str, str, str]]:
        asked.append(text)
        return []

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, UserPicker("Manager", search, pause=3600))
        await pilot.press(*"adele")
        await pilot.pause()
        assert not asked
        await pilot.press("escape")

    await on_stage(app, act)


async def test_a_failed_search_says_so() -> None:
    app = Stage()

    async def search(text: str) -> list[tuple[str, str, str]]:
        raise Unreachable("No answer from graph.example: [/x \x1b[2J")

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, UserPicker("Manager", search, pause=0))
        await pilot.press("a")
        await app.workers.wait_for_complete()
        await pilot.pause()
        assert "No answer from graph.example" in lines_of(app.screen.query_one(NoteLine))[0]
        assert_harmless(app)

    await on_stage(app, act)


async def test_hostile_items() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, Choice(HOSTILE[0], [(text, text) for text in HOSTILE]))
        for _ in HOSTILE:
            assert_harmless(app)
            await pilot.press("down")
        await pilot.press("escape")
        await open_dialog(app, pilot, GoToTab([(text, text, text, False) for text in HOSTILE]))
        await pilot.press("[", "/", "x")
        await pilot.pause()
        assert_harmless(app)

    await on_stage(app, act)


LONG = "only Local and Hybrid accounts: here Reset password with a change at the first sign-in does the same"
ACTIONS = [
    ("reset", "Reset password", "Sets a new password.", ""),
    ("expire", "Expire password", "", LONG),
    ("block", "Block sign-in", "Ends the user's sign-in.", ""),
]


@pytest.mark.parametrize("width", [40, 80])
async def test_a_reason_is_told_in_full_on_as_many_lines_as_it_needs(width: int) -> None:
    """The cursor cannot go there, and no key tells what is cut off."""
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, MoreActions("More actions", ACTIONS))
        await pilot.pause()
        told = " ".join(" ".join(lines_of(app.screen.query_one(PickList))).split())
        assert f"Expire password ({LONG})" in told
        assert "Block sign-in" in told
        await pilot.press("down", "enter")
        await pilot.pause()
        assert app.results == ["block"]

    await on_stage(app, act, size=(width, 24))


async def test_reasons_are_broken_anew_when_the_terminal_changes() -> None:
    app = Stage()

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, MoreActions("More actions", ACTIONS))
        await pilot.press("down")
        await pilot.resize_terminal(40, 24)
        await pilot.pause()
        told = " ".join(" ".join(lines_of(app.screen.query_one(PickList))).split())
        assert f"Expire password ({LONG})" in told
        await pilot.press("enter")
        await pilot.pause()
        assert app.results == ["block"]

    await on_stage(app, act)


async def test_what_cannot_be_chosen_can_be_read_to_its_end() -> None:
    """As of all actions where nothing may be changed: no cursor leads there."""
    app = Stage()
    actions = [(str(number), f"Action {number}", "", LONG) for number in range(13)]

    async def act(pilot: Pilot[None]) -> None:
        await open_dialog(app, pilot, MoreActions("More actions", actions))
        await pilot.pause()
        picks = app.screen.query_one(PickList)
        assert not any("Action 12" in line for line in lines_of(picks))
        await pilot.press(*["down"] * 10)
        await pilot.pause()
        assert any("Action 12" in line for line in lines_of(picks))
        await pilot.press("pageup")
        await pilot.pause()
        assert any("Action 0" in line for line in lines_of(picks))
        await pilot.press("pagedown", "enter")
        await pilot.pause()
        assert any("Action 12" in line for line in lines_of(picks))
        assert not app.results

    await on_stage(app, act)
