"""The list of the Process center: schedules among the processes, what it is narrowed by, and the files of exports."""

import asyncio
from datetime import timedelta
from pathlib import Path

import pytest
from textual.pilot import Pilot

from services.operation import encode
from services.places import state_file
from services.task import EXPORT, Export, export_step
from state.database import Database
from state.processes import Processes
from state.schedule_values import NewSchedule, ScheduleStatus
from state.schedules import Schedules
from state.values import NewProcess, NewStep, StepClass, StepResult
from tests.faults.tenant import membership
from tests.sandbox import Endpoints
from tests.tui.screens.program import NOW, press, program, running, screen_text, type_text
from tui.screens.dialogs.choice import Choice
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.details import Details
from tui.screens.process_center import ProcessCenter
from tui.widgets.record_table import RecordTable

pytestmark = pytest.mark.anyio


_AHEAD = 10_000
"""Days: the alarm clock is the machine's own, and of what is past for it the scheduler would ask on and on."""


def block(days: int, user: str = "adele") -> NewSchedule:
    """A sign-in block that comes so many days after the first one might."""
    return NewSchedule(
        kind="schedule-sign-in-block",
        action="block-sign-in",
        title="Block sign-in",
        user=user,
        user_name=f"{user}@contoso.example",
        operator="ann@jumphost",
        at=NOW + timedelta(days=_AHEAD + days),
        zone="UTC",
        local="2026-02-01 09:00",
    )


async def ran(processes: Processes, title: str, operator: str, user: str, days: int) -> int:
    """A process that ended so many days ago."""
    operation = membership("group-1", "user-1", True)
    step = NewStep(encode(operation), operation.title, operation.target, operation.serial)
    at = NOW - timedelta(days=days)
    number = await processes.start(NewProcess("apply", title, operator, user), [step], [], at)
    await processes.claim("another copy", at, 60)
    await processes.mark_sent(number, "another copy", [1], at)
    await processes.record(number, "another copy", [StepResult(1, StepClass.ALREADY_SO)], at)
    await processes.finish(number, "another copy", at)
    return number


def shown(pilot: Pilot[None]) -> list[str]:
    """The keys of the rows."""
    assert isinstance(pilot.app.screen, ProcessCenter)
    return [row.key for row in pilot.app.screen.query_one(RecordTable).rows]


async def narrow(pilot: Pilot[None], typed: str) -> list[str]:
    """Narrows the list by what is typed; the rows then."""
    await press(pilot, "f")
    assert isinstance(pilot.app.screen, Choice)
    await type_text(pilot, typed)
    await press(pilot, "enter")
    return shown(pilot)


async def test_schedules_stand_among_the_processes_with_their_own_keys(
    tenant: Endpoints, tmp_path: Path
) -> None:
    db = await Database.open(state_file(tmp_path))
    schedules = Schedules(db, tenant.tenant_id)
    for days in range(7, 0, -1):
        await schedules.add(block(days, "adele" if days > 1 else "bob"), NOW)
    await ran(Processes(db, tenant.tenant_id), "Ran before", "ann@jumphost", "adele", 1)
    app = program(tenant, tmp_path)
    async with running(app, (120, 30)) as pilot:
        await press(pilot, "shift+f6")
        assert shown(pilot) == ["S7", "S6", "S5", "S4", "S3", "1"], (
            "the soonest first, above what was started"
        )
        text = screen_text(pilot)
        assert "more schedules to come: f" in text
        assert "Block sign-in · bob@contoso.example" in text
        assert "scheduled: waiting" in text
        assert "r Run now" in text
        await press(pilot, "u")
        assert "It has not run: there is nothing to undo" in screen_text(pilot)
        await press(pilot, "enter")
        assert isinstance(app.screen, Details)
        await press(pilot, "escape", "x")
        assert isinstance(app.screen, Confirm)
        await press(pilot, "tab", "enter")
        assert (await schedules.get(7)).status is ScheduleStatus.CANCELLED
        assert shown(pilot) == ["S6", "S5", "S4", "S3", "S2", "1"]
        await press(pilot, "end", "c")
        assert "A process cannot be changed any more" in screen_text(pilot)
        assert await narrow(pilot, "show: schedules") == ["S6", "S5", "S4", "S3", "S2", "S1", "S7"]
        assert await narrow(pilot, "cancelled") == ["S7"]
        assert await narrow(pilot, "status: any") == ["S6", "S5", "S4", "S3", "S2", "S1", "S7"]
        await press(pilot, "/")
        await type_text(pilot, "bob")
        assert shown(pilot) == ["S7"]
        await press(pilot, "escape")
        assert await narrow(pilot, "show: processes") == ["1"]
    await db.close()


