"""The Process center: a process that ran is filtered, looked into, retried, undone, cancelled and reported."""

import re
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from datetime import datetime, timedelta
from pathlib import Path

import msgspec
import pytest
from textual.pilot import Pilot

from services.operation import Answer, Repeat, Service, encode
from services.places import state_file
from services.transport.quotas import costs
from state.audit import AuditLog
from state.database import Database
from state.errors import StateError
from state.processes import Processes
from state.values import NewProcess, NewStep, ProcessStatus, StepClass, StepResult
from tests.faults.tenant import membership
from tests.journeys.served import ask
from tests.sandbox import Endpoints
from tests.state.values import opened
from tests.tui.screens.program import (
    ADELE,
    NOW,
    press,
    program,
    running,
    screen_text,
    settled,
    type_text,
    until,
)
from tests.tui.screens.test_review import applied, free_rows, member, on_security_groups, stage, user_id
from tui.app import RollcallApp
from tui.screens.dialogs.confirm import Confirm
from tui.screens.dialogs.copy_text import CopyText
from tui.screens.dialogs.decide import Decide
from tui.screens.dialogs.details import Details
from tui.screens.follow_up import FollowUpScreen
from tui.screens.process_center import ProcessCenter
from tui.screens.review import ReviewScreen
from tui.screens.steps import StepsScreen
from tui.widgets.record_table import RecordTable

pytestmark = pytest.mark.anyio


async def two_applied(pilot: Pilot[None], app: RollcallApp) -> list[str]:
    """Adds the user to two groups; the groups' names."""
    rows = free_rows(pilot, 2)
    await stage(pilot, rows)
    await press(pilot, "f2", "enter")
    await applied(pilot, app)
    return [row.name for row in rows]


def ticks(pilot: Pilot[None], finding: str) -> list[bool]:
    """Whether each line with this finding is ticked."""
    found = re.findall(rf"\[([x ])\] +{finding}", screen_text(pilot))
    return [mark == "x" for mark in found]


def read_saved(folder: Path) -> str:
    """The one text that was saved, for its owner alone."""
    (saved,) = folder.glob("copied-*.txt")
    assert saved.stat().st_mode & 0o777 == 0o600
    return saved.read_text()


async def ended(pilot: Pilot[None], app: RollcallApp, number: int) -> None:
    """Waits until the process of this number has ended, and is told so."""
    await until(pilot, lambda: any(p.id == number and p.ended_at for p in app.processes))


async def test_a_process_is_undone_from_the_list(tenant: Endpoints, tmp_path: Path) -> None:
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        rows = free_rows(pilot, 2)
        await two_applied(pilot, app)
        assert all(member(tenant, app, row) for row in rows)
        await press(pilot, "shift+f6", "u")
        assert isinstance(app.screen, FollowUpScreen)
        shown = screen_text(pilot)
        assert "Undo of #1" in shown
        assert "2 operations to send" in shown
        assert ticks(pilot, "ready") == [True, True]
        assert "on → off" in shown
        # the last step comes first
        assert shown.index(rows[1].name[:10]) < shown.index(rows[0].name[:10])
        await press(pilot, "space")
        assert "1 operation to send · 1 left out" in screen_text(pilot)
        await press(pilot, "space", "enter")
        await ended(pilot, app, 2)
        assert isinstance(app.screen, ProcessCenter)
        assert not any(member(tenant, app, row) for row in rows)
        await press(pilot, "f5")
        assert "Undo of #1 · Apply changes" in screen_text(pilot)
        # once more there is nothing left: nothing is ticked, and Enter sends nothing
        await press(pilot, "end", "u")
        assert ticks(pilot, "already so") == [False, False]
        await press(pilot, "enter")
        assert "Nothing is ticked" in screen_text(pilot)
        assert isinstance(app.screen, FollowUpScreen)


