"""A profile's writing window: nothing is started while it is closed, and what was started in it runs anywhere."""

import asyncio
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from services.errors import InvalidInput, NotPermitted
from services.plan import plan
from services.session import Session
from services.task import Export
from services.time_span import span
from services.writing_window import CLOSED
from state.audit import AuditLog
from state.clock import SystemClock
from state.openings import KIND
from state.schedule_values import NewSchedule
from state.values import ProcessStatus
from tests.sandbox import Endpoints, running_sandbox
from tests.services.connected import ADELE, applied, connected, ended, put, reviewed

pytestmark = pytest.mark.anyio

WINDOW = "30m"


@pytest.fixture(scope="module")
def tenant() -> Iterator[Endpoints]:
    """One tenant for all of them."""
    with running_sandbox(users=20, groups=20) as found:
        yield found


class Ahead(SystemClock):
    """The machine's clock, some time ahead."""

    by = timedelta()

    def now(self) -> datetime:
        """That much later."""
        return super().now() + self.by


async def start_city(session: Session, after: str) -> int:
    """Starts a change of the city; returns the process's number."""
    user = await session.find_user(ADELE)
    operations = plan([put(user, "basics", "city", None, after)])
    return await session.start("apply", "City", operations, user.id)


async def test_it_starts_closed_opens_for_its_time_and_closes_by_itself(
    tenant: Endpoints, tmp_path: Path
) -> None:
    clock = Ahead()
    async with connected(tenant, tmp_path, clock=clock, writing_window=WINDOW) as session:
        user = await session.find_user(ADELE)
        found = await reviewed(session, [put(user, "basics", "city", None, "Ely")])
        assert session.objection() == CLOSED
        assert session.objection("basics", "city") == "", "staging writes nothing"
        with pytest.raises(NotPermitted, match="Writing is closed"):
            await session.apply(found, "test")
        assert len(await session.pending.all()) == 1
        await session.writing.open(session.operator)
        assert session.windows.told() == ["Writing 30 min"]
        process, _ = await applied(session, found)
        assert process.status is ProcessStatus.SUCCEEDED
        clock.by = timedelta(minutes=31)
        assert (session.windows.told(), session.objection()) == ([], CLOSED)
        with pytest.raises(NotPermitted, match="Writing is closed"):
            await start_city(session, "Hull")
        opening = next(p for p in await session.processes.recent(9) if p.kind == KIND)
        assert (opening.title, opening.operator) == ("Writing window of 30 min", session.operator)
        assert opening.ended_at == opening.created_at + timedelta(minutes=30)
        audit = AuditLog(session.database, session.profile.tenant_id)
        (entry,) = await audit.of_user("", 9)
        assert (entry.action, entry.process) == ("Open the writing window", opening.id)
        assert await audit.verify() == ""


async def test_it_is_closed_before_its_time_and_opened_anew(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path, ask_reason="Ticket number", writing_window=WINDOW) as session:
        with pytest.raises(InvalidInput, match="Ticket number"):
            await session.writing.open(session.operator)
        assert session.writing.closed
        await session.writing.open(session.operator, "INC-1")
        await session.writing.open(session.operator, "INC-2")
        await session.writing.close(session.operator)
        assert session.objection() == CLOSED
        openings = [p for p in await session.processes.recent(9) if p.kind == KIND]
        assert [p.reason for p in openings] == ["INC-2", "INC-1"]
        assert all(p.ended_at is not None and p.ended_at <= session.clock.now() for p in openings)


async def test_what_writes_to_this_machine_alone_needs_no_window(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path / "state", writing_window=WINDOW) as session:
        user = await session.find_user(ADELE)
        path = tmp_path / "roles.csv"
        asked = Export("Directory roles", "directory-roles", user.id, str(path), "t")
        async with asyncio.timeout(30):
            process, _ = await ended(session, await session.export(asked, user.name))
        assert (process.status, path.exists()) == (ProcessStatus.SUCCEEDED, True)


async def test_a_runner_leaves_what_no_window_covers_and_runs_what_one_covers(
    tenant: Endpoints, tmp_path: Path
) -> None:
    folder = tmp_path / "state"
    async with connected(tenant, folder) as other:
        await other.engine.stop()
        outside = await start_city(other, "Hull")
    async with connected(tenant, folder, writing_window=WINDOW) as session:
        news = asyncio.Event()
        session.on_change = news.set
        while not session.engine.troubles:
            await asyncio.wait_for(news.wait(), 30)
            news.clear()
        assert session.engine.troubles == [
            f"#{outside} is left to others: it was not started in a writing window, which this profile asks for."
        ]
        await session.processes.cancel(outside, session.clock.now())
        await session.engine.stop()
        await session.writing.open(session.operator)
        inside = await start_city(session, "York")
        await session.writing.close(session.operator)
    async with connected(tenant, folder, writing_window=WINDOW) as another:
        assert another.writing.closed
        process, _ = await ended(another, inside)
        assert process.status is ProcessStatus.SUCCEEDED


async def test_what_was_scheduled_in_a_window_starts_at_its_time(tenant: Endpoints, tmp_path: Path) -> None:
    clock = Ahead()
    async with connected(tenant, tmp_path, clock=clock, writing_window=WINDOW) as session:
        user = await session.find_user(ADELE)
        new = NewSchedule(
            kind="revoke-sessions",
            action="revoke-sessions",
            title="Revoke cloud sessions",
            user=user.id,
            user_name=user.name,
            operator="whoever changed it last",
            at=clock.now() + timedelta(hours=2),
            zone="UTC",
            local="in two hours",
        )
        with pytest.raises(NotPermitted, match="Writing is closed"):
            await session.scheduling.make(new)
        await session.writing.open(session.operator)
        number = await session.scheduling.make(new)
        clock.by = timedelta(hours=3)
        assert session.writing.closed
        await session.engine.drain()
        schedule = await session.schedules.get(number)
        assert schedule.process is not None
        assert (await session.processes.get(schedule.process)).status is ProcessStatus.SUCCEEDED


async def test_without_a_window_nothing_is_closed(tenant: Endpoints, tmp_path: Path) -> None:
    async with connected(tenant, tmp_path) as session:
        assert session.objection() == session.writing.closed == ""
        with pytest.raises(InvalidInput, match="no writing window"):
            await session.writing.open(session.operator)


@pytest.mark.parametrize("text", ["30", "0m", "13h", "721m", "1h30m", " 5m", "m"])
def test_a_span_is_minutes_or_hours(text: str) -> None:
    with pytest.raises(ValueError, match=text.strip()):
        span(text)
    assert [span(good) for good in ("", "30m", "12h")] == [None, timedelta(minutes=30), timedelta(hours=12)]
