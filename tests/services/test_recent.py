"""What was written a moment ago and is not visible yet is shown as it was written."""

from collections.abc import Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from services.actions import sign_in
from services.members import Relation, in_graph
from services.operation import Operation, encode
from services.recent import WINDOW, on_tab, unseen_writes
from services.undo import back
from services.user import User
from state.processes import Processes
from state.values import Change, NewProcess, NewStep, StepClass, StepResult
from tests.services.transport.times import LeapingClock
from tests.state.values import opened

pytestmark = pytest.mark.anyio
LEASE = 60.0


def _change(number: int, *, after: bool = True) -> Change:
    return Change("u", "u@x", "security-groups", f"g{number}", f"G{number}", "member", not after, after)


class Journal:
    """Processes whose steps are done at once."""

    def __init__(self, processes: Processes, clock: LeapingClock) -> None:
        self.processes = processes
        self.clock = clock

    async def done(self, changes: list[Change], state: StepClass = StepClass.DONE, user: str = "u") -> int:
        return await self.ran([in_graph(change, Relation.MEMBER) for change in changes], state, user)

    async def ran(
        self, operations: Sequence[Operation], state: StepClass = StepClass.DONE, user: str = "u"
    ) -> int:
        now = self.clock.now()
        steps = [NewStep(encode(o), o.title, o.target, o.serial) for o in operations]
        await self.processes.start(NewProcess("apply", "t", "o", user), steps, (), now)
        process = await self.processes.claim("me", now, LEASE)
        assert process is not None
        numbers = range(1, len(steps) + 1)
        await self.processes.mark_sent(process.id, "me", list(numbers), now)
        await self.processes.record(process.id, "me", [StepResult(n, state) for n in numbers], now)
        await self.processes.finish(process.id, "me", now)
        return process.id

    async def unseen(self, user: str = "u") -> dict[str, object]:
        return dict(await unseen_writes(self.processes, self.clock, [user]))


async def test_writes_are_kept_until_they_are_seen_or_old(tmp_path: Path) -> None:
    async with opened(tmp_path / "s.db") as database:
        journal = Journal(Processes(database, "t"), LeapingClock())
        first = [_change(1), _change(2, after=False)]
        process = await journal.done(first)
        assert await journal.unseen() == {first[0].key: True, first[1].key: False}
        assert await journal.unseen("other") == {}
        await journal.processes.readings.show(process, {1: True})
        assert await journal.unseen() == {first[1].key: False}
        await journal.done([_change(2)])
        assert await journal.unseen() == {first[1].key: True}, "the last write counts"
        await journal.clock.sleep((WINDOW + timedelta(seconds=1)).total_seconds())
        assert await journal.unseen() == {}


@pytest.mark.parametrize(
    ("state", "shown", "left"),
    [
        (StepClass.REFUSED, False, True),
        (StepClass.REFUSED, True, None),
        (StepClass.FAILED, True, None),
        (StepClass.UNKNOWN, False, None),
    ],
)
async def test_what_may_have_been_written_ends_what_was_foretold(
    tmp_path: Path, state: StepClass, shown: bool, left: bool | None
) -> None:
    """A write that was refused changes nothing of what is on its way; one that came through after all does."""
    async with opened(tmp_path / "s.db") as database:
        journal = Journal(Processes(database, "t"), LeapingClock())
        await journal.done([_change(1)], state)
        assert await journal.unseen() == {}
        await journal.done([_change(1)])
        process = await journal.done([_change(1, after=False)], state)
        if shown:
            await journal.processes.readings.show(process, {1: True})
        assert (await journal.unseen()).get(_change(1).key) is left


async def test_a_long_process_is_read_to_its_end(tmp_path: Path) -> None:
    async with opened(tmp_path / "s.db") as database:
        journal = Journal(Processes(database, "t"), LeapingClock())
        await journal.done([_change(n) for n in range(1500)])
        assert len(await journal.unseen()) == 1500


async def test_what_an_action_wrote_is_foretold_on_its_tab_and_so_is_its_undoing(tmp_path: Path) -> None:
    async with opened(tmp_path / "s.db") as database:
        journal = Journal(Processes(database, "t"), LeapingClock())
        user = User("u", "U", "u@x", account_enabled=True)
        (blocked,) = sign_in.allowed(user, False)
        assert not blocked.changes, "nothing was staged"
        cell = "\x1f".join(("u", "basics", "", "accountEnabled"))
        await journal.ran([blocked])
        assert await journal.unseen() == {cell: False}
        assert on_tab(await journal.unseen(), ["u"], "basics") == {cell: False}
        assert on_tab(await journal.unseen(), ["u"], "licenses") == {}
        undoing = back(blocked)
        assert undoing is not None
        await journal.ran([undoing])
        assert await journal.unseen() == {cell: True}