async def test_a_conflict_is_left_out_until_it_is_decided(tenant: Endpoints, tmp_path: Path) -> None:
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        await press(pilot, "t")
        await type_text(pilot, "basics")
        await press(pilot, "enter", "enter")
        await type_text(pilot, " III")
        await press(pilot, "enter", "f2", "enter")
        await applied(pilot, app)
        path = f"/v1.0/users/{user_id(app)}"
        status, _ = ask(tenant.graph_url, tenant.token, "PATCH", path, {"displayName": "Other Name"})
        assert status == 204
        await press(pilot, "shift+f6", "u")
        shown = screen_text(pilot)
        assert ticks(pilot, "changed meanwhile") == [False]
        assert "0 operations to send · 1 left out" in shown
        await press(pilot, "f3")
        assert isinstance(app.screen, Details)
        assert "Other Name" in screen_text(pilot)
        await press(pilot, "escape", "space")
        assert "somebody changed it since" in screen_text(pilot)
        await press(pilot, "enter")
        assert isinstance(app.screen, Confirm)
        assert "now Other Name" in " ".join(screen_text(pilot).split())
        await press(pilot, "tab", "enter")
        await ended(pilot, app, 2)
        _, body = ask(tenant.graph_url, tenant.token, "GET", path)
        assert body["displayName"] != "Other Name"


async def test_what_cannot_be_undone_is_named_before_it_is_applied_and_when_it_is_undone(
    tenant: Endpoints, tmp_path: Path
) -> None:
    app = program(tenant, tmp_path, user=ADELE, tab="licenses")
    async with running(app, (120, 30)) as pilot:
        await press(pilot, "/")
        await type_text(pilot, "mobility")
        await press(pilot, "enter", "space", "f2")
        assert isinstance(app.screen, ReviewScreen)
        shown = screen_text(pilot)
        assert "Request licence" in shown
        assert "1 cannot be undone" in shown, "above the list"
        assert "cannot be undone: " in shown, "and of the step itself"
        await press(pilot, "enter")
        await applied(pilot, app)
        await press(pilot, "shift+f6", "u")
        assert isinstance(app.screen, FollowUpScreen)
        shown = screen_text(pilot)
        assert "0 operations to send · 1 cannot be undone" in shown
        assert "cannot be undone: off → on" in shown
        await press(pilot, "space")
        assert "Enterprise Mobility + Security E3: cannot be undone: not" in screen_text(pilot)
        await press(pilot, "enter")
        assert "Nothing is ticked: nothing is sent" in screen_text(pilot)


async def test_a_refused_step_is_retried_when_its_cause_is_gone(tenant: Endpoints, tmp_path: Path) -> None:
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        rows = free_rows(pilot, 2)
        await stage(pilot, rows)
        await press(pilot, "f2")
        assert ask(tenant.graph_url, tenant.token, "DELETE", f"/v1.0/groups/{rows[0].key}")[0] == 204
        await press(pilot, "enter")
        await applied(pilot, app)
        restore = f"/v1.0/directory/deletedItems/{rows[0].key}/restore"
        assert ask(tenant.graph_url, tenant.token, "POST", restore)[0] == 200
        await press(pilot, "shift+f6", "enter")
        assert isinstance(app.screen, StepsScreen)
        # the mark is on the step that was done: there is nothing to retry among the marked
        await press(pilot, "down", "space")
        assert "1 marked" in screen_text(pilot)
        await press(pilot, "r")
        assert "None of the marked steps failed" in screen_text(pilot)
        await press(pilot, "down", "space", "r")
        assert isinstance(app.screen, FollowUpScreen)
        assert "Retry of #1" in screen_text(pilot)
        assert "1 operation to send" in screen_text(pilot)
        await press(pilot, "enter")
        await ended(pilot, app, 2)
        assert member(tenant, app, rows[0])
        assert next(p for p in app.processes if p.id == 2).status is ProcessStatus.SUCCEEDED


@asynccontextmanager
async def journal(tenant: Endpoints, folder: Path) -> AsyncIterator[Processes]:
    """The journal as earlier sessions leave it, before the program is started."""
    db = await Database.open(state_file(folder))
    try:
        yield Processes(db, tenant.tenant_id)
    finally:
        await db.close()


