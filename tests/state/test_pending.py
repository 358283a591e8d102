"""Staged changes on a real file: what is staged stays, and leaves only as the operator said."""

import asyncio
from pathlib import Path

import pytest

from state.errors import StaleReview
from state.pending import PendingChanges
from state.processes import Processes
from state.values import Change
from tests.state.values import APPLY, NOON, change, new_steps, opened


def test_restaging_keeps_the_first_before_and_the_place(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            staged = PendingChanges(db, "t1")
            await staged.stage([change("a", before="x", after="y"), change("b")], NOON)
            await staged.stage([change("a", before="y", after="z")], NOON)
            found = await staged.all()
            assert [(c.row, c.before, c.after) for c in found] == [("a", "x", "z"), ("b", False, True)]

    asyncio.run(run())


def test_going_back_to_the_first_value_unstages(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            staged = PendingChanges(db, "t1")
            await staged.stage([change("a"), change("b")], NOON)
            await staged.stage([change("a", before=True, after=False)], NOON)
            assert [c.row for c in await staged.all()] == ["b"]

    asyncio.run(run())


def test_true_is_not_one(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            staged = PendingChanges(db, "t1")
            await staged.stage([change("a", before=1, after=True)], NOON)
            assert len(await staged.all()) == 1

    asyncio.run(run())


def test_tenants_and_users_are_kept_apart(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            one, other = PendingChanges(db, "t1"), PendingChanges(db, "t2")
            await one.stage([change("a"), change("a", user="u2")], NOON)
            await other.stage([change("b")], NOON)
            await other.discard([change("a").key])
            assert [c.row for c in await one.of_user("u1")] == ["a"]
            assert len(await one.all()) == 2
            assert [c.row for c in await other.all()] == ["b"]

    asyncio.run(run())


def test_starting_a_process_takes_exactly_what_was_reviewed(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            staged, processes = PendingChanges(db, "t1"), Processes(db, "t1")
            reviewed = [change("a"), change("b")]
            await staged.stage([*reviewed, change("c")], NOON)
            number = await processes.start(APPLY, new_steps(2), reviewed, NOON)
            assert [c.row for c in await staged.all()] == ["c"]
            assert (await processes.get(number)).total == 2

    asyncio.run(run())


@pytest.mark.parametrize(
    "meanwhile", [change("a", before="x", after="other"), change("a", before="y", after="x")]
)
def test_a_stale_review_starts_nothing(tmp_path: Path, meanwhile: Change) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db, opened(tmp_path / "state.db") as second:
            staged, processes = PendingChanges(db, "t1"), Processes(db, "t1")
            reviewed = [change("a", before="x", after="y"), change("b")]
            await staged.stage(reviewed, NOON)
            await PendingChanges(second, "t1").stage([meanwhile], NOON)
            left = await staged.all()
            with pytest.raises(StaleReview, match="Group a"):
                await processes.start(APPLY, new_steps(2), reviewed, NOON)
            assert await staged.all() == left
            assert await processes.recent(10) == []

    asyncio.run(run())


def test_twenty_thousand_changes_are_staged_and_taken(tmp_path: Path) -> None:
    async def run() -> None:
        async with opened(tmp_path / "state.db") as db:
            staged = PendingChanges(db, "t1")
            many = [change(f"g{number}") for number in range(20_000)]
            await staged.stage(many, NOON)
            assert await staged.all() == many
            await Processes(db, "t1").start(APPLY, new_steps(1), many, NOON)
            assert await staged.all() == []

    asyncio.run(run())
