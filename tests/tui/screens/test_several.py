"""Several users together: marked on the users page, switched at once, staged and applied for each of them."""

from pathlib import Path
from typing import Any

import pytest
from textual.pilot import Pilot

from services.shared_rows import SharedRow
from state.values import ProcessStatus
from tests.journeys.served import ask
from tests.sandbox import Endpoints
from tests.tui.screens.program import page, press, program, running, screen_text, settled, type_text, until
from tui.screens.dialogs.details import Details
from tui.screens.dialogs.go_to_tab import GoToTab
from tui.screens.review import ReviewScreen
from tui.screens.several import MOST, SeveralScreen
from tui.screens.user import UserScreen
from tui.screens.users import UsersScreen
from tui.screens.views.shared_view import SharedView
from tui.widgets.shared_table import SharedTable

pytestmark = pytest.mark.anyio

WHO = ("adelev@contoso.example", "alexw@contoso.example", "joniw@contoso.example")
"""The second one is in few groups, the third one has no usage location."""


async def mark(pilot: Pilot[None], *who: str) -> None:
    """Marks these users, each found by the search."""
    for upn in who:
        await press(pilot, "slash")
        await type_text(pilot, upn)
        assert "Tab Mark" in screen_text(pilot)
        await press(pilot, "tab", "escape")


async def opened(pilot: Pilot[None], *who: str, tab: str) -> SeveralScreen:
    """These users, opened together at a tab."""
    await mark(pilot, *who)
    await press(pilot, "enter")
    await settled(pilot)
    screen = pilot.app.screen
    assert isinstance(screen, SeveralScreen)
    await press(pilot, "t")
    await type_text(pilot, tab)
    await press(pilot, "enter")
    await settled(pilot)
    return screen


def table(pilot: Pilot[None]) -> SharedTable:
    """The table of the tab on show."""
    return next(each for each in pilot.app.screen.query(SharedTable) if each.parent and each.parent.display)


def row_of(pilot: Pilot[None], held: int, *, locked: int = 0) -> SharedRow:
    """The first row that is on for so many of them, and that is locked for so many."""
    view = table(pilot).parent
    assert isinstance(view, SharedView)
    return next(
        row
        for row in table(pilot).rows
        if isinstance(row, SharedRow)
        and row.held == (held,)
        and sum(bool(own.lock(0)) for _, own in view.own_rows(row.key)) == locked
    )


def members(tenant: Endpoints, group: str) -> set[str]:
    """Ids of who is in the group, as the tenant says."""
    path = f"/v1.0/groups/{group}/members?$select=id&$top=999"
    status, body = ask(tenant.graph_url, tenant.token, "GET", path)
    assert status == 200
    return {each["id"] for each in body["value"]}


def licences(tenant: Endpoints, upn: str) -> tuple[str | None, list[Any]]:
    """Usage location and licences of a user."""
    path = f"/v1.0/users/{upn}?$select=usageLocation,assignedLicenses"
    _, body = ask(tenant.graph_url, tenant.token, "GET", path)
    return body["usageLocation"], body["assignedLicenses"]


async def apply(pilot: Pilot[None]) -> None:
    """Reviews and applies what is staged, and waits for the process."""
    await press(pilot, "f2")
    await settled(pilot)
    assert isinstance(pilot.app.screen, ReviewScreen)
    await press(pilot, "enter")
    desk = page(pilot).desk
    await until(pilot, lambda: desk.processes and desk.processes[0].status is ProcessStatus.SUCCEEDED)
    await settled(pilot)


async def test_marks_say_what_enter_opens(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path), (120, 30)) as pilot:
        await mark(pilot, WHO[1])
        assert "1 marked" in screen_text(pilot)
        assert "Enter Open the marked one" in screen_text(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, UserScreen)
        assert WHO[1] in screen_text(pilot)
        await press(pilot, "f10")
        await mark(pilot, WHO[0])
        assert "2 marked" in screen_text(pilot)
        assert "Enter Open 2 together" in screen_text(pilot)
        await press(pilot, "]")
        assert "2 marked, 2 of them not on this tab" in screen_text(pilot)
        await press(pilot, "[", "u")
        assert "marked" not in screen_text(pilot)
        await press(pilot, "home", "enter")
        assert isinstance(pilot.app.screen, UserScreen)