async def journaled(
    processes: Processes,
    title: str,
    *results: StepClass,
    once: bool = False,
    waiting: int = 1,
    changes: tuple[str, ...] = (),
) -> int:
    """A process with these results; one without any still waits, held by another copy."""
    operation = msgspec.structs.replace(
        membership("group-1", "user-1", True),
        repeat=Repeat.ONCE if once else Repeat.SET,
        changes=changes,
    )
    step = NewStep(encode(operation), operation.title, operation.target, operation.serial, once)
    number = await processes.start(
        NewProcess("apply", title, "ann@elsewhere"), [step] * (len(results) or waiting), [], NOW
    )
    await processes.claim("another copy", NOW, 3600)
    if results:
        await processes.mark_sent(number, "another copy", range(1, len(results) + 1), NOW)
        told = [
            StepResult(n, state, sentence=f"Said {n}.", request_id="r-1")
            for n, state in enumerate(results, 1)
        ]
        await processes.record(number, "another copy", told, NOW)
        await processes.finish(number, "another copy", NOW)
    return number


@pytest.mark.parametrize("tab", ["security-groups", "basics"])
async def test_a_tab_says_that_it_is_being_checked_until_it_is_seen(
    tenant: Endpoints, tmp_path: Path, tab: str
) -> None:
    status, user = ask(tenant.graph_url, tenant.token, "GET", f"/v1.0/users/{ADELE}?$select=id")
    assert status == 200
    async with journal(tenant, tmp_path) as processes:
        for where in (tab, "licenses"):
            cell = "\x1f".join((user["id"], where, "row", "member"))
            number = await journaled(processes, "Memberships", StepClass.DONE, changes=(cell,))
        number -= 1
    app = program(tenant, tmp_path, user=ADELE, tab=tab)
    async with running(app, size=(120, 40)) as pilot:
        assert app.session is not None
        assert app.follower is not None
        await until(pilot, lambda: "1 applied, being checked in the tenant" in screen_text(pilot))
        await app.session.processes.readings.show(number, {1: True})
        app.follower.wake()
        await until(pilot, lambda: "being checked" not in screen_text(pilot))


async def test_what_may_have_happened_is_decided_with_the_facts(tenant: Endpoints, tmp_path: Path) -> None:
    async with journal(tenant, tmp_path) as processes:
        await journaled(processes, "Invitation", StepClass.UNKNOWN, once=True)
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        await press(pilot, "shift+f6", "r")
        assert isinstance(app.screen, FollowUpScreen)
        assert ticks(pilot, "may have happened") == [False]
        await press(pilot, "enter")
        assert "Nothing is ticked" in screen_text(pilot)
        await press(pilot, "space")
        assert isinstance(app.screen, Confirm)
        asked = screen_text(pilot)
        assert "said: Said 1." in asked
        assert "request-id: r-1" in asked
        await press(pilot, "enter")
        assert ticks(pilot, "may have happened") == [False]
        await press(pilot, "space", "tab", "enter")
        assert ticks(pilot, "may have happened") == [True]


async def test_the_operator_decides_what_became_of_an_unknown_step(tenant: Endpoints, tmp_path: Path) -> None:
    async with journal(tenant, tmp_path) as processes:
        await journaled(processes, "Invitations", StepClass.UNKNOWN, StepClass.UNKNOWN, once=True)
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        assert app.session is not None
        audit = AuditLog(app.session.database, tenant.tenant_id)
        await press(pilot, "shift+f6", "enter", "d")
        assert isinstance(app.screen, Decide)
        asked = screen_text(pilot)
        for known in ("Said 1.", "r-1", "group-1/user-1", "off → on", "2026-01-15"):
            assert known in asked
        await press(pilot, "enter")
        assert (await app.session.processes.steps(1))[0].state is StepClass.UNKNOWN, "left open"
        await press(pilot, "d", "tab", "enter")
        # the list follows the journal, at most twice a second
        await until(pilot, lambda: "1 done, 1 unknown" in screen_text(pilot))
        await settled(pilot)
        await press(pilot, "d")
        assert "nothing to decide" in screen_text(pilot)
        await press(pilot, "down", "d", "tab", "tab", "enter")
        await until(pilot, lambda: "1 done, 1 failed" in screen_text(pilot))
        await settled(pilot)
        first, second = await app.session.processes.steps(1)
        assert (first.state, first.decided, second.state) == (
            StepClass.DONE,
            "operator@jumphost",
            StepClass.FAILED,
        )
        assert second.sentence == "operator@jumphost says: not done. Said 2."
        told = [(entry.action, entry.operator, entry.outcome) for entry in await audit.of_user("", 9)]
        assert told == [
            ("Marked as not done: Add member", "operator@jumphost", StepClass.FAILED),
            ("Marked as done: Add member", "operator@jumphost", StepClass.DONE),
        ]
        assert await audit.verify() == ""
        with pytest.raises(StateError, match="nothing to decide"):
            await app.session.processes.decide(1, 1, False, "other", NOW)
        # what the operator says did not happen is offered to be sent again
        await press(pilot, "r")
        assert isinstance(app.screen, FollowUpScreen)
        assert len(app.screen.sent.lines) == 1


