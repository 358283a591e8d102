"""Staged changes against a dict: whatever is staged, restaged, undone, discarded, reopened or applied."""

import asyncio
import tempfile
from pathlib import Path
from typing import Any

import hypothesis.strategies as st
from hypothesis import settings
from hypothesis.stateful import RuleBasedStateMachine, invariant, rule

from state.database import Database
from state.errors import StaleReview
from state.pending import PendingChanges
from state.processes import Processes
from state.values import Change
from tests.state.values import APPLY, NOON, change, new_steps

ROWS = st.sampled_from([f"g{n}" for n in range(6)])
USERS = st.sampled_from(["u1", "u2"])
VALUES = st.one_of(
    st.none(), st.booleans(), st.integers(0, 1), st.text(st.characters(codec="utf-8"), max_size=4)
)


def _same(one: Any, other: Any) -> bool:
    return type(one) is type(other) and one == other


class StagedChanges(RuleBasedStateMachine):
    """The model is a dict from cell to change, in the order of first staging."""

    def __init__(self) -> None:
        super().__init__()
        self.directory = tempfile.TemporaryDirectory()
        self.loop = asyncio.new_event_loop()
        self.model: dict[str, Change] = {}
        self._open()

    def _open(self) -> None:
        path = Path(self.directory.name) / "state.db"
        self.db = self.loop.run_until_complete(Database.open(path))
        self.staged = PendingChanges(self.db, "t1")

    @rule(rows=st.lists(st.tuples(ROWS, USERS, VALUES, VALUES), max_size=4))
    def stage(self, rows: list[tuple[str, str, Any, Any]]) -> None:
        changes = [change(row, user=user, before=before, after=after) for row, user, before, after in rows]
        self.loop.run_until_complete(self.staged.stage(changes, NOON))
        # a cell keeps its place when it was staged before the call, whatever the call does to it on the way
        before = dict(self.model)
        for new in changes:
            first = self.model.get(new.key)
            kept = new if first is None else change_of(new, first.before)
            if _same(kept.before, kept.after):
                self.model.pop(new.key, None)
            else:
                self.model[new.key] = kept
        kept_places = [key for key in before if key in self.model]
        new_places = [key for key in self.model if key not in before]
        self.model = {key: self.model[key] for key in (*kept_places, *new_places)}

    @rule(row=ROWS, user=USERS)
    def undo_one(self, row: str, user: str) -> None:
        key = change(row, user=user).key
        self.loop.run_until_complete(self.staged.discard([key]))
        self.model.pop(key, None)

    @rule()
    def discard_all(self) -> None:
        self.loop.run_until_complete(self.staged.discard(list(self.model)))
        self.model.clear()

    @rule(user=USERS)
    def apply(self, user: str) -> None:
        reviewed = [c for c in self.model.values() if c.user == user]
        start = Processes(self.db, "t1").start(APPLY, new_steps(len(reviewed)), reviewed, NOON)
        self.loop.run_until_complete(start)
        self.model = {key: c for key, c in self.model.items() if c.user != user}

    @rule(row=ROWS)
    def apply_what_was_never_staged(self, row: str) -> None:
        strange = change(row, user="u3")
        try:
            self.loop.run_until_complete(
                Processes(self.db, "t1").start(APPLY, [], [*self.model.values(), strange], NOON)
            )
        except StaleReview:
            return
        raise AssertionError("a stale review started a process")

    @rule()
    def reopen(self) -> None:
        self.loop.run_until_complete(self.db.close())
        self._open()

    @invariant()
    def holds_what_the_model_holds(self) -> None:
        found = self.loop.run_until_complete(self.staged.all())
        assert [repr(c) for c in found] == [repr(c) for c in self.model.values()]
        mine = self.loop.run_until_complete(self.staged.of_user("u1"))
        assert mine == [c for c in found if c.user == "u1"]

    def teardown(self) -> None:
        self.loop.run_until_complete(self.db.close())
        self.loop.close()
        self.directory.cleanup()


def change_of(new: Change, before: Any) -> Change:
    """The new change with an earlier before."""
    return change(new.row, user=new.user, before=before, after=new.after)


TestStagedChanges = StagedChanges.TestCase
TestStagedChanges.settings = settings(
    max_examples=25, stateful_step_count=20, deadline=None, derandomize=True
)
