"""One tab of switches for several users: of how many each is on, for whom it can be set, and who is left out."""

from collections.abc import AsyncIterator, Mapping
from typing import cast

import pytest

from services.columns import Column
from services.shared_rows import VARIES, Shared, settable, widened
from services.tabs.tab import Page, Row, Toggle, ToggleTab
from services.tenant import Tenant
from services.user import User

pytestmark = pytest.mark.anyio

ANN, BOB, EVE = (User(id=name, display_name=name.title()) for name in ("ann", "bob", "eve"))
NO_TENANT = cast("Tenant", None)
"""The rows are at hand."""


def row(key: str, on: bool | None, lock: str = "", text: str = "same", free: int | None = None) -> Row:
    """A row with one switch."""
    facts = {} if free is None else {"free": str(free)}
    return Row(key, key.upper(), (key.upper(), text), (on,), (lock,) if lock else (), facts)


def tab(rows: Mapping[User, list[Row]]) -> ToggleTab:
    """A tab that holds these rows, in two pages; what a fact calls free, there is room for."""

    async def load(_: Tenant, user: User) -> AsyncIterator[Page]:
        found = rows[user]
        yield Page(found[:1], replace=True)
        yield Page(found[1:])

    return ToggleTab(
        id="things",
        title="Things",
        about="",
        toggles=(Toggle("held", "Held"),),
        columns=(Column("name", "Name"), Column("text", "Text")),
        load=load,
        plan=lambda _: [],
        room=lambda found: int(found.facts["free"]) if "free" in found.facts else None,
        export=True,
    )


async def read(rows: Mapping[User, list[Row]]) -> Shared:
    """The rows of all of them."""
    shared = Shared(tab(rows), list(rows))
    assert [number async for number in shared.read(NO_TENANT, lambda _, found: found)] == [
        *range(1, len(rows) + 1)
    ]
    return shared


async def test_a_switch_is_on_for_all_for_some_or_for_none() -> None:
    shared = await read(
        {
            ANN: [row("all", True), row("some", True, text="x"), row("none", False), row("odd", None)],
            BOB: [row("all", True), row("some", False, text="y"), row("none", False), row("odd", True)],
        }
    )
    told = {each.key: (each.on, each.held, each.cells) for each in shared.rows()}
    assert told == {
        "all": ((True,), (2,), ("ALL", "2 of 2", "same")),
        "some": ((False,), (1,), ("SOME", "1 of 2", VARIES)),
        "none": ((False,), (0,), ("NONE", "0 of 2", "same")),
        "odd": ((None,), (1,), ("ODD", "1 of 2", "same")),
    }
    assert [column.title for column in widened(tab({})).columns] == ["Name", "On for", "Text"]


async def test_what_only_one_of_them_has_can_be_set_for_that_one() -> None:
    shared = await read(
        {ANN: [row("a", False)], BOB: [row("a", False), row("b", True)], EVE: [row("b", False)]}
    )
    assert shared.row("a").held == (0,)
    assert (shared.row("b").on, shared.row("b").held) == ((False,), (1,))
    some, left = settable(tab({}), shared.of("b"), 0, True, {})
    assert [user for user, _ in some] == [EVE]
    assert left == {"Ann": "not in this user's list"}


async def test_it_is_locked_where_it_is_for_each_of_them() -> None:
    shared = await read(
        {
            ANN: [row("one", False, "dynamic"), row("both", True, "dynamic"), row("two", True, "synced")],
            BOB: [row("one", False), row("both", True, "dynamic"), row("two", True, "inherited")],
        }
    )
    assert shared.row("one").lock(0) == ""
    assert shared.row("both").lock(0) == "dynamic"
    assert "F3" in shared.row("two").lock(0)
    some, left = settable(tab({}), shared.of("one"), 0, True, {})
    assert ([user for user, _ in some], left) == ([BOB], {"Ann": "dynamic"})


@pytest.mark.parametrize(
    ("staged", "wanted", "left"),
    [
        ({}, ["ann"], ["Bob"]),
        ({"bob": True}, [], ["Ann"]),
        ({"eve": False}, ["ann", "eve"], ["Bob"]),
    ],
)
async def test_no_more_are_switched_on_than_there_is_room_for(
    staged: Mapping[str, bool], wanted: list[str], left: list[str]
) -> None:
    found = {
        ANN: [row("a", False, free=1)],
        BOB: [row("a", False, free=1)],
        EVE: [row("a", True, free=1)],
    }
    some, out = settable(tab({}), (await read(found)).of("a"), 0, True, staged)
    assert [user.id for user, _ in some] == wanted
    assert list(out) == left
    assert set(out.values()) <= {"only 1 free"}


async def test_what_is_so_already_or_not_known_is_not_set() -> None:
    found = {ANN: [row("a", True)], BOB: [row("a", None)], EVE: [row("a", False)]}
    rows = (await read(found)).of("a")
    some, left = settable(tab({}), rows, 0, False, {"eve": True})
    assert ([user for user, _ in some], left) == ([ANN, EVE], {"Bob": "not known yet; F5 asks again"})


async def test_what_is_found_out_later_is_of_one_user_alone() -> None:
    shared = await read({ANN: [row("a", None)], BOB: [row("a", None)], EVE: [row("a", None)]})
    shared.put({"ann": [row("a", True)], "eve": [row("a", False)]})
    assert [own.on for _, own in shared.of("a")] == [(True,), (None,), (False,)]
    shared.put({"bob": [row("a", True)]})
    assert (shared.row("a").on, shared.row("a").held) == ((False,), (2,))