async def test_a_process_whose_last_doubt_is_settled_has_succeeded(tmp_path: Path) -> None:
    async with opened(tmp_path / "s.db") as database:
        processes = Processes(database, "t")
        number = await journaled(processes, "Invitation", StepClass.DONE, StepClass.UNKNOWN, once=True)
        assert (await processes.get(number)).status is ProcessStatus.FINISHED
        decided = await processes.decide(number, 2, True, "ann@elsewhere", NOW)
        assert (decided.status, decided.counts) == (ProcessStatus.SUCCEEDED, {StepClass.DONE: 2})


async def sent_twice(processes: Processes) -> None:
    """A process with a step that was throttled once, and one that needed a single sending."""

    def at(seconds: float) -> datetime:
        return NOW + timedelta(seconds=seconds)

    number = await journaled(processes, "Twice", waiting=2)
    for first, second, send, end in (
        (
            StepResult(1, StepClass.WAITING, 429, "Slow down.", "r-1"),
            StepResult(2, StepClass.DONE, 204),
            0,
            0.8,
        ),
        (StepResult(1, StepClass.DONE, 204, "", "r-2"), None, 4, 4.25),
    ):
        results = [result for result in (first, second) if result]
        await processes.mark_sent(number, "another copy", [result.number for result in results], at(send))
        await processes.record(number, "another copy", results, at(end))
    await processes.finish(number, "another copy", at(5))


async def test_a_step_opens_into_its_request_and_every_sending(tenant: Endpoints, tmp_path: Path) -> None:
    async with journal(tenant, tmp_path) as processes:
        await sent_twice(processes)
    app = on_security_groups(tenant, tmp_path)
    async with running(app, (140, 30)) as pilot:
        await press(pilot, "shift+f6", "enter")
        table = app.screen.query_one(RecordTable)
        assert [row.key for row in table.rows] == ["1", "2"]
        await press(pilot, "right")
        assert [row.key for row in table.rows] == ["1", "1/request", "1/1", "1/2", "2"]
        shown = screen_text(pilot)
        for told in (
            "Graph POST",
            "/groups/group-1",
            "├─1   unsettled   12:00:00.000",
            "answered in 0.8 s",
            "status 429 · Slow down.",
            "└─2   done        12:00:04.000",
            "answered in 0.2 s",
        ):
            assert told in shown
        await press(pilot, "down", "down", "enter")
        assert isinstance(app.screen, Details)
        detail = screen_text(pilot)
        assert "Attempt 1" in detail
        assert "2026-01-15 12:00:00.800" in detail
        assert "r-1" in detail
        await press(pilot, "escape", "up", "enter")
        assert "Graph POST" in screen_text(pilot)
        await press(pilot, "escape", "left")
        assert ([row.key for row in table.rows], table.cursor_key) == (["1", "2"], "1")
        await press(pilot, "enter")
        assert "status 429" in screen_text(pilot), "all in one window, too"