async def test_the_list_is_narrowed_by_date_user_and_operator(tenant: Endpoints, tmp_path: Path) -> None:
    db = await Database.open(state_file(tmp_path))
    processes = Processes(db, tenant.tenant_id)
    await ran(processes, "Apply changes · Adele", "ann@jumphost", "adele", 20)
    await ran(processes, "Apply changes · Bob", "bea@jumphost", "bob", 3)
    await ran(processes, "Apply changes · Adele", "cem@jumphost", "adele", 0)
    await Schedules(db, tenant.tenant_id).add(block(3), NOW)
    await db.close()
    app = program(tenant, tmp_path)
    async with running(app, (120, 30)) as pilot:
        await press(pilot, "shift+f6")
        assert shown(pilot) == ["S1", "3", "2", "1"]
        for typed, expected, told in (
            ("started: today", ["S1", "3"], "started: today"),
            ("started: in 7 days", ["S1", "3", "2"], "started: in 7 days"),
            ("operator: bea", ["2"], "operator: bea@jumphost"),
            ("started: any time", ["2"], "operator: bea@jumphost"),
            ("operator: ann", ["S1", "1"], "operator: ann@jumphost"),
            ("operator: any", ["S1", "3", "2", "1"], "no worker"),
        ):
            assert await narrow(pilot, typed) == expected, typed
            assert told in screen_text(pilot)
        # the user is the one of the process under the cursor
        await press(pilot, "end")
        assert await narrow(pilot, "user: as of #1, adele") == ["S1", "3", "1"]
        assert "user: as of #1, Adele" in screen_text(pilot)
        assert await narrow(pilot, "user: any") == ["S1", "3", "2", "1"]


async def test_of_several_exported_files_one_is_chosen(tenant: Endpoints, tmp_path: Path) -> None:
    db = await Database.open(state_file(tmp_path))
    processes = Processes(db, tenant.tenant_id)
    orders = [
        Export(f"Export {n}", "security-groups", "adele", str(tmp_path / f"{n}.csv"), f"t{n}")
        for n in range(3)
    ]
    for order in orders[1:]:
        await asyncio.to_thread(Path(order.path).write_text, "a,b\n")
    await processes.start(NewProcess(EXPORT, "Exports", "ann"), list(map(export_step, orders)), [], NOW)
    await processes.claim("another copy", NOW, 60)
    await processes.mark_sent(1, "another copy", [1, 2, 3], NOW)
    states = (StepClass.FAILED, StepClass.DONE, StepClass.DONE)
    results = [StepResult(n, state, sentence="No rights.") for n, state in enumerate(states, 1)]
    await processes.record(1, "another copy", results, NOW)
    await processes.finish(1, "another copy", NOW)
    await db.close()
    app = program(tenant, tmp_path)
    async with running(app) as pilot:
        await press(pilot, "shift+f6", "o")
        assert isinstance(app.screen, Choice)
        asked = screen_text(pilot)
        assert "wrote 2 files" in asked
        assert "0.csv" not in asked
        await type_text(pilot, "2.csv")
        await press(pilot, "enter")
        assert isinstance(app.screen, Details)
        assert "2.csv" in screen_text(pilot)
