"""Many schedules of one instant, two workers and a screen on one state file: each becomes one process, once.

`ROLLCALL_SCHEDULES=1000` has it be a thousand, which takes some minutes.
"""

import os
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path
from urllib.parse import quote

import pytest

from state.database import Database
from state.processes import Processes
from state.schedule_values import NewSchedule, Schedule, ScheduleStatus
from state.schedules import Schedules
from state.values import Process, ProcessStatus
from tests.journeys.desk import objects, operator
from tests.journeys.served import Served, served
from tests.tui.test_worker import at_rest, in_state, started

COUNT = int(os.environ.get("ROLLCALL_SCHEDULES", "100"))


def people(tenant: Served) -> list[str]:
    """The ids of so many users, straight from the tenant."""
    found = objects(tenant, "/v1.0/users?$select=id&$top=999")
    assert len(found) >= COUNT
    return [str(each["id"]) for each in found[:COUNT]]


def made(tenant: Served, folder: Path, users: list[str]) -> None:
    """Stores a schedule for each of them, all of one instant that has just come."""
    at = datetime.now(UTC) - timedelta(seconds=1)

    async def add(db: Database) -> None:
        for user in users:
            new = NewSchedule(
                kind="revoke-sessions",
                action="revoke-sessions",
                title="Revoke cloud sessions",
                user=user,
                user_name=user,
                operator="admin@jumphost",
                at=at,
                zone="UTC",
                local=f"{at:%Y-%m-%d %H:%M}",
            )
            await Schedules(db, tenant.tenant_id).add(new, at)

    in_state(folder, add)


def revoked(tenant: Served) -> Counter[str]:
    """How often each user's sessions were revoked, by the tenant's own log."""
    wanted = quote("activityDisplayName eq 'Update StsRefreshTokenValidFrom Timestamp'")
    log = objects(tenant, f"/v1.0/auditLogs/directoryAudits?$filter={wanted}&$top=1000")
    return Counter(str(each["targetResources"][0]["id"]) for each in log)


def told(tenant: Served, folder: Path) -> tuple[list[Schedule], list[Process]]:
    """All of them when nothing is to come and nothing runs any more."""

    async def wait(db: Database) -> tuple[list[Schedule], list[Process]]:
        await at_rest(tenant, db, seconds=60 + COUNT / 2)
        schedules, processes = Schedules(db, tenant.tenant_id), Processes(db, tenant.tenant_id)
        return await schedules.past(2 * COUNT), await processes.recent(2 * COUNT)

    return in_state(folder, wait)


@pytest.mark.timeout(120 + COUNT)
def test_two_workers_and_a_screen_start_each_of_them_once(tmp_path: Path) -> None:
    with served("--users", str(COUNT + 50), "--groups", "120", "--ephemeral") as tenant:
        users = people(tenant)
        before = revoked(tenant)
        made(tenant, tmp_path, users)
        workers = [started(tenant, tmp_path, "worker") for _ in range(2)]
        try:
            with operator(tenant, tmp_path) as terminal:
                terminal.wait_for("── Users ──")
                schedules, processes = told(tenant, tmp_path)
                terminal.press("f7")
                terminal.wait_for("0 to come")
                terminal.wait_for("A worker is alive on ")
                terminal.press("f10", "f10")
                assert terminal.wait_for_exit() == 0
        finally:
            for worker in workers:
                worker.terminate()
            assert [worker.wait(timeout=60) for worker in workers] == [0, 0]
        assert Counter(each.status for each in schedules) == {ScheduleStatus.STARTED: COUNT}
        assert {each.plan.user for each in schedules} == set(users)
        assert {each.process for each in schedules} == {each.id for each in processes}
        assert Counter(each.status for each in processes) == {ProcessStatus.SUCCEEDED: COUNT}
        assert revoked(tenant) - before == Counter(users)