async def test_no_more_are_opened_together_than_can_be_read(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        screen = pilot.app.screen
        assert isinstance(screen, UsersScreen)
        assert screen.view is not None
        screen.view.table.set_marked([str(number) for number in range(MOST + 1)])
        await press(pilot, "enter")
        assert f"{MOST + 1} users are marked; {MOST} can be opened together" in screen_text(pilot)


async def test_a_switch_is_set_for_all_then_for_none_then_undone(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        screen = await opened(pilot, WHO[0], WHO[1], tab="security")
        assert "2 users  Adele Vance, Alex Wilber" in screen_text(pilot)
        row = row_of(pilot, 1)
        table(pilot).move_to(row.key)
        has, lacks = sorted(screen.subjects, key=lambda user: user.id not in members(tenant, row.key))
        await press(pilot, "space")
        assert [(c.user, c.before, c.after) for c in screen.staging.all] == [(lacks.id, False, True)]
        assert "[x] ✎" in screen_text(pilot)
        assert "1 change on this tab" in screen_text(pilot)
        await press(pilot, "tilde")
        assert "on for 1 of 2 → on for 2 of 2" in screen_text(pilot)
        await press(pilot, "escape", "space")
        assert [(c.user, c.before, c.after) for c in screen.staging.all] == [(has.id, True, False)]
        assert "[ ] ✎" in screen_text(pilot)
        await press(pilot, "f3")
        assert isinstance(pilot.app.screen, Details)
        details = screen_text(pilot)
        assert "on → off (staged)" in details
        assert f"{has.name}, Member" in details
        await press(pilot, "escape", "u")
        assert not screen.staging.all
        assert "[-]  " in screen_text(pilot)


async def test_what_is_staged_for_one_alone_shows_as_for_some(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        screen = await opened(pilot, WHO[0], WHO[1], tab="security")
        row = row_of(pilot, 0)
        table(pilot).move_to(row.key)
        await press(pilot, "space")
        assert len(screen.staging.all) == 2
        await screen.staging.discard(screen.staging.all[:1])
        await settled(pilot)
        assert table(pilot).is_some(row, 0)
        assert "[-] ✎" in screen_text(pilot)
        before = table(pilot).on_count(0)
        await press(pilot, "space")
        assert len(screen.staging.all) == 2
        assert table(pilot).on_count(0) == before, "for someone before and after"
        await screen.staging.discard(screen.staging.all)


async def test_one_process_applies_it_for_each(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        screen = await opened(pilot, WHO[0], WHO[1], tab="security")
        row = row_of(pilot, 0)
        table(pilot).move_to(row.key)
        await press(pilot, "space")
        await apply(pilot)
        ids = {user.id for user in screen.subjects}
        assert ids <= members(tenant, row.key)
        assert "Apply changes · 2 users" in page(pilot).desk.processes[0].title
        assert table(pilot).row(row.key) == row_as(pilot, row.key, (2,))
        await press(pilot, "space")
        await apply(pilot)
        assert not ids & members(tenant, row.key)


def row_as(pilot: Pilot[None], key: str, held: tuple[int, ...]) -> SharedRow:
    """The row with this key, which must be on for so many."""
    found = table(pilot).row(key)
    assert isinstance(found, SharedRow)
    assert found.held == held
    return found


async def test_a_usage_location_is_asked_once_for_who_lacks_one(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        screen = await opened(pilot, WHO[1], WHO[2], tab="licen")
        row = row_of(pilot, 0)
        table(pilot).move_to(row.key)
        before = {upn: licences(tenant, upn) for upn in WHO[1:]}
        await press(pilot, "space")
        await settled(pilot)
        await press(pilot, "enter")
        await settled(pilot)
        fields = sorted((c.tab, c.user_name) for c in screen.staging.all)
        assert fields == [("basics", WHO[2]), ("licenses", WHO[1]), ("licenses", WHO[2])]
        await apply(pilot)
        for upn in WHO[1:]:
            location, held = licences(tenant, upn)
            assert location
            assert row.key in {each["skuId"].lower() for each in held}
            assert len(held) == len(before[upn][1]) + 1


async def test_who_cannot_be_switched_is_left_out_and_named(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path), (120, 30)) as pilot:
        screen = await opened(pilot, WHO[0], WHO[1], tab="security")
        row = row_of(pilot, 1, locked=1)
        table(pilot).move_to(row.key)
        await press(pilot, "space")
        assert len(screen.staging.all) == 1
        assert "[x] ✎" in screen_text(pilot)
        await press(pilot, "space")
        assert "Left out: Adele Vance (Member through the group" in screen_text(pilot)
        assert not screen.staging.all
        assert table(pilot).is_some(row, 0)


async def test_switches_that_are_looked_up_are_of_each_user(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path)) as pilot:
        await opened(pilot, WHO[0], WHO[1], tab="shared")
        await until(pilot, lambda: "[·]" not in screen_text(pilot))
        first = next(row for row in table(pilot).rows if row.name == "Accounts Payable")
        assert isinstance(first, SharedRow)
        view = table(pilot).parent
        assert isinstance(view, SharedView)
        (adele, hers), (_, his) = view.own_rows(first.key)
        assert (adele.name, hers.on) == ("Adele Vance", (True, True, True))
        assert first.held == tuple(1 + bool(on) for on in his.on)
        assert None not in his.on


async def test_tabs_that_are_not_for_all_of_them_say_so(tenant: Endpoints, tmp_path: Path) -> None:
    async with running(program(tenant, tmp_path), (120, 40)) as pilot:
        await opened(pilot, WHO[0], "leeg@contoso.example", tab="security")
        await press(pilot, "t")
        assert isinstance(pilot.app.screen, GoToTab)
        listed = screen_text(pilot)
        assert "one user at a time: open the user alone" in listed
        assert "Lee Gu: no Exchange licence" in listed
        await press(pilot, "escape", "e")
        assert "exported for one user at a time" in screen_text(pilot)
        await press(pilot, "c")
        assert "open the user alone" in screen_text(pilot)
        await press(pilot, "f5")
        await settled(pilot)
        assert "on for someone in" in screen_text(pilot)