async def test_the_list_is_filtered_by_the_database(tenant: Endpoints, tmp_path: Path) -> None:
    async with journal(tenant, tmp_path) as processes:
        await journaled(processes, "The needle", StepClass.REFUSED)
        for number in range(210):
            await processes.start(NewProcess("apply", f"Hay {number}", "ann@elsewhere"), [], [], NOW)
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        await press(pilot, "shift+f6")
        assert "200+, the newest first" in screen_text(pilot)
        assert "needle" not in screen_text(pilot)
        await press(pilot, "/")
        await type_text(pilot, "needle")
        assert "The needle" in screen_text(pilot)
        await press(pilot, "escape", "f")
        await type_text(pilot, "with failed")
        await press(pilot, "enter")
        shown = screen_text(pilot)
        assert "The needle" in shown
        assert "status: with failed steps" in shown
        assert isinstance(app.screen, ProcessCenter)
        assert [row.key for row in app.screen.table.rows] == ["1"]
        await press(pilot, "f")
        await type_text(pilot, "status: any")
        await press(pilot, "enter", "end", "end")
        assert "The needle" in screen_text(pilot), "paging goes on after narrowing"


async def test_a_running_process_is_cancelled_after_a_question(tenant: Endpoints, tmp_path: Path) -> None:
    async with journal(tenant, tmp_path) as processes:
        number = await journaled(processes, "Long")
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        await press(pilot, "shift+f6", "u")
        assert f"#{number} still runs" in screen_text(pilot)
        await press(pilot, "x")
        assert isinstance(app.screen, Confirm)
        assert "1 of 1 steps wait" in screen_text(pilot)
        await press(pilot, "enter")
        assert app.session is not None
        assert (await app.session.processes.steps(number))[0].state is StepClass.WAITING
        await press(pilot, "x", "tab", "enter")
        assert (await app.session.processes.steps(number))[0].state is StepClass.CANCELLED
        assert "is cancelled" in screen_text(pilot)


async def test_a_long_process_tells_when_it_will_have_gone_by_the_quota(
    tenant: Endpoints, tmp_path: Path
) -> None:
    told = "about 4 min left, by the quota of 3,000 writes in 150 s"
    app = on_security_groups(tenant, tmp_path)
    async with running(app) as pilot:
        session = app.session
        assert session is not None
        # what another copy of the program spent: nothing is left, and nothing goes for a minute
        request = membership("g", "u", present=True).request
        session.tenant.governor.answered(Service.GRAPH, Answer(429, retry_after=60), costs=costs(request))
        operations = [membership(f"g{n}", "u", present=True) for n in range(4_000)]
        number = await session.start("apply", "Long", operations)
        await press(pilot, "shift+f6")
        await until(pilot, lambda: "~4 min" in screen_text(pilot))
        await pilot.resize_terminal(160, 40)
        assert isinstance(app.screen, ProcessCenter)
        row = re.compile(rf"{number} .*Long.* sent \d+ · waiting 3,9\d\d · {told}")
        await until(pilot, lambda: row.search(screen_text(pilot)))
        await press(pilot, "enter")
        assert isinstance(app.screen, StepsScreen)
        await until(pilot, lambda: re.search(rf"Long ── sent .* · {told}", screen_text(pilot)))
        await press(pilot, "x", "tab", "enter")
        await until(pilot, lambda: "min left" not in screen_text(pilot))
        assert (await session.processes.get(number)).counts[StepClass.CANCELLED] > 3_900


async def test_details_and_report_tell_everything(tenant: Endpoints, tmp_path: Path) -> None:
    app = on_security_groups(tenant, tmp_path)
    async with running(app, (120, 50)) as pilot:
        names = await two_applied(pilot, app)
        await press(pilot, "shift+f6", "enter", "enter")
        assert isinstance(app.screen, Details)
        shown = screen_text(pilot)
        for expected in ("Add member", "off → on", "Graph POST /groups/", "Attempts", "request-id", "Ended"):
            assert expected in shown
        await press(pilot, "escape", "p")
        assert isinstance(app.screen, CopyText)
        shown = screen_text(pilot)
        assert shown.index("2  done") < shown.index(names[0])
        await press(pilot, "s")
        lines = read_saved(tmp_path).splitlines()
        assert lines[1] == "succeeded: 2 done"
        assert sum("Graph POST /groups/" in line for line in lines) == 2
